"""What is asked of a hosted model's log: saved queries, and a metric of the failures that it tells."""

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.model_signals import LOGGED_FAILURES, log_metric
from contracts.metrics import NAMESPACE

FAILURE = r"/Traceback|CRITICAL|ERROR|Out of memory|Killed/"
# Insights' own language. A saved query costs nothing until it is run: 0.005 USD a GB that it reads.
QUERIES = {
    "failures": "fields @timestamp, @logStream, @message\n"
    f"| filter @message like {FAILURE}\n"
    "| sort @timestamp desc\n"
    "| limit 100",
    "failures by instance": f"filter @message like {FAILURE}\n| stats count(*) as failures by @logStream, bin(5m)",
    "refused requests": "fields @timestamp, @message\n"
    '| parse @message /"POST (?<path>\\S+) HTTP\\/[0-9.]+" (?<status>\\d{3})/\n'
    '| filter path = "/invocations" and status >= 400\n'
    "| stats count(*) as requests by status, bin(5m)",
    "starts": "fields @timestamp, @logStream\n"
    "| filter @message like /Started server process|Application startup complete/\n"
    "| sort @timestamp desc\n"
    "| limit 50",
}


class ModelLogsArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    endpoint: pulumi.Input[str] = Field(description="The endpoint, whose log group SageMaker names after it.")


class ModelLogs(Component):
    """Saved queries on the container's log, and a metric filter."""

    def __init__(self, name: str, args: ModelLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:ModelLogs", name, args.placement, opts)
        group = pulumi.Output.concat("/aws/sagemaker/Endpoints/", args.endpoint)
        for title, text in QUERIES.items():
            cloudwatch.QueryDefinition(
                f"{name}-{title.replace(' ', '-')}",
                name=f"{args.placement.prefix}/{args.model}/{title}",  # the console shows the slashes as folders
                log_group_names=[group],
                query_string=text,
                opts=self.child(),
            )
        cloudwatch.LogMetricFilter(
            f"{name}-failures-metric",
            name=args.placement.named(args.model, "failures"),
            log_group_name=group,
            pattern=LOGGED_FAILURES,
            metric_transformation={
                "namespace": NAMESPACE,
                # A filter on plain text knows no dimensions: the metric's name says whose it is.
                "name": log_metric(args.placement.prefix, args.model),
                "value": "1",
                "default_value": "0",
                "unit": "Count",
            },
            opts=self.child(),
        )
        self.register_outputs({})
