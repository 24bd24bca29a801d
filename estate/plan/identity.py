"""How AWS names things: the shapes of ids and ARNs, for the stand-in provider.

Templates are filled with `name` (physical name), `id`, `partition`, `region`, `account`, `here` (region:account), and
`hex` / `uuid`, which are made of the resource's URN and so are the same in every run.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# ARN after `arn:<partition>:`. Without an entry: `<module>:<here>:<class-in-hyphens>/<name>`.
ARNS = {
    "amp/workspace:Workspace": "aps:{here}:workspace/{id}",
    "backup/plan:Plan": "backup:{here}:backup-plan:{id}",
    "backup/vault:Vault": "backup:{here}:backup-vault:{name}",
    "accessanalyzer/analyzer:Analyzer": "access-analyzer:{here}:analyzer/{name}",
    "budgets/budget:Budget": "budgets::{account}:budget/{name}",
    "cfg/recorder:Recorder": "config:{here}:config-recorder/{name}",
    "cfg/rule:Rule": "config:{here}:config-rule/config-rule-{hex6}",
    "cloudwatch/compositeAlarm:CompositeAlarm": "cloudwatch:{here}:alarm:{name}",
    "cognito/identityPool:IdentityPool": "cognito-identity:{here}:identitypool/{id}",
    "cognito/userPool:UserPool": "cognito-idp:{here}:userpool/{id}",
    "costexplorer/anomalyMonitor:AnomalyMonitor": "ce::{account}:anomalymonitor/{uuid}",
    "costexplorer/anomalySubscription:AnomalySubscription": "ce::{account}:anomalysubscription/{uuid}",
    "wafv2/webAcl:WebAcl": "wafv2:{here}:regional/webacl/{name}/{id}",
    "cloudwatch/dashboard:Dashboard": "cloudwatch::{account}:dashboard/{name}",
    "cloudwatch/eventBus:EventBus": "events:{here}:event-bus/{name}",
    "cloudwatch/eventRule:EventRule": "events:{here}:rule/{name}",
    "cloudwatch/logAnomalyDetector:LogAnomalyDetector": "logs:{here}:anomaly-detector:{uuid}",
    "cloudwatch/logGroup:LogGroup": "logs:{here}:log-group:{name}",
    "cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{here}:alarm:{name}",
    "eks/nodeGroup:NodeGroup": "eks:{here}:nodegroup/{clusterName}/{name}/{uuid}",
    "fis/experimentTemplate:ExperimentTemplate": "fis:{here}:experiment-template/{id}",
    "grafana/workspace:Workspace": "grafana:{here}:/workspaces/{id}",
    "glue/catalogDatabase:CatalogDatabase": "glue:{here}:database/{name}",
    "glue/catalogTable:CatalogTable": "glue:{here}:table/{databaseName}/{name}",
    "iam/instanceProfile:InstanceProfile": "iam::{account}:instance-profile{path}{name}",
    "iam/openIdConnectProvider:OpenIdConnectProvider": "iam::{account}:oidc-provider/{host}",
    "iam/policy:Policy": "iam::{account}:policy{path}{name}",
    "iam/role:Role": "iam::{account}:role{path}{name}",
    "iam/user:User": "iam::{account}:user{path}{name}",
    "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose:{here}:deliverystream/{name}",
    "kms/alias:Alias": "kms:{here}:{name}",
    "kms/key:Key": "kms:{here}:key/{id}",
    "lambda/function:Function": "lambda:{here}:function:{name}",
    "s3/bucket:Bucket": "s3:::{name}",
    "securityhub/account:Account": "securityhub:{here}:hub/default",
    "sagemaker/endpointConfiguration:EndpointConfiguration": "sagemaker:{here}:endpoint-config/{name}",
    "scheduler/schedule:Schedule": "scheduler:{here}:schedule/{groupName}/{name}",
    "secretsmanager/secret:Secret": "secretsmanager:{here}:secret:{name}-{hex6}",
    "sfn/stateMachine:StateMachine": "states:{here}:stateMachine:{name}",
    "signer/signingProfile:SigningProfile": "signer:{here}:/signing-profiles/{namePrefix}{hex12}",
    "sns/subscription:Subscription": "{topic}:{uuid}",
    "sns/topic:Topic": "sns:{here}:{name}",
    "sqs/queue:Queue": "sqs:{here}:{name}",
    "synthetics/canary:Canary": "synthetics:{here}:canary:{name}",
    "fsx/dataRepositoryAssociation:DataRepositoryAssociation": "fsx:{here}:association/{fileSystemId}/{id}",
    "fsx/lustreFileSystem:LustreFileSystem": "fsx:{here}:file-system/{id}",
    "xray/group:Group": "xray:{here}:group/{groupName}/{hex17}",
    "ssm/parameter:Parameter": "ssm:{here}:parameter{slashed}",
}

# Ids. Without an entry: an EC2 id by the class, else the physical name.
IDS = {
    "amp/scraper:Scraper": "s-{uuid}",
    "amp/workspace:Workspace": "ws-{uuid}",
    "backup/plan:Plan": "{uuid}",
    "backup/selection:Selection": "{uuid}",
    "eks/podIdentityAssociation:PodIdentityAssociation": "a-{hex17}",
    "fis/experimentTemplate:ExperimentTemplate": "EXT{hex17}",
    "fsx/dataRepositoryAssociation:DataRepositoryAssociation": "dra-{hex17}",
    "fsx/lustreFileSystem:LustreFileSystem": "fs-{hex17}",
    "grafana/workspace:Workspace": "g-{hex10}",
    "kms/key:Key": "{uuid}",
    "sqs/queue:Queue": "https://sqs.{region}.{suffix}/{account}/{name}",
    "guardduty/detector:Detector": "{hex17}",
    "iam/rolePolicy:RolePolicy": "{role}:{name}",
    "iam/rolePolicyAttachment:RolePolicyAttachment": "{role}-{hex17}",
    "sagemaker/domain:Domain": "d-{hex12}",
    "glue/catalogDatabase:CatalogDatabase": "{account}:{name}",
    "glue/catalogTable:CatalogTable": "{account}:{databaseName}:{name}",
    "eks/nodeGroup:NodeGroup": "{clusterName}:{name}",
    "eks/addon:Addon": "{clusterName}:{addonName}",
    "scheduler/schedule:Schedule": "{groupName}/{name}",
    "budgets/budget:Budget": "{account}:{name}",
    "apigateway/apiKey:ApiKey": "{hex12}",
    "apigateway/restApi:RestApi": "{hex12}",
    "apigateway/usagePlan:UsagePlan": "{hex6}",
    "appconfig/application:Application": "{hex6}",
    "appconfig/configurationProfile:ConfigurationProfile": "{hex6}",
    "appconfig/deploymentStrategy:DeploymentStrategy": "{hex6}",
    "appconfig/environment:Environment": "{hex6}",
    "cognito/identityPool:IdentityPool": "{region}:{uuid}",
    "cognito/userPool:UserPool": "{region}_{hex12}",
    "cognito/userPoolClient:UserPoolClient": "{hex17}",
    "macie2/account:Account": "{account}",
    "macie2/classificationJob:ClassificationJob": "{hex17}",
    "organizations/policy:Policy": "p-{hex12}",
    "securityhub/account:Account": "{account}",
    "wafv2/webAcl:WebAcl": "{uuid}",
}

# The ARN is the id.
ARN_IS_ID = frozenset(
    {
        "cloudtrail/trail:Trail",
        "cloudwatch/logAnomalyDetector:LogAnomalyDetector",
        "costexplorer/anomalyMonitor:AnomalyMonitor",
        "costexplorer/anomalySubscription:AnomalySubscription",
        "iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam/policy:Policy",
        "secretsmanager/secret:Secret",
        "sfn/stateMachine:StateMachine",
        "sns/subscription:Subscription",
        "sns/topic:Topic",
        "xray/group:Group",
    }
)

# EC2 ids are `<prefix>-<17 hexadecimal digits>`. Also tells what a property such as `mainRouteTableId` holds.
EC2_PREFIXES = {
    "Eip": "eipalloc",
    "FlowLog": "fl",
    "Instance": "i",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "NatGateway": "nat",
    "NetworkAcl": "acl",
    "NetworkInterface": "eni",
    "PrefixList": "pl",
    "RouteTable": "rtb",
    "RouteTableAssociation": "rtbassoc",
    "SecurityGroup": "sg",
    "SecurityGroupEgressRule": "sgr",
    "SecurityGroupIngressRule": "sgr",
    "SecurityGroupRule": "sgrule",
    "Subnet": "subnet",
    "Volume": "vol",
    "Vpc": "vpc",
    "VpcEndpoint": "vpce",
    "VpcPeeringConnection": "pcx",
    "VpcPeeringConnectionAccepter": "pcx",
}

SUFFIXES = {"aws-cn": "amazonaws.com.cn"}  # of host names; elsewhere amazonaws.com


@dataclass(frozen=True)
class Place:
    """Where a provider works."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def suffix(self) -> str:
        return SUFFIXES.get(self.partition, "amazonaws.com")


