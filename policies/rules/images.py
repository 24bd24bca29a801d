"""Rules over container images."""

import fnmatch
from collections.abc import Iterator

from .declared import declared
from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import allowed
from .values import Inputs, items, record

REPOSITORY = "aws:ecr/repository:Repository"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
SIGNING = "AWS::ECR::SigningConfiguration"
PROFILE = "aws:signer/signingProfile:SigningProfile"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
NOTATION = "Notation-OCI-SHA384-ECDSA"
CHANGES = ("ecr:PutImage", "ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy")


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


@stack_rule(
    id="images-signed",
    on=REPOSITORY,
    title="Whoever runs an image can tell who built it.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC6.8", "SOC2-CC8.1"),
    fix="Declare an AWS::ECR::SigningConfiguration whose RepositoryFilters take in the repository.",
)
def signed(repository: Resource, stack: Stack) -> Iterator[str]:
    name = str(repository.values["name"])
    for _, wanted in declared(stack, SIGNING):
        for found in items(wanted.get("Rules")):
            filters = [str(entry.get("Filter")) for entry in items(found.get("RepositoryFilters"))]
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in filters or ["*"]):
                return
    yield "nothing signs what is pushed"


@rule(
    id="images-signatures-of-images",
    on=PROFILE,
    title="A signing profile signs what ECR and its clients verify.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.24", "SOC2-CC8.1"),
    fix=f"Set platformId to {NOTATION}.",
)
def signatures_of_images(inputs: Inputs) -> Iterator[str]:
    if inputs.get("platformId") != NOTATION:
        yield f"platformId is {inputs.get('platformId')}"


@rule(
    id="images-shared-narrowly",
    on=REPOSITORY_POLICY,
    title="Named accounts may pull images; nobody outside changes them.",
    severity=Severity.CRITICAL,
    controls=("SOX-404", "ISO27001-A.8.3", "SOC2-CC6.1", "SOC2-CC6.8"),
    fix="Name the accounts as principals, or set the condition aws:PrincipalOrgID; allow no change of images.",
)
def shared_narrowly(inputs: Inputs) -> Iterator[str]:
    for statement in allowed(inputs["policy"]):
        if statement.anyone and not statement.conditioned_on("aws:PrincipalOrgID", "aws:PrincipalAccount"):
            yield "everyone may pull its images"
        if statement.may(*CHANGES):
            yield "others may change its images"


@stack_rule(
    id="images-tidied",
    on=REPOSITORY,
    title="Layers that no tag names do not stay for ever.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.10", "SOC2-A1.1"),
    fix="Add a LifecyclePolicy for the repository.",
)
def tidied(repository: Resource, stack: Stack) -> Iterator[str]:
    if not belonging(stack, LIFECYCLE, "repository", repository):
        yield "no LifecyclePolicy belongs to it"
