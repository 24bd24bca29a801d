"""Rules over backups, faults on purpose, and costs out of the ordinary."""

import fnmatch
from collections.abc import Iterator

from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, items, record

VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
ZONE = "zone"  # the tag that buckets of the lake carry, and those of logs do not
EXPERIMENT = "aws:fis/experimentTemplate:ExperimentTemplate"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"
SHORTEST_DAYS = 7  # a mistake of a Friday is found on a Monday


@rule(
    id="backups-encrypted",
    on=VAULT,
    title="Backups are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyArn.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyArn" not in inputs:
        yield "kmsKeyArn is not set"


@stack_rule(
    id="backups-locked",
    on=VAULT,
    title="Backups cannot be deleted before their time.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.308(a)(7)", "SOX-802", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Add a VaultLockConfiguration with minRetentionDays.",
)
def locked(vault: Resource, stack: Stack) -> Iterator[str]:
    locks = belonging(stack, LOCK, "backupVaultName", vault)
    if not any("minRetentionDays" in lock.values for lock in locks):
        yield "a backup can be deleted the day it is made"


@rule(
    id="backups-kept",
    on=PLAN,
    title="A backup stays for a stated time, and long enough to be missed.",
    severity=Severity.MEDIUM,
    controls=("GDPR-5", "HIPAA-164.308(a)(7)", "SOX-802", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix=f"Set lifecycle.deleteAfter of every rule, {SHORTEST_DAYS} days at least.",
)
def backups_kept(inputs: Inputs) -> Iterator[str]:
    for each in items(inputs.get("rules")):
        days = record(each.get("lifecycle")).get("deleteAfter")
        if days is None:
            yield f"{each['ruleName']}: backups stay for ever"
        elif days < SHORTEST_DAYS:
            yield f"{each['ruleName']}: backups stay for {days} days"


@stack_rule(
    id="backups-cover",
    on=PLAN,
    title="A plan of backups has something to back up.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(7)", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Add a Selection of the plan with resources or selectionTags.",
)
def cover(plan: Resource, stack: Stack) -> Iterator[str]:
    chosen = belonging(stack, SELECTION, "planId", plan)
    if not any(items(each.values.get(key)) for each in chosen for key in ("resources", "selectionTags")):
        yield "it backs up nothing"


@stack_rule(
    id="backups-complete",
    on=(TABLE, BUCKET),
    title="Where there are backups, no table and no bucket of the lake is left out.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.308(a)(7)", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Name its ARN, or a pattern that it meets, among the resources of a Selection; or select by its tags.",
)
def backups_complete(it: Resource, stack: Stack) -> Iterator[str]:
    chosen = [each.values for each in stack.of(SELECTION)]
    tags = record(it.values.get("tags"))
    if not chosen or (it.type == BUCKET and ZONE not in tags):
        return
    own = ("s3", it.values["bucket"]) if it.type == BUCKET else ("dynamodb", f"table/{it.values['name']}")
    named = (str(each) for selection in chosen for each in items(selection.get("resources")))
    tagged = (each for selection in chosen for each in items(selection.get("selectionTags")))
    if not any(_meets(*own, pattern) for pattern in named) and not any(
        tags.get(each["key"]) == each["value"] for each in tagged
    ):
        yield "no selection of backups takes it"


def _meets(service: str, name: str, pattern: str) -> bool:
    """Whether a resource of this account and region meets the pattern of an ARN."""
    _, _, of, *_, end = pattern.split(":") if pattern != "*" else "*****"
    return fnmatch.fnmatchcase(service, of) and fnmatch.fnmatchcase(name, end)


@rule(
    id="faults-stoppable",
    on=EXPERIMENT,
    title="A fault on purpose ends by itself when an alarm goes off.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(7)", "ISO27001-A.8.32", "SOC2-A1.2"),
    fix="Add a stop condition with the source aws:cloudwatch:alarm.",
)
def stoppable(inputs: Inputs) -> Iterator[str]:
    if not any(each["source"] == "aws:cloudwatch:alarm" for each in items(inputs.get("stopConditions"))):
        yield "nothing would stop it"


@rule(
    id="faults-aimed",
    on=EXPERIMENT,
    title="A fault on purpose hits what is named or tagged, and its log says what it hit.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(b)", "ISO27001-A.8.15", "ISO27001-A.8.32", "SOC2-CC7.2"),
    fix="Give every target resourceTags or resourceArns, and the template a logConfiguration.",
)
def aimed(inputs: Inputs) -> Iterator[str]:
    for target in items(inputs.get("targets")):
        if not items(target.get("resourceTags")) and not items(target.get("resourceArns")):
            yield f"target {target['name']} is everything of type {target['resourceType']}"
    if not record(inputs.get("logConfiguration")):
        yield "what it hits is not logged"


@rule(
    id="costs-anomalies-told",
    on=SUBSCRIPTION,
    title="Somebody hears of costs out of the ordinary.",
    severity=Severity.LOW,
    controls=("SOX-302", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Add a subscriber.",
)
def anomalies_told(inputs: Inputs) -> Iterator[str]:
    if not items(inputs.get("subscribers")):
        yield "nobody hears of it"
