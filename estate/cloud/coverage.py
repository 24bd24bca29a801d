"""How far each resource type that the program uses is emulated: measured, written down, printed.

`python -m estate.cloud.coverage` measures: it creates the stack with everything on in an emulated AWS, reads every
resource back through boto3, input by input, removes it, looks whether it is gone, and writes coverage.json.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from estate.cloud.comparison import holds, kept
from estate.cloud.resources.requests import is_local, known_inputs
from estate.cloud.resources.table import recorded, row
from estate.engine.provider import ProviderError
from estate.engine.resource import State, Values

if TYPE_CHECKING:
    from estate.cloud import Cloud
    from estate.cloud.provider import CloudProvider
    from estate.engine.result import Deployment, Step
    from stacks.settings import EstateSettings

FILE = Path(__file__).with_name("coverage.json")
ROOT = Path(__file__).resolve().parents[2]
STACK = "full"

Level = Literal["emulated", "partial", "recorded"]

# What the hosts of the measured endpoints run: a container that answers pings, since the endpoint is what is measured.
_HOST = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@dataclass(frozen=True)
class Fidelity:
    """What was found of one type.

    `lost` are inputs that cannot be read back; `local` those that reach no API, or that AWS never answers with.
    """

    level: Level
    inputs: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    reason: str = ""

    def row(self, type: str) -> dict[str, Any]:
        """As it stands in the file, without what is empty."""
        entry = {
            "type": type,
            "fidelity": self.level,
            "inputs": list(self.inputs),
            "lost": list(self.lost),
            "local": list(self.local),
            "reason": self.reason,
        }
        return {key: value for key, value in entry.items() if value not in ([], "")}


@dataclass
class _Found:
    inputs: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    local: set[str] = field(default_factory=set)
    remains: bool = False


def table() -> list[dict[str, Any]]:
    """The committed measurement: one entry a type, with `type`, `fidelity`, and `inputs`, `lost`, `local`, `reason`."""
    return json.loads(FILE.read_text())


def measure(root: Path, stack: str, workdir: Path) -> list[dict[str, Any]]:
    """Measures every type of a stack, in an emulated AWS of its own. Raises the engine's ProgramError."""
    # Only a measurement needs the emulator and the engine; printing the table must stay quick.
    from estate.cloud import Cloud
    from estate.cloud.provider import CloudProvider
    from estate.engine.program import destroy, up
    from stacks.settings import parse, read_stack_file

    settings = parse({**read_stack_file(root / f"Pulumi.{stack}.yaml"), "environment": stack})
    image = workdir / "image" / "pipelines"
    image.mkdir(parents=True)
    (image / "__init__.py").touch()
    (image / "serving.py").write_text(_HOST)
    aws = settings.aws
    cloud = Cloud(account_id=aws.account_id, region=aws.region, workdir=workdir / "cloud", image_path=image.parent)
    with cloud:
        provider = CloudProvider(cloud.client, aws.account_id, patience=60)
        packages: dict[str, int] = {}
        for model in settings.models.values():
            for each in (model, model.challenger, model.shadow):
                if each is not None and each.release is not None:
                    group = each.release.package_arn.split("/")[1]
                    packages[group] = max(packages.get(group, 0), each.release.version)
        _let_in(cloud, settings)
        result = up(root, stack, provider, on_step=lambda step: _register(cloud, packages, step))
        states = [state for state in result.deployment.states.values() if state.goal.custom]
        found: dict[str, _Found] = {}
        for state in states:
            if not state.goal.type.startswith("pulumi:"):
                _look(provider, state, found.setdefault(state.goal.type, _Found()))
        _unregister(cloud)
        _unlock(cloud)
        destroy(_unprotected(result.deployment), provider)
        for state in states:
            if recorded(state.goal.type) is None and state.goal.type in found and not row(state.goal.type).adopted:
                found[state.goal.type].remains |= provider.reading(state) is not None
    return [_judged(type, found[type]).row(type) for type in sorted(found)]


def _unprotected(deployment: Deployment) -> Deployment:
    """The same, with what is kept by design removed too: to see that it can be."""
    free = {
        urn: replace(state, goal=replace(state.goal, inputs=_emptied(state), protect=False, retain_on_delete=False))
        for urn, state in deployment.states.items()
    }
    return replace(deployment, states=free)


def _emptied(state: State) -> Values:
    """Inputs with which a bucket goes with what is in it."""
    return {**state.goal.inputs, **({"forceDestroy": True} if state.goal.type == "aws:s3/bucket:Bucket" else {})}


