"""Rules over tags."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .rule import Resource, Severity, Stack, stack_rule
from .values import record

REQUIRED = ("environment", "owner", "cost-center", "data-classification", "managed-by")
# What costs money, holds data or gives rights, and can be tagged.
TAGGABLE = (
    "aws:athena/workgroup:Workgroup",
    "aws:budgets/budget:Budget",
    "aws:cloudtrail/trail:Trail",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ecr/repository:Repository",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:glue/catalogDatabase:CatalogDatabase",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:lambda/function:Function",
    "aws:s3/bucket:Bucket",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws:sagemaker/model:Model",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    "aws:sagemaker/pipeline:Pipeline",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
    "aws:ssm/parameter:Parameter",
)


@stack_rule(
    id="tags-required",
    on=TAGGABLE,
    title="Everything says whose it is, who pays, and which data it may hold.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "SOX-302", "ISO27001-A.5.9", "SOC2-CC6.1"),
    fix=f"Set the tags {', '.join(REQUIRED)}, best as default tags of the provider.",
)
def tags_required(resource: Resource, stack: Stack) -> Iterator[str]:
    known = {**_defaults(resource, stack), **record(resource.values.get("tags"))}
    missing = [name for name in REQUIRED if not known.get(name)]
    if missing:
        yield f"without tag {', '.join(missing)}"


def _defaults(resource: Resource, stack: Stack) -> Mapping[str, Any]:
    """The default tags of the resource's provider."""
    if resource.provider is None:
        return {}
    # A reference to a provider is its URN, with `::` and its id behind it once it has one.
    provider = stack.by_urn.get(resource.provider) or stack.by_urn.get(resource.provider.rpartition("::")[0])
    if provider is None:
        return {}
    defaults = provider.values.get("defaultTags")
    # Inputs of a provider travel as JSON.
    return record(record(json.loads(defaults) if isinstance(defaults, str) else defaults).get("tags"))
