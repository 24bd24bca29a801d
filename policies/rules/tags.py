"""Rules over tags."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .rule import Resource, Severity, Stack, stack_rule
from .values import record

REQUIRED = ("environment", "owner", "cost-center", "data-classification", "managed-by")
# What costs money, holds data or gives rights, and can be tagged.
TAGGABLE = (
    "aws:accessanalyzer/analyzer:Analyzer",
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
    "aws:amp/scraper:Scraper",
    "aws:amp/workspace:Workspace",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/stage:Stage",
    "aws:apigateway/usagePlan:UsagePlan",
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:apigatewayv2/stage:Stage",
    "aws:appautoscaling/target:Target",
    "aws:appconfig/application:Application",
    "aws:appconfig/configurationProfile:ConfigurationProfile",
    "aws:appconfig/deploymentStrategy:DeploymentStrategy",
    "aws:appconfig/environment:Environment",
    "aws:athena/workgroup:Workgroup",
    "aws:backup/plan:Plan",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan",
    "aws:backup/vault:Vault",
    "aws:budgets/budget:Budget",
    "aws:budgets/budgetAction:BudgetAction",
    "aws:cfg/rule:Rule",
    "aws:cloudtrail/trail:Trail",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:codebuild/project:Project",
    "aws:cognito/identityPool:IdentityPool",
    "aws:cognito/userPool:UserPool",
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor",
    "aws:costexplorer/anomalySubscription:AnomalySubscription",
    "aws:dynamodb/table:Table",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/eip:Eip",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/placementGroup:PlacementGroup",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ecr/repository:Repository",
    "aws:eks/accessEntry:AccessEntry",
    "aws:eks/addon:Addon",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "aws:emrserverless/application:Application",
    "aws:fis/experimentTemplate:ExperimentTemplate",
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation",
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:glue/catalogDatabase:CatalogDatabase",
    "aws:grafana/workspace:Workspace",
    "aws:guardduty/detector:Detector",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "aws:kinesis/stream:Stream",
    "aws:kms/key:Key",
    "aws:lambda/function:Function",
    "aws:macie2/classificationJob:ClassificationJob",
    "aws:msk/cluster:Cluster",
    "aws:pipes/pipe:Pipe",
    "aws:rum/appMonitor:AppMonitor",
    "aws:s3/bucket:Bucket",
    "aws:sagemaker/appImageConfig:AppImageConfig",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws:sagemaker/flowDefinition:FlowDefinition",
    "aws:sagemaker/humanTaskUI:HumanTaskUI",
    "aws:sagemaker/image:Image",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
    "aws:sagemaker/model:Model",
    "aws:sagemaker/modelCard:ModelCard",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    "aws:sagemaker/pipeline:Pipeline",
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig",
    "aws:sagemaker/workteam:Workteam",
    "aws:secretsmanager/secret:Secret",
    "aws:signer/signingProfile:SigningProfile",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
    "aws:ssm/document:Document",
    "aws:ssm/parameter:Parameter",
    "aws:synthetics/canary:Canary",
    "aws:wafv2/webAcl:WebAcl",
    "aws:xray/group:Group",
    "aws:xray/samplingRule:SamplingRule",
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
