"""What forces a replacement, against the schemas that CloudFormation publishes."""

import importlib

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from estate.cloud.resources import UnknownType, replaces
from estate.cloud.resources.fit import _flat, _spellings
from estate.cloud.resources.row import Row
from estate.cloud.resources.table import rows

# CloudFormation creates these anew where Terraform's provider, and so Pulumi's, changes them in place.
CHANGED_IN_PLACE = {
    "aws:appconfig/deployment:Deployment": {"tags"},
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": {"tags"},
    "aws:costexplorer/anomalySubscription:AnomalySubscription": {"tags"},
    "aws:ec2/placementGroup:PlacementGroup": {"tags"},
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {"credentialArn", "customRoleArn"},
    "aws:fis/experimentTemplate:ExperimentTemplate": {"experimentOptions"},
    "aws:msk/cluster:Cluster": {
        "brokerNodeGroupInfo",
        "encryptionInfo",
    },  # parts of them only
    "aws:msk/serverlessCluster:ServerlessCluster": {"tags"},
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": {"tags"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"dnsOptions"},
    "aws:eks/cluster:Cluster": {"accessConfig"},  # only its bootstrap flag is fixed
    "aws:sagemaker/featureGroup:FeatureGroup": {"tags"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"cidrIpv6", "fromPort", "ipProtocol", "toPort"},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"cidrIpv6", "fromPort", "ipProtocol", "toPort"},
    "aws:pipes/pipe:Pipe": {"sourceParameters"},  # only parts of it, such as where reading starts
    "aws:s3/bucket:Bucket": {"bucketNamespace"},  # refused: no API call takes it here
}
CHECKED = [found for found in rows().values() if found.cloudformation]


def inputs_of(type: str) -> set[str]:
    """Names of the inputs that Pulumi's SDK has for a type."""
    module, _, name = type.removeprefix("aws:").partition("/")
    cls = name.partition(":")[2]
    package = importlib.import_module(f"pulumi_aws.{module}_" if module == "lambda" else f"pulumi_aws.{module}")
    home = importlib.import_module(getattr(package, cls).__module__)
    arguments = getattr(home, f"{cls}InitArgs", None) or getattr(home, f"{cls}Args")
    return {value.fget._pulumi_name for value in vars(arguments).values() if isinstance(value, property)}


def create_only(found: Row) -> set[str]:
    """Pulumi's names of the properties that CloudFormation cannot change; those without a counterpart are left out."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", found.cloudformation).schema
    steps = (found.create, *found.follow)
    renamed = {path.split(".")[-1]: key for step in steps for key, path in step.names.items() if "." not in key}
    inputs, made = inputs_of(found.type), set()
    for pointer in schema.get("createOnlyProperties", ()):
        property = pointer.removeprefix("/properties/").split("/")[0]
        made |= {key for key in inputs if _flat(property) in _spellings(key)} or {renamed.get(property, "")}
    return made & inputs


@pytest.mark.parametrize("found", CHECKED, ids=lambda found: found.type)
def test_what_cloudformation_cannot_change_replaces(found: Row) -> None:
    assert create_only(found) - replaces(found.type) == CHANGED_IN_PLACE.get(found.type, set())


@pytest.mark.parametrize("found", rows().values(), ids=lambda found: found.type)
def test_rows_name_inputs_that_exist(found: Row) -> None:
    named = {*found.fixed, *found.local, *found.silent, *found.seen, *found.defaults}
    named |= {key for step in (found.create, *found.follow, *found.update) for key in step.takes or ()}
    assert named - inputs_of(found.type) == set()


@pytest.mark.parametrize("found", rows().values(), ids=lambda found: found.type)
def test_every_input_that_can_change_reaches_a_call(found: Row) -> None:
    """An input is fixed, local, a tag, or carried by a changing step: else an update would always fail."""
    carried = {key for step in (*found.update, *found.follow) for key in step.takes or ()}
    declared = {key for key in found.defaults if key not in found.fixed and key not in found.local}
    assert declared - carried - {"tags"} == set()


def test_a_physical_name_replaces() -> None:
    assert "bucket" in replaces("aws:s3/bucket:Bucket")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType):
        replaces("aws:quantum/computer:Computer")


def test_a_recorded_type_never_replaces() -> None:
    assert replaces("kubernetes:core/v1:Namespace") == frozenset()
