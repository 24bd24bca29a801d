"""How each type of resource is billed, in one row a type.

`STANDING`: there is a price for being there, read from the inputs. `BY_USE`: use is paid for, and nothing while idle.
`FREE`: AWS asks nothing for it. A type may have a row in `STANDING` and one in `BY_USE`. A type with no row at all is
reported as one without a known price.
"""

from collections.abc import Mapping

from estate.plan.prices import compute, standing
from estate.plan.prices.standing import Reader, flat, gap, when

KUBERNETES = "kubernetes:"
PROVIDERS = "pulumi:providers:"

STANDING: Mapping[str, Reader] = {
    "aws:accessanalyzer/analyzer:Analyzer": when(
        "type",
        (
            "ACCOUNT_UNUSED_ACCESS",
            "ORGANIZATION_UNUSED_ACCESS",
            "ACCOUNT_INTERNAL_ACCESS",
            "ORGANIZATION_INTERNAL_ACCESS",
        ),
        gap("no price is known of analyzers of unused or internal access, billed by identity or resource"),
    ),
    "aws:amp/scraper:Scraper": gap("no price is known of a managed collector, billed by the hour and by its samples"),
    "aws:apigateway/stage:Stage": when(
        "cacheClusterEnabled", (True,), gap("no price is known of a response cache, billed by the hour")
    ),
    "aws:appautoscaling/policy:Policy": when(
        "policyType",
        ("TargetTrackingScaling",),
        gap("the alarms that a target tracking policy makes itself are not in the plan (0.10 USD a month for each)"),
    ),
    "aws:cloudcontrol/resource:Resource": standing.cloud_control,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": flat("composite-alarm", "composite alarm"),
    "aws:cloudwatch/dashboard:Dashboard": flat("dashboard", "dashboard"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": standing.metric_alarm,
    "aws:dynamodb/table:Table": standing.dynamodb,
    "aws:ec2/capacityBlockReservation:CapacityBlockReservation": gap(
        "a capacity block is paid for once, at its offer's price"
    ),
    "aws:ec2/capacityReservation:CapacityReservation": compute.reserved,
    "aws:ec2/eip:Eip": flat("public-ipv4", "public IPv4 address"),
    "aws:ec2/instance:Instance": compute.instance,
    "aws:ec2/natGateway:NatGateway": flat("nat-gateway", "NAT gateway"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": standing.vpc_endpoint,
    "aws:eks/cluster:Cluster": standing.kubernetes,
    "aws:eks/nodeGroup:NodeGroup": compute.nodes,
    "aws:fsx/lustreFileSystem:LustreFileSystem": standing.lustre,
    "aws:kinesis/stream:Stream": standing.kinesis,
    "aws:kinesis/streamConsumer:StreamConsumer": gap("no price is known of consumers with a throughput of their own"),
    "aws:kms/externalKey:ExternalKey": flat("kms-key", "key"),
    "aws:kms/key:Key": flat("kms-key", "key"),
    "aws:kms/replicaKey:ReplicaKey": flat("kms-key", "key"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": gap(
        "no price is known of Lambda's provisioned concurrency"
    ),
    "aws:lb/loadBalancer:LoadBalancer": flat("load-balancer", "load balancer"),
    "aws:msk/cluster:Cluster": compute.brokers,
    "aws:msk/serverlessCluster:ServerlessCluster": gap("no price is known of MSK Serverless's clusters and partitions"),
    "aws:sagemaker/endpoint:Endpoint": compute.endpoint,
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": gap("no price is known of MLflow tracking servers"),
    "aws:sagemaker/notebookInstance:NotebookInstance": gap("no price is known of notebook instances"),
    "aws:secretsmanager/secret:Secret": flat("secret", "secret"),
    "aws:ssm/parameter:Parameter": when(
        "tier", ("Advanced", "Intelligent-Tiering"), flat("advanced-parameter", "advanced parameter")
    ),
    "aws:synthetics/canary:Canary": standing.canary,
    "aws:wafv2/webAcl:WebAcl": standing.web_acl,
    "kubernetes:core/v1:PersistentVolumeClaim": standing.claimed,
    "kubernetes:core/v1:Service": standing.load_balanced,
}

BY_USE: Mapping[str, str] = {
    "aws:amp/workspace:Workspace": "samples ingested, stored and queried",
    "aws:apigateway/restApi:RestApi": "requests; a response cache by the hour",
    "aws:apigatewayv2/api:Api": "requests, messages and connection minutes",
    "aws:appconfig/application:Application": "requests for configurations",
    "aws:athena/workgroup:Workgroup": "bytes scanned",
    "aws:amp/scraper:Scraper": "samples collected",
    "aws:backup/plan:Plan": "gigabytes of backups",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": "gigabytes restored, and what they are restored into",
    "aws:backup/vault:Vault": "gigabytes of backups",
    "aws:bedrock/guardrail:Guardrail": "text units",
    "aws:budgets/budgetAction:BudgetAction": "days with an action, from the account's third action on",
    "aws:cfg/conformancePack:ConformancePack": "evaluations",
    "aws:cfg/recorder:Recorder": "configuration items recorded",
    "aws:cfg/rule:Rule": "evaluations",
    "aws:cloudtrail/trail:Trail": "data events; copies of management events after the first",
    "aws:cloudwatch/eventArchive:EventArchive": "gigabytes archived and replayed",
    "aws:cloudwatch/eventRule:EventRule": "events of one's own; AWS's are free",
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": "gigabytes scanned",
    "aws:cloudwatch/logGroup:LogGroup": "gigabytes ingested and stored",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "the metric, in hours in which something matches",
    "aws:codebuild/project:Project": "build minutes",
    "aws:cognito/userPool:UserPool": "active users",
    "aws:dynamodb/table:Table": "requests, gigabytes, backups",
    "aws:ec2/flowLog:FlowLog": "gigabytes delivered",
    "aws:ec2/natGateway:NatGateway": "gigabytes processed",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "gigabytes through interfaces",
    "aws:ecr/repository:Repository": "gigabytes stored",
    "aws:efs/fileSystem:FileSystem": "gigabytes stored, read and written",
    "aws:eks/cluster:Cluster": "extended support, where the version outlives the standard one",
    "aws:eks/nodeGroup:NodeGroup": "nodes above the smallest number",
    "aws:emrserverless/application:Application": "vCPU, memory and disk of running jobs",
    "aws:fis/experimentTemplate:ExperimentTemplate": "minutes of actions",
    "aws:glue/catalogTable:CatalogTable": "catalog objects and requests above the first million",
    "aws:glue/catalogTableOptimizer:CatalogTableOptimizer": "hours of compacting",
    "aws:glue/crawler:Crawler": "hours of running",
    "aws:glue/job:Job": "hours of running",
    "aws:grafana/workspace:Workspace": "active users",
    "aws:guardduty/detector:Detector": "events and gigabytes analysed",
    "aws:iot/topicRule:TopicRule": "messages",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "gigabytes ingested and converted",
    "aws:kinesis/stream:Stream": "gigabytes written, read and kept longer than a day",
    "aws:kms/key:Key": "requests; 1 USD a month more for each of the first two rotations",
    "aws:lambda/function:Function": "requests and gigabyte-seconds",
    "aws:macie2/account:Account": "buckets watched and gigabytes inspected",
    "aws:macie2/classificationJob:ClassificationJob": "gigabytes inspected",
    "aws:pipes/pipe:Pipe": "requests",
    "aws:rum/appMonitor:AppMonitor": "events collected",
    "aws:s3/bucket:Bucket": "gigabytes and requests",
    "aws:s3/bucketObjectv2:BucketObjectv2": "gigabytes and requests",
    "aws:sagemaker/app:App": "hours of the app's instance",
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": "instance hours of its runs",
    "aws:sagemaker/domain:Domain": "hours of apps; gigabytes of home folders",
    "aws:sagemaker/endpoint:Endpoint": "instances above the smallest number, serverless calls, data in and out",
    "aws:sagemaker/featureGroup:FeatureGroup": "reads, writes and gigabytes of the online store; S3 of the offline one",
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": "instance hours of its runs",
    "aws:sagemaker/pipeline:Pipeline": "instance hours of its jobs",
    "aws:sagemaker/space:Space": "hours of apps; gigabytes",
    "aws:sagemaker/userProfile:UserProfile": "hours of apps",
    "aws:sagemaker/workteam:Workteam": "objects labelled",
    "aws:scheduler/schedule:Schedule": "calls above 14 million a month",
    "aws:secretsmanager/secret:Secret": "requests",
    "aws:securityhub/account:Account": "checks and findings",
    "aws:sfn/stateMachine:StateMachine": "state transitions",
    "aws:sns/topic:Topic": "messages delivered",
    "aws:sqs/queue:Queue": "requests above the first million",
    "aws:ssm/document:Document": "automation steps",
    "aws:wafv2/webAcl:WebAcl": "requests inspected",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "gigabytes of logs",
    "aws:xray/samplingRule:SamplingRule": "traces recorded",
    "kubernetes:karpenter.sh/v1:NodePool": "nodes, while pods need them",
}

# Inputs with which not even use is billed.
UNBILLED: Mapping[str, tuple[str, tuple[object, ...]]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpcEndpointType", ("Gateway", None)),
}

# By service, the types: most of them say how another resource behaves.
FREE: Mapping[str, str] = {
    "accessanalyzer": "archiveRule",
    "amp": "alertManagerDefinition ruleGroupNamespace resourcePolicy queryLoggingConfiguration workspaceConfiguration",
    "apigateway": "account authorizer basePathMapping deployment domainName integration"
    " integrationResponse method methodResponse methodSettings model requestValidator resource response"
    " restApiPolicy usagePlan usagePlanKey apiKey",
    "apigatewayv2": "apiMapping authorizer deployment domainName integration integrationResponse route routeResponse"
    " stage",
    "appautoscaling": "scheduledAction target",
    "appconfig": "configurationProfile deployment deploymentStrategy environment extension extensionAssociation"
    " hostedConfigurationVersion",
    "athena": "dataCatalog namedQuery preparedStatement database",
    "backup": "selection restoreTestingSelection vaultLockConfiguration vaultNotifications vaultPolicy regionSettings"
    " globalSettings",
    "budgets": "budget",
    "cfg": "aggregateAuthorization configurationAggregator deliveryChannel recorderStatus remediationConfiguration"
    " retentionConfiguration",
    "cloudwatch": "eventBus eventBusPolicy eventPermission eventTarget logAccountPolicy"
    " logAnomalyDetector logResourcePolicy logStream logSubscriptionFilter queryDefinition",
    "codebuild": "reportGroup resourcePolicy webhook",
    "cognito": "identityPool identityPoolRoleAttachment resourceServer userGroup userInGroup userPoolClient"
    " userPoolDomain user",
    "costexplorer": "anomalyMonitor anomalySubscription costAllocationTag costCategory",
    "dynamodb": "resourcePolicy tableItem",
    "ebs": "encryptionByDefault snapshotBlockPublicAccess defaultKmsKey",
    "ec2": "defaultNetworkAcl defaultRouteTable defaultSecurityGroup egressOnlyInternetGateway"
    " instanceMetadataDefaults internetGateway launchTemplate mainRouteTableAssociation networkAcl placementGroup"
    " route routeTable routeTableAssociation securityGroup securityGroupRule subnet vpc vpcDhcpOptions"
    " vpcDhcpOptionsAssociation vpcEndpointPolicy vpcEndpointRouteTableAssociation vpcPeeringConnection"
    " vpcPeeringConnectionAccepter",
    "ecr": "lifecyclePolicy pullThroughCacheRule registryPolicy registryScanningConfiguration replicationConfiguration"
    " repositoryCreationTemplate repositoryPolicy",
    "efs": "accessPoint backupPolicy fileSystemPolicy mountTarget",
    "eks": "accessEntry accessPolicyAssociation addon identityProviderConfig podIdentityAssociation",
    "fsx": "dataRepositoryAssociation",
    "glue": "catalogDatabase dataCatalogEncryptionSettings registry resourcePolicy schema securityConfiguration trigger"
    " workflow",
    "grafana": "licenseAssociation roleAssociation workspaceApiKey workspaceSamlConfiguration workspaceServiceAccount",
    "guardduty": "detectorFeature filter member organizationConfiguration publishingDestination",
    "iam": "accountPasswordPolicy group groupPolicy groupPolicyAttachment instanceProfile openIdConnectProvider policy"
    " policyAttachment role rolePolicy rolePolicyAttachment samlProvider serviceLinkedRole user",
    "kinesis": "resourcePolicy",
    "kms": "alias grant keyPolicy",
    "lakeformation": "dataCellsFilter dataLakeSettings lfTag permissions resource resourceLfTag resourceLfTags",
    "lambda": "alias codeSigningConfig eventSourceMapping functionEventInvokeConfig functionUrl invocation layerVersion"
    " layerVersionPermission permission runtimeManagementConfig",
    "lb": "listener listenerRule targetGroup targetGroupAttachment",
    "macie": "customDataIdentifier",
    "macie2": "classificationExportConfiguration",
    "msk": "clusterPolicy configuration topic scramSecretAssociation singleScramSecretAssociation",
    "organizations": "account organization organizationalUnit policy policyAttachment",
    "rum": "metricsDestination",
    "s3": "accountPublicAccessBlock bucketCorsConfiguration bucketIntelligentTieringConfiguration"
    " bucketLifecycleConfiguration bucketLogging bucketNotification bucketObjectLockConfiguration"
    " bucketOwnershipControls bucketPolicy bucketPublicAccessBlock bucketServerSideEncryptionConfiguration"
    " bucketVersioning",
    "sagemaker": "appImageConfig codeRepository deviceFleet endpointConfiguration flowDefinition humanTaskUI image"
    " imageVersion model modelCard modelPackageGroup modelPackageGroupPolicy"
    " notebookInstanceLifecycleConfiguration project studioLifecycleConfig workforce",
    "scheduler": "scheduleGroup",
    "secretsmanager": "secretPolicy secretRotation secretVersion",
    "securityhub": "actionTarget configurationPolicy findingAggregator insight member organizationConfiguration"
    " productSubscription standardsControl standardsSubscription",
    "signer": "signingProfile signingProfilePermission",
    "sns": "topicPolicy topicSubscription",
    "sqs": "queuePolicy redriveAllowPolicy redrivePolicy",
    "ssm": "association maintenanceWindow maintenanceWindowTarget maintenanceWindowTask serviceSetting",
    "synthetics": "group groupAssociation",
    "vpc": "securityGroupEgressRule securityGroupIngressRule endpointServicePrivateDnsVerification",
    "wafv2": "ipSet regexPatternSet webAclAssociation",
    "xray": "encryptionConfig group resourcePolicy",
}


def free_types() -> frozenset[str]:
    """The free types as Pulumi writes them."""
    return frozenset(
        f"aws:{service}/{name}:{name[0].upper()}{name[1:]}" for service, names in FREE.items() for name in names.split()
    )


def is_free(type: str) -> bool:
    """Whether AWS asks nothing for it. What Kubernetes holds runs on nodes, which are priced as such."""
    if type in STANDING:
        return False
    return type.startswith((KUBERNETES, PROVIDERS)) or type in _FREE_TYPES


_FREE_TYPES = free_types()
