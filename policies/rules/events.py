"""Rules over messages and the handlers that take them."""

from collections.abc import Iterator

from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import allowed
from .values import Inputs, record

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
FUNCTION = "aws:lambda/function:Function"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PERMISSION = "aws:lambda/permission:Permission"
# Who waits for the answer, and so hears of a failure; Secrets Manager begins its rotation again.
WAITING = ("apigateway.amazonaws.com", "secretsmanager.amazonaws.com")
SECRET_WORDS = ("password", "secret", "token", "api_key", "apikey", "private_key", "access_key")


@rule(
    id="messages-encrypted",
    on=(TOPIC, QUEUE),
    title="Topics and queues are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsMasterKeyId.",
)
def messages_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsMasterKeyId" not in inputs:
        yield "kmsMasterKeyId is not set"


@rule(
    id="messages-not-public",
    on=(TOPIC, TOPIC_POLICY, QUEUE, QUEUE_POLICY),
    title="Topics and queues take messages from named senders.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Name the principals, or limit the statement by aws:SourceAccount, aws:SourceArn or aws:SourceOwner.",
)
def messages_not_public(inputs: Inputs) -> Iterator[str]:
    if inputs.get("policy") is None:
        return
    for each in allowed(inputs["policy"]):
        if each.anyone and not each.conditioned_on("aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner"):
            yield f"everyone is allowed {', '.join(each.actions)}"


@rule(
    id="messages-over-tls",
    on=SUBSCRIPTION,
    title="Messages leave over TLS.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.24", "SOC2-CC6.7"),
    fix="Subscribe with the protocol https.",
)
def over_tls(inputs: Inputs) -> Iterator[str]:
    if inputs["protocol"] == "http":
        yield "its messages are sent over plain HTTP"


@stack_rule(
    id="handlers-lose-nothing",
    on=FUNCTION,
    title="An event that a handler cannot take goes to a queue, where somebody finds it.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(1)(ii)(D)", "ISO27001-A.8.16", "SOC2-CC7.3"),
    fix="Set deadLetterConfig.targetArn, or a FunctionEventInvokeConfig with a destination on failure.",
)
def lose_nothing(function: Resource, stack: Stack) -> Iterator[str]:
    if "targetArn" in record(function.values.get("deadLetterConfig")):
        return
    callers = belonging(stack, PERMISSION, "function", function)
    if callers and all(each.values["principal"] in WAITING for each in callers):
        return
    for each in belonging(stack, INVOKE_CONFIG, "functionName", function):
        if record(record(each.values.get("destinationConfig")).get("onFailure")):
            return
    yield "an event that fails is lost"


@rule(
    id="handlers-traced",
    on=FUNCTION,
    title="Handlers can be followed in traces.",
    severity=Severity.LOW,
    controls=("HIPAA-164.312(b)", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Set tracingConfig.mode to Active.",
)
def traced(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("tracingConfig")).get("mode") != "Active":
        yield "tracingConfig.mode is not Active"


@rule(
    id="handlers-without-secrets",
    on=FUNCTION,
    title="No secret stands in a handler's environment.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Keep it in Secrets Manager, and give the handler its ARN.",
)
def without_secrets(inputs: Inputs) -> Iterator[str]:
    for name in record(record(inputs.get("environment")).get("variables")):
        if any(word in name.lower() for word in SECRET_WORDS) and not name.lower().endswith(("_arn", "_name", "_id")):
            yield f"environment variable {name}"


@rule(
    id="handlers-invoked-by-named",
    on=PERMISSION,
    title="A service may call a handler only on behalf of a named resource or account.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Set sourceArn, or sourceAccount.",
)
def invoked_by_named(inputs: Inputs) -> Iterator[str]:
    principal = str(inputs["principal"])
    if (principal == "*" or principal.endswith(".amazonaws.com")) and not (
        "sourceArn" in inputs or "sourceAccount" in inputs
    ):
        yield f"{principal} may call it on behalf of any account"
