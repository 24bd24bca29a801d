"""Rules over file systems that jobs share, and over disks that pods ask for."""

from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, record

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
DISKS = "kubernetes:storage.k8s.io/v1:StorageClass"
EBS = "ebs.csi.aws.com"
LINK = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"


@rule(
    id="lustre-encrypted",
    on=LUSTRE,
    title="A file system is encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId, and a deploymentType that is persistent: what is scratch takes no key.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    if not str(inputs.get("deploymentType", "SCRATCH_1")).startswith("PERSISTENT"):
        yield "deploymentType is scratch, which takes no key"
    elif "kmsKeyId" not in inputs:
        yield "kmsKeyId is not set"


@rule(
    id="lustre-logged",
    on=LUSTRE,
    title="What a file system could not import or export is logged.",
    severity=Severity.LOW,
    controls=("HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set logConfiguration with a log group under /aws/fsx/ and the level WARN_ERROR.",
)
def logged(inputs: Inputs) -> Iterator[str]:
    level = record(inputs.get("logConfiguration")).get("level", "DISABLED")
    if level != "WARN_ERROR":
        yield f"logConfiguration.level is {level}"


@stack_rule(
    id="lustre-kept",
    on=LUSTRE,
    title="What a file system holds is kept elsewhere too: in a bucket that it is linked to, or in backups.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(7)", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Link it to a bucket with a data repository association that exports, or set automaticBackupRetentionDays.",
)
def kept(it: Resource, stack: Stack) -> Iterator[str]:
    if it.values.get("automaticBackupRetentionDays", 0):
        return
    links = [user for user, property in stack.users(it) if user.type == LINK and property == "fileSystemId"]
    if not any(record(record(each.values.get("s3")).get("autoExportPolicy")).get("events") for each in links):
        yield "it has no backups, and nothing of it is exported to a bucket"


@rule(
    id="kubernetes-disks-encrypted",
    on=DISKS,
    title="Disks that pods ask for are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix='Set the class\'s parameters encrypted to "true" and kmsKeyId.',
)
def disks_encrypted(inputs: Inputs) -> Iterator[str]:
    given = record(inputs.get("parameters"))
    if inputs.get("provisioner") != EBS:
        return
    if str(given.get("encrypted")).lower() != "true" or "kmsKeyId" not in given:
        yield "its disks are not encrypted with a key of the customer"
