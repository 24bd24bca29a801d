"""The bundles as a Pulumi program; `bundles:count` says how many."""

import pulumi
from pulumi_aws import cloudwatch, sagemaker

from benchmarks.bundles import shape

for index in range(pulumi.Config().require_int("count")):
    model = sagemaker.Model(
        f"model-{index}",
        name=f"model-{index}",
        execution_role_arn=shape.ROLE,
        enable_network_isolation=True,
        primary_container={"image": shape.IMAGE, "model_data_url": shape.artifact(index)},
        vpc_config={"subnets": shape.SUBNETS, "security_group_ids": shape.SECURITY_GROUPS},
    )
    configuration = sagemaker.EndpointConfiguration(
        f"configuration-{index}",
        name=f"configuration-{index}",
        kms_key_arn=shape.KEY,
        production_variants=[
            {
                "variant_name": shape.VARIANT,
                "model_name": model.name,
                "initial_variant_weight": 1,
                "initial_instance_count": 2,
                "instance_type": shape.INSTANCE,
            }
        ],
    )
    endpoint = sagemaker.Endpoint(
        f"endpoint-{index}", name=f"endpoint-{index}", endpoint_config_name=configuration.name
    )
    cloudwatch.MetricAlarm(
        f"alarm-{index}",
        name=f"alarm-{index}",
        namespace=shape.NAMESPACE,
        metric_name=shape.METRIC,
        dimensions={"EndpointName": endpoint.name, "VariantName": shape.VARIANT},
        statistic="Average",
        period=60,
        evaluation_periods=3,
        threshold=0.01,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