def _register(cloud: Cloud, packages: dict[str, int], step: Step) -> None:
    """Registers the model versions that the stack pins, once their groups are there."""
    if not step.type.endswith(":ModelPackageGroup"):
        return
    sagemaker = cloud.client("sagemaker")
    groups = {
        item["ModelPackageGroupName"] for item in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    }
    for group in groups & packages.keys():
        container = {"Image": _image(cloud), "ModelDataUrl": _model(cloud)}
        for _ in range(packages.pop(group)):
            sagemaker.create_model_package(
                ModelPackageGroupName=group,
                ModelApprovalStatus="Approved",
                InferenceSpecification={
                    "Containers": [container],
                    "SupportedContentTypes": ["application/json"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
            )


def _let_in(cloud: Cloud, settings: EstateSettings) -> None:
    """Makes the roles of people, which the account has before the stack names them."""
    cluster = settings.training.cluster
    for access in cluster.access.values() if cluster is not None else ():
        path, _, name = access.role_arn.partition(":role")[2].rpartition("/")
        cloud.client("iam").create_role(Path=f"{path}/", RoleName=name, AssumeRolePolicyDocument="{}")


def _image(cloud: Cloud) -> str:
    ecr = cloud.client("ecr")
    name = "measured"
    with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=name)
    return f"{cloud.account_id}.dkr.ecr.{cloud.region}.amazonaws.com/{name}:1"


def _model(cloud: Cloud) -> str:
    """An archive with an empty model."""
    s3, bucket = cloud.client("s3"), f"measured-{cloud.account_id}-{cloud.region}"
    place = {} if cloud.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    if bucket not in {item["Name"] for item in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket, **place)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("model.txt"))
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=archive.getvalue())
    return f"s3://{bucket}/model.tar.gz"


def _unregister(cloud: Cloud) -> None:
    """A group with versions in it cannot be removed."""
    sagemaker = cloud.client("sagemaker")
    for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        name = group["ModelPackageGroupName"]
        found = sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]
        for package in found:
            sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])


def _unlock(cloud: Cloud) -> None:
    """What is protected from deletion cannot be removed."""
    dynamodb, eks = cloud.client("dynamodb"), cloud.client("eks")
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    for name in eks.list_clusters()["clusters"]:
        eks.update_cluster_config(name=name, deletionProtection=False)


@dataclass(frozen=True)
class ReadBack:
    """Inputs of one resource: those that the cloud should answer with, those of them that it does not, the others."""

    asked: frozenset[str]
    lost: frozenset[str]
    local: frozenset[str]


def read_back(provider: CloudProvider, state: State) -> ReadBack:
    """Compares every input that was given for a resource with what the cloud says."""
    described = row(state.goal.type)
    inputs = known_inputs(described, state.goal)
    given = {key for key in inputs if key in state.goal.inputs}
    local = {key for key in given if is_local(described, key) or key in described.silent}
    reading = provider.reading(state) or {}
    tags = _tags(provider, state) if inputs.get("tags") else None
    known = {"id": state.id, "in": inputs, "account": provider.account_id, "region": provider.region}
    kept_ones = {
        key
        for key in given - local
        if (
            holds(tags, inputs[key])
            if key == "tags" and tags is not None
            else kept(described, key, inputs, reading, known)
        )
    }
    return ReadBack(frozenset(given - local), frozenset(given - local - kept_ones), frozenset(local))


def _look(provider: CloudProvider, state: State, found: _Found) -> None:
    if recorded(state.goal.type) is not None:
        found.inputs |= set(state.goal.inputs)
        return
    read = read_back(provider, state)
    found.inputs |= read.asked
    found.lost |= read.lost
    found.local |= read.local


def _tags(provider: CloudProvider, state: State) -> dict[str, str] | None:
    try:
        return provider.tags(state)
    except ProviderError:
        return {}  # what cannot be listed is lost


def _judged(type: str, found: _Found) -> Fidelity:
    reason = recorded(type)
    if reason is not None:
        return Fidelity("recorded", inputs=tuple(sorted(found.inputs)), reason=reason)
    lost = tuple(sorted(found.lost))
    remains = "still there after its deletion" if found.remains else ""
    level: Level = "partial" if lost or remains else "emulated"
    return Fidelity(level, tuple(sorted(found.inputs)), lost, tuple(sorted(found.local)), remains)


def main() -> None:
    """Measures and writes the file."""
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        measured = measure(ROOT, STACK, Path(folder))
    FILE.write_text(text(measured))


def text(measured: list[dict[str, Any]]) -> str:
    """The file's content for a measurement."""
    return json.dumps(measured, indent=2) + "\n"


if __name__ == "__main__":
    main()
