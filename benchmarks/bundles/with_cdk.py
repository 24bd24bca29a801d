"""`python -m benchmarks.bundles.with_cdk COUNT FOLDER`: the same bundles, synthesised by the AWS CDK as it comes.

A stack of CloudFormation holds 500 resources, and the CDK refuses more: there are as many stacks as it takes.
"""

import sys

import aws_cdk as cdk  # ty: ignore[import-not-found]
from aws_cdk import aws_cloudwatch as cloudwatch  # ty: ignore[import-not-found]
from aws_cdk import aws_sagemaker as sagemaker  # ty: ignore[import-not-found]

from benchmarks.bundles import shape

PER_STACK = 500 // shape.RESOURCES


def bundle(stack: "cdk.Stack", index: int) -> None:
    model = sagemaker.CfnModel(
        stack,
        f"model-{index}",
        model_name=f"model-{index}",
        execution_role_arn=shape.ROLE,
        enable_network_isolation=True,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=shape.IMAGE, model_data_url=shape.artifact(index)
        ),
        vpc_config=sagemaker.CfnModel.VpcConfigProperty(
            subnets=shape.SUBNETS, security_group_ids=shape.SECURITY_GROUPS
        ),
    )
    configuration = sagemaker.CfnEndpointConfig(
        stack,
        f"configuration-{index}",
        endpoint_config_name=f"configuration-{index}",
        kms_key_id=shape.KEY,
        production_variants=[
            sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                variant_name=shape.VARIANT,
                model_name=model.attr_model_name,
                initial_variant_weight=1,
                initial_instance_count=2,
                instance_type=shape.INSTANCE,
            )
        ],
    )
    endpoint = sagemaker.CfnEndpoint(
        stack,
        f"endpoint-{index}",
        endpoint_name=f"endpoint-{index}",
        endpoint_config_name=configuration.attr_endpoint_config_name,
    )
    cloudwatch.CfnAlarm(
        stack,
        f"alarm-{index}",
        alarm_name=f"alarm-{index}",
        namespace=shape.NAMESPACE,
        metric_name=shape.METRIC,
        dimensions=[
            cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=endpoint.attr_endpoint_name),
            cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=shape.VARIANT),
        ],
        statistic="Average",
        period=60,
        evaluation_periods=3,
        threshold=0.01,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )


def main(count: int, folder: str) -> None:
    """Writes the templates into `folder` and prints how many resources they have."""
    app = cdk.App(outdir=folder)
    stack = None
    for index in range(count):
        if index % PER_STACK == 0:
            stack = cdk.Stack(app, f"bundles-{index // PER_STACK}")
        bundle(stack, index)
    made = app.synth()
    print(sum(len(each.template["Resources"]) for each in made.stacks))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
