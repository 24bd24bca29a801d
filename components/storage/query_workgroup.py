"""Where people query the lake, and where it queries itself."""

import pulumi
from pulumi_aws import athena
from pydantic import Field

from components.base import Args, Component, Placement

GIGABYTE = 1024**3
RESULTS = "queries"


class QueryWorkgroupArgs(Args):
    placement: Placement
    called: str = Field(default="lake", description="Its name after the environment's; `lake` is the one for people.")
    bucket: pulumi.Input[str] = Field(description="Bucket that receives results, under `queries/`.")
    key_arn: pulumi.Input[str] = Field(description="KMS key that encrypts results.")
    scan_limit_gb: int = Field(ge=1, description="GiB that one query may scan; then it is cancelled.")


class QueryWorkgroup(Component):
    """An Athena workgroup whose settings no client overrides: encrypted results, a limit on what a query scans."""

    workgroup: pulumi.Output[str]

    def __init__(self, name: str, args: QueryWorkgroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:QueryWorkgroup", name, args.placement, opts)
        place = args.placement
        workgroup = athena.Workgroup(
            f"{name}-workgroup",
            name=place.named(args.called),
            description=f"Queries over the {args.called}",
            state="ENABLED",
            force_destroy=not place.protected,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": args.scan_limit_gb * GIGABYTE,
                "engine_version": {"selected_engine_version": "Athena engine version 3"},
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", args.bucket, f"/{RESULTS}/"),
                    "expected_bucket_owner": place.account_id,
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key_arn},
                },
            },
            opts=self.child(),
        )
        self.workgroup = workgroup.name
        self.register_outputs({"workgroup": self.workgroup})
