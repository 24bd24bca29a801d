"""Rules over the ways in to the models: APIs, streams and pipes."""

from collections.abc import Iterator

from .neighbours import points_at
from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, document, items, record

API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"
DOMAIN = "aws:apigatewayv2/domainName:DomainName"
STREAM = "aws:kinesis/stream:Stream"
PIPE = "aws:pipes/pipe:Pipe"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TRANSFORM = ":aws-sdk:sagemaker:createTransformJob"


@stack_rule(
    id="api-authorized",
    on=ROUTE,
    title="Nobody asks a model without being known.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Set authorizationType to AWS_IAM, or to JWT or CUSTOM with an authorizerId; of a WebSocket API, for $connect.",
)
def authorized(route: Resource, stack: Stack) -> Iterator[str]:
    inputs = route.values
    sockets = (api for api in stack.of(API) if api.inputs.get("protocolType") == "WEBSOCKET")
    # Who is connected was asked when the connection was made; AWS takes no authorization for later messages.
    if inputs.get("routeKey") != "$connect" and any(points_at(route, "apiId", api) for api in sockets):
        return
    kind = inputs.get("authorizationType", "NONE")
    if kind == "NONE":
        yield "everyone may call it"
    elif kind in ("JWT", "CUSTOM") and "authorizerId" not in inputs:
        yield f"authorizationType {kind} names no authorizer"


@rule(
    id="api-limited",
    on=STAGE,
    title="A caller cannot use a model up.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set throttlingRateLimit and throttlingBurstLimit in defaultRouteSettings.",
)
def limited(inputs: Inputs) -> Iterator[str]:
    limits = record(inputs.get("defaultRouteSettings"))
    for name in ("throttlingRateLimit", "throttlingBurstLimit"):
        if not limits.get(name):
            yield f"defaultRouteSettings.{name} is not set"


@rule(
    id="api-logged",
    on=STAGE,
    title="Who asked when, and what came of it, is written down.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "HIPAA-164.312(b)", "SOX-404", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set accessLogSettings with destinationArn and a format.",
)
def logged(inputs: Inputs) -> Iterator[str]:
    if "destinationArn" not in record(inputs.get("accessLogSettings")):
        yield "requests are not logged"


@rule(
    id="api-closed-to-pages",
    on=API,
    title="Web pages may call an API only from named origins.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Name the origins in corsConfiguration.allowOrigins, or leave corsConfiguration out.",
)
def closed_to_pages(inputs: Inputs) -> Iterator[str]:
    for origin in items(record(inputs.get("corsConfiguration")).get("allowOrigins")):
        if "*" in str(origin) or str(origin).startswith("http://"):
            yield f"pages of {origin} may call it"


@rule(
    id="api-over-tls",
    on=DOMAIN,
    title="An API is reached over TLS 1.2 at least.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.24", "SOC2-CC6.7"),
    fix="Set domainNameConfiguration.securityPolicy to TLS_1_2.",
)
def over_tls(inputs: Inputs) -> Iterator[str]:
    policy = record(inputs.get("domainNameConfiguration")).get("securityPolicy")
    if policy != "TLS_1_2":
        yield f"securityPolicy is {policy or 'not set'}"


@rule(
    id="streams-encrypted",
    on=STREAM,
    title="Streams are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set encryptionType to KMS, and kmsKeyId to a key of your own.",
)
def streams_encrypted(inputs: Inputs) -> Iterator[str]:
    if inputs.get("encryptionType") != "KMS" or inputs.get("kmsKeyId") in (None, "alias/aws/kinesis"):
        yield "it is not encrypted with a key of the customer"


@rule(
    id="pipes-lose-nothing",
    on=PIPE,
    title="A record that a pipe gives up goes to a queue, and does not hold the ones behind it up.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(1)(ii)(D)", "ISO27001-A.8.16", "SOC2-CC7.3"),
    fix="Of a stream, set deadLetterConfig.arn and maximumRetryAttempts; a queue has a redrive policy of its own.",
)
def pipes_lose_nothing(inputs: Inputs) -> Iterator[str]:
    parameters = record(inputs.get("sourceParameters"))
    for kind in ("kinesisStreamParameters", "dynamodbStreamParameters"):
        stream = record(parameters.get(kind))
        if not stream:
            continue
        if "arn" not in record(stream.get("deadLetterConfig")):
            yield "a record that fails is lost"
        if stream.get("maximumRetryAttempts", -1) < 0:
            yield "a record that fails is tried for ever"


@rule(
    id="sagemaker-transforms-encrypted",
    on=SCHEDULE,
    title="Volumes and answers of scheduled transform jobs are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Give the job TransformResources.VolumeKmsKeyId and TransformOutput.KmsKeyId.",
)
def transforms_encrypted(inputs: Inputs) -> Iterator[str]:
    target = record(inputs.get("target"))
    if not str(target["arn"]).endswith(TRANSFORM):
        return
    job = document(target.get("input"))
    if "VolumeKmsKeyId" not in record(job.get("TransformResources")):
        yield "its volumes are not encrypted with a key of the customer"
    if "KmsKeyId" not in record(job.get("TransformOutput")):
        yield "its answers are not encrypted with a key of the customer"
