"""Rules over container images."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, items, record

REPOSITORY = "aws:ecr/repository:Repository"


@rule(
    id="images-immutable",
    on=REPOSITORY,
    title="A tag always means the same image.",
    severity=Severity.HIGH,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set imageTagMutability to IMMUTABLE.",
)
def immutable(inputs: Inputs) -> Iterator[str]:
    if inputs.get("imageTagMutability", "MUTABLE") != "IMMUTABLE":
        yield f"imageTagMutability is {inputs.get('imageTagMutability', 'MUTABLE')}"


@rule(
    id="images-scanned",
    on=REPOSITORY,
    title="Images are scanned when they are pushed.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.8", "SOC2-CC6.8", "SOC2-CC7.1"),
    fix="Set imageScanningConfiguration.scanOnPush to true.",
)
def scanned(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("imageScanningConfiguration")).get("scanOnPush") is not True:
        yield "images are not scanned when they are pushed"


@rule(
    id="images-encrypted",
    on=REPOSITORY,
    title="Images are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set encryptionConfigurations with encryptionType KMS and a key.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    if not any(
        e.get("encryptionType") == "KMS" and "kmsKey" in e for e in items(inputs.get("encryptionConfigurations"))
    ):
        yield "images are not encrypted with a key of the customer"
