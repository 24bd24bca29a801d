"""Studio, MLflow, signed images, builds, a shared and described registry: up in the emulated AWS, and gone again."""

import json
from pathlib import Path

import pytest
from pulumi_aws import ec2, s3

from components.base import Placement
from components.builds.image_builds import ImageBuilds, ImageBuildsArgs
from components.images.registry import Cached, CopiedTo, ImageRegistry, ImageRegistryArgs
from components.images.repositories import ImageRepositories, ImageRepositoriesArgs
from components.images.signing import ImageSigning, ImageSigningArgs
from components.network.network import Network, NetworkArgs
from components.registry.card import ModelCard, ModelCardArgs
from components.registry.group import ModelGroup, ModelGroupArgs
from components.registry.retention import VersionRetention, VersionRetentionArgs
from components.security.keys import Domain, Keys, KeysArgs
from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs
from components.studio.domain import StudioDomain, StudioDomainArgs
from components.studio.image import StudioImage
from components.studio.profile import StudioProfile, StudioProfileArgs
from components.studio.role import Persona, StudioRole, StudioRoleArgs
from components.tracking.server import TrackingServer, TrackingServerArgs
from contracts.workload import Workload, read_workload
from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.engine.program import destroy
from estate.engine.result import Result
from estate.plan.record import record

WORKLOAD = Path(__file__).resolve().parents[3] / "pipelines" / "workloads" / "delivery_eta"


def program(place: Placement, workload: Workload) -> None:
    boundary = PermissionBoundary("boundary", PermissionBoundaryArgs(placement=place)).arn
    keys = Keys(
        "keys", KeysArgs(placement=place, trail_arn=f"arn:aws:cloudtrail:{place.region}:{place.account_id}:trail/t")
    ).arns
    network = Network("network", NetworkArgs.model_validate({"placement": place, "cidr": "10.10.0.0/16", "zones": 2}))
    models = s3.Bucket("models", bucket="mlops-test-models")
    key, logs = keys[Domain.MODELS], keys[Domain.LOGS]
    images = ImageRepositories("images", ImageRepositoriesArgs(placement=place, key_arn=key, readers=("222222222222",)))
    signing = ImageSigning("image-signing", ImageSigningArgs(placement=place, months=12))
    ImageRegistry(
        "image-registry",
        ImageRegistryArgs(
            placement=place,
            cache={"ecr-public": Cached(registry="public.ecr.aws")},
            copies=[CopiedTo(region="eu-central-1", account_id=place.account_id)],
        ),
    )
    builds = ImageBuilds(
        "image-builds",
        ImageBuildsArgs(
            placement=place,
            repository="example/estate",
            connection_arn=f"arn:aws:codeconnections:{place.region}:{place.account_id}:connection/1",
            images=images.urls,
            tag="1",
            bucket=models.bucket,
            bucket_arn=models.arn,
            key_arn=key,
            log_key_arn=logs,
            log_retention_days=30,
            permission_boundary_arn=boundary,
        ),
    )
    images.grant_push("builds", builds.role_name)
    signing.grant_sign("builds", builds.role_name)
    server = TrackingServer(
        "experiments",
        TrackingServerArgs(
            placement=place,
            bucket=models.bucket,
            bucket_arn=models.arn,
            key_arn=key,
            permission_boundary_arn=boundary,
        ),
    )
    role = StudioRole(
        "studio-data-scientist",
        StudioRoleArgs(
            placement=place,
            persona=Persona.DATA_SCIENTIST,
            environment="test",
            permission_boundary_arn=boundary,
            readable_arns=[models.arn],
            answers_arn=models.arn,
            work_arn=models.arn,
            key_arns=[key],
            workgroup="lake",
            database="lake",
            repository_arns=images.arns,
            subnet_ids=list(network.private_subnet_ids.values()),
            instance_types=["ml.t3.*"],
            tracking_arn=server.arn,
        ),
    )
    group = ec2.SecurityGroup("apps", vpc_id=network.vpc_id, description="Studio's apps").id
    domain = StudioDomain(
        "studio",
        StudioDomainArgs(
            placement=place,
            vpc_id=network.vpc_id,
            subnet_ids=list(network.private_subnet_ids.values()),
            security_group_id=group,
            key_arn=key,
            role_arn=role.arn,
            environment={"MLFLOW_TRACKING_URI": server.arn},
            image=StudioImage(uri=f"{place.account_id}.dkr.ecr.{place.region}.amazonaws.com/mlops-test-jobs:lab"),
        ),
    )
    StudioProfile(
        "studio-ana",
        StudioProfileArgs(
            placement=place,
            profile="ana",
            domain_id=domain.domain_id,
            role_arn=role.arn,
            security_group_id=group,
            persona="data-scientist",
        ),
    )
    made = ModelGroup(
        "fare-registry",
        ModelGroupArgs(placement=place, model="ride-fare", description="d", readers=["222222222222"]),
    )
    ModelCard("fare-card", ModelCardArgs(placement=place, workload=workload, owner="ml", key_arn=key))
    VersionRetention(
        "version-retention",
        VersionRetentionArgs(
            placement=place,
            groups={"ride-fare": made.group},
            keep=5,
            code={"retention.py": "def handle(event, context): pass\n"},
            permission_boundary_arn=boundary,
            key_arn=logs,
            log_retention_days=30,
        ),
    )


