"""Feature groups, pipelines, models and endpoints."""

from estate.cloud.resources.row import Row, Step, Wait

_GONE = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")


def _describe(operation: str, parameter: str) -> tuple[Step, ...]:
    return (Step(operation, (), {parameter: "{id}"}),)


_CONTAINER = {
    f"{container}.{key}": name
    for container in ("primaryContainer", "containers")
    for key, name in (
        ("modelDataSource.s3DataSources", "S3DataSource"),
        ("additionalModelDataSources.s3DataSources", "S3DataSource"),
    )
}

ROWS = (
    Row(
        "aws:sagemaker/featureGroup:FeatureGroup",
        "sagemaker",
        Step("CreateFeatureGroup"),
        id="{in.featureGroupName}",
        read=_describe("DescribeFeatureGroup", "FeatureGroupName"),
        update=(
            Step(
                "UpdateFeatureGroup",
                ("throughputConfig",),
                {"FeatureGroupName": "{id}"},
            ),
        ),
        delete=(Step("DeleteFeatureGroup", (), {"FeatureGroupName": "{id}"}),),
        outputs={"arn": "{read.FeatureGroupArn}"},
        name="featureGroupName",
        fixed=(
            "featureGroupName",
            "recordIdentifierFeatureName",
            "eventTimeFeatureName",
            "description",
            "roleArn",
            "featureDefinitions",
            "offlineStoreConfig",
            "onlineStoreConfig",
        ),
        wait=Wait("FeatureGroupStatus", frozenset({"Created"}), frozenset({"CreateFailed"})),
        gone=_GONE,
        cloudformation="AWS::SageMaker::FeatureGroup",
    ),
    Row(
        "aws:sagemaker/pipeline:Pipeline",
        "sagemaker",
        Step("CreatePipeline", params={"ClientRequestToken": "{token(in.pipelineName)}"}),
        id="{in.pipelineName}",
        read=_describe("DescribePipeline", "PipelineName"),
        update=(
            Step(
                "UpdatePipeline",
                (
                    "pipelineDefinition",
                    "pipelineDefinitionS3Location",
                    "pipelineDisplayName",
                    "pipelineDescription",
                    "roleArn",
                    "parallelismConfiguration",
                ),
                {"PipelineName": "{id}"},
            ),
        ),
        delete=(
            Step("DeletePipeline", (), {"PipelineName": "{id}", "ClientRequestToken": "{token(in.pipelineName)}"}),
        ),
        outputs={"arn": "{read.PipelineArn}"},
        name="pipelineName",
        fixed=("pipelineName",),
        gone=_GONE,
        cloudformation="AWS::SageMaker::Pipeline",
    ),
    Row(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "sagemaker",
        Step("CreateModelPackageGroup"),
        id="{in.modelPackageGroupName}",
        read=_describe("DescribeModelPackageGroup", "ModelPackageGroupName"),
        delete=(Step("DeleteModelPackageGroup", (), {"ModelPackageGroupName": "{id}"}),),
        outputs={"arn": "{read.ModelPackageGroupArn}"},
        name="modelPackageGroupName",
        fixed=("modelPackageGroupName", "modelPackageGroupDescription"),
        wait=Wait("ModelPackageGroupStatus", frozenset({"Completed"}), frozenset({"Failed"})),
        gone=_GONE,
        cloudformation="AWS::SageMaker::ModelPackageGroup",
    ),
    Row(
        "aws:sagemaker/model:Model",
        "sagemaker",
        Step("CreateModel", names=_CONTAINER),
        id="{in.name}",
        read=_describe("DescribeModel", "ModelName"),
        delete=(Step("DeleteModel", (), {"ModelName": "{id}"}),),
        outputs={"arn": "{read.ModelArn}"},
        name="name",
        fixed=(
            "name",
            "executionRoleArn",
            "primaryContainer",
            "containers",
            "vpcConfig",
            "enableNetworkIsolation",
            "inferenceExecutionConfig",
        ),
        gone=_GONE,
        cloudformation="AWS::SageMaker::Model",
    ),
    Row(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "sagemaker",
        Step("CreateEndpointConfig", names={"kmsKeyArn": "KmsKeyId"}),
        id="{in.name}",
        read=_describe("DescribeEndpointConfig", "EndpointConfigName"),
        delete=(Step("DeleteEndpointConfig", (), {"EndpointConfigName": "{id}"}),),
        outputs={"arn": "{read.EndpointConfigArn}"},
        name="name",
        fixed=(
            "name",
            "kmsKeyArn",
            "productionVariants",
            "shadowProductionVariants",
            "dataCaptureConfig",
            "asyncInferenceConfig",
            "executionRoleArn",
        ),
        gone=_GONE,
        cloudformation="AWS::SageMaker::EndpointConfig",
    ),
    Row(
        "aws:sagemaker/endpoint:Endpoint",
        "sagemaker",
        Step("CreateEndpoint", names={"name": "EndpointName"}),
        id="{in.name}",
        read=_describe("DescribeEndpoint", "EndpointName"),
        update=(Step("UpdateEndpoint", ("endpointConfigName", "deploymentConfig"), {"EndpointName": "{id}"}),),
        delete=(Step("DeleteEndpoint", (), {"EndpointName": "{id}"}),),
        outputs={"arn": "{read.EndpointArn}"},
        name="name",
        fixed=("name",),
        wait=Wait(
            "EndpointStatus", frozenset({"InService"}), frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"})
        ),
        seen={"deploymentConfig": "LastDeploymentConfig"},
        confirm={"endpointConfigName": "EndpointConfigName"},
        gone=_GONE,
        cloudformation="AWS::SageMaker::Endpoint",
    ),
)