@dataclass(frozen=True)
class Identity:
    """What a resource is called."""

    place: Place
    type: str
    name: str
    id: str
    arn: str
    seed: str

    def hex(self, length: int, of: str = "") -> str:
        return digest(self.seed, of)[:length]


def digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def identify(place: Place, type: str, logical_name: str, inputs: Mapping[str, Any], seed: str) -> Identity:
    """The identity of a resource; the same for the same `seed`. `type` is the token, such as `aws:sns/topic:Topic`."""
    short = type.partition(":")[2]
    kind = type.rpartition(":")[2]
    name = _physical_name(kind, inputs) or f"{logical_name}-{digest(seed)[:7]}"
    known = _Known(_fields(place, name, inputs, seed))
    if short in IDS:
        found = IDS[short].format_map(known)
    elif short.startswith("ec2/") and kind in EC2_PREFIXES:
        found = f"{EC2_PREFIXES[kind]}-{digest(seed)[:17]}"
    else:
        found = name
    known["id"] = found
    template = ARNS.get(short, f"{short.partition('/')[0]}:{{here}}:{hyphenated(kind)}/{{{_tail(short)}}}")
    arn = template.format_map(known)
    if not arn.startswith("arn:"):
        arn = f"arn:{place.partition}:{arn}"
    return Identity(place, type, name, arn if short in ARN_IS_ID else found, arn, seed)