@pytest.fixture(scope="module")
def place(place: Placement) -> Placement:
    return place.model_copy(update={"tags": {"owner": "ml"}})


@pytest.fixture(scope="module")
def made(provider: CloudProvider, place: Placement) -> Result:
    return record(lambda: program(place, read_workload(WORKLOAD)), provider=provider)


def test_people_work_in_the_domain_that_was_made(made: Result, cloud: Cloud) -> None:
    control = cloud.client("cloudcontrol")

    def found(type: str) -> dict[str, object]:
        (one,) = control.list_resources(TypeName=type)["ResourceDescriptions"]
        return json.loads(
            control.get_resource(TypeName=type, Identifier=one["Identifier"])["ResourceDescription"]["Properties"]
        )

    domain, profile = found("AWS::SageMaker::Domain"), found("AWS::SageMaker::UserProfile")
    assert profile["DomainId"] == domain["DomainId"]
    assert profile["Tags"] == [{"Key": "owner", "Value": "ml"}, {"Key": "persona", "Value": "data-scientist"}]


def test_what_is_pushed_is_signed_with_the_profile_that_was_made(made: Result, cloud: Cloud) -> None:
    profile = cloud.client("signer").get_signing_profile(profileName=made.made("image-signing-profile").id)
    state = json.loads(made.named("image-signing-configuration").inputs["desiredState"])

    assert (profile["platformId"], profile["status"]) == ("Notation-OCI-SHA384-ECDSA", "Active")
    assert state["Rules"][0]["SigningProfileArn"] == profile["arn"]


def test_the_group_is_shared_and_the_card_is_there(made: Result, cloud: Cloud) -> None:
    sagemaker = cloud.client("sagemaker")

    policy = json.loads(
        sagemaker.get_model_package_group_policy(ModelPackageGroupName="mlops-test-ride-fare")["ResourcePolicy"]
    )
    assert [statement["Sid"] for statement in policy["Statement"]] == ["ReadGroup", "ReadVersions"]
    (card,) = sagemaker.list_model_cards()["ModelCardSummaries"]
    assert card["ModelCardStatus"] == "Draft"


def test_all_of_it_goes_away_again(made: Result, provider: CloudProvider, cloud: Cloud) -> None:
    destroy(made.deployment, provider)

    sagemaker, control = cloud.client("sagemaker"), cloud.client("cloudcontrol")
    assert sagemaker.list_mlflow_tracking_servers()["TrackingServerSummaries"] == []
    assert sagemaker.list_model_cards()["ModelCardSummaries"] == []
    assert cloud.client("codebuild").batch_get_projects(names=["mlops-test-image-builds"])["projects"] == []
    assert cloud.client("ecr").describe_registry()["replicationConfiguration"]["rules"] == []
    for kind in ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile", "AWS::ECR::SigningConfiguration"):
        assert control.list_resources(TypeName=kind)["ResourceDescriptions"] == []
