"""Rules over people who label."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, items, record

FLOW = "aws:sagemaker/flowDefinition:FlowDefinition"
TEAM = "aws:sagemaker/workteam:Workteam"
WORKFORCE = "aws:sagemaker/workforce:Workforce"


@rule(
    id="labelling-private",
    on=FLOW,
    title="Rows are shown to people of one's own, never to a crowd.",
    severity=Severity.CRITICAL,
    controls=("GDPR-25", "GDPR-32", "CCPA-1798.100", "HIPAA-164.308(a)(4)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Name a private workteam in humanLoopConfig.workteamArn, without publicWorkforceTaskPrice.",
)
def labelling_private(inputs: Inputs) -> Iterator[str]:
    loop = record(inputs["humanLoopConfig"])
    if "publicWorkforceTaskPrice" in loop:
        yield "a public crowd is paid for tasks"
    kind = str(loop["workteamArn"]).partition("workteam/")[2].partition("/")[0]
    if kind in ("public-crowd", "vendor-crowd"):
        yield f"tasks go to a {kind}"


@rule(
    id="labelling-encrypted",
    on=FLOW,
    title="What people say of rows is encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set outputConfig.kmsKeyId.",
)
def labelling_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in record(inputs["outputConfig"]):
        yield "answers are not encrypted with a key of the customer"


@rule(
    id="labellers-placed",
    on=WORKFORCE,
    title="Labellers work from networks that are named.",
    severity=Severity.LOW,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Name the address ranges in sourceIpConfig.cidrs, or a workforceVpcConfig.",
)
def labellers_placed(inputs: Inputs) -> Iterator[str]:
    ranges = items(record(inputs.get("sourceIpConfig")).get("cidrs"))
    if not ranges and "workforceVpcConfig" not in inputs:
        yield "they may work from anywhere"
    for each in ranges:
        if str(each).endswith("/0"):
            yield f"they may work from {each}"


@rule(
    id="labellers-told",
    on=TEAM,
    title="A team of labellers has members, and hears of its tasks.",
    severity=Severity.LOW,
    controls=("ISO27001-A.5.9", "SOC2-CC7.3"),
    fix="Set memberDefinitions, and notificationConfiguration.notificationTopicArn.",
)
def labellers_told(inputs: Inputs) -> Iterator[str]:
    if not items(inputs.get("memberDefinitions")):
        yield "it has no members"
    if "notificationTopicArn" not in record(inputs.get("notificationConfiguration")):
        yield "nobody tells it of tasks"