def _tail(short: str) -> str:
    return "id" if short.startswith("ec2/") else "name"


class _Known(dict[str, str]):
    """A template may name any input; one that is left out gets its logical place's default."""

    def __missing__(self, key: str) -> str:
        return {"groupName": "default", "path": "/"}.get(key, key)


def _fields(place: Place, name: str, inputs: Mapping[str, Any], seed: str) -> dict[str, str]:
    hexes = digest(seed)
    texts = {key: value for key, value in inputs.items() if isinstance(value, str)}
    return {
        **texts,
        "name": name,
        "partition": place.partition,
        "region": place.region,
        "account": place.account,
        "here": f"{place.region}:{place.account}",
        "suffix": place.suffix,
        "slashed": name if name.startswith("/") else f"/{name}",
        "host": texts.get("url", name).removeprefix("https://"),
        "uuid": str(uuid.UUID(hexes[:32])),
        "hex6": hexes[:6],
        "hex10": hexes[:10],
        "hex12": hexes[:12],
        "hex17": hexes[:17],
    }


def _physical_name(kind: str, inputs: Mapping[str, Any]) -> str | None:
    """The input that names the thing: `name`, `<class>Name`, a shorter `...Name`, or what it hangs on."""
    own = kind[0].lower() + kind[1:]
    for key in ("name", f"{own}Name", own, "bucket", *(key for key in sorted(inputs) if key.endswith("GroupName"))):
        value = inputs.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def hyphenated(name: str) -> str:
    """`EndpointConfiguration` as `endpoint-configuration`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
