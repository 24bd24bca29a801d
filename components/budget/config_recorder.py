"""How things are configured, since when, and whether they carry the required tags."""

import json

import pulumi
from pulumi_aws import cfg, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import trust
from components.roles import aws_policy, bounded_role, inline_policy

MOST_TAGS = 6  # of AWS's rule REQUIRED_TAGS


class ConfigRecorderArgs(Args):
    placement: Placement
    log_bucket: pulumi.Input[str] = Field(description="Bucket that receives the history.")
    prefix: str = Field(default="config", description="Where in the bucket.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Permission boundary of the recorder's role.")
    required_tags: tuple[str, ...] = Field(
        min_length=1, max_length=MOST_TAGS, description="Tags that every resource must carry."
    )


class ConfigRecorder(Component):
    """AWS Config's recorder, of which an account and region has one, and the rule on required tags."""

    recorder: pulumi.Output[str]
    on: cfg.RecorderStatus

    def __init__(self, name: str, args: ConfigRecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:budget:ConfigRecorder", name, args.placement, opts)
        place = args.placement
        role, permissions = self._role(args)
        recorder = cfg.Recorder(
            f"{name}-recorder",
            name=place.named("recorder"),
            role_arn=role.arn,
            recording_group={"all_supported": True, "include_global_resource_types": True},
            # A change is recorded as it happens where it must be explained, once a day where it only costs.
            recording_mode={"recording_frequency": "CONTINUOUS" if place.protected else "DAILY"},
            opts=self.child(depends_on=permissions),
        )
        channel = cfg.DeliveryChannel(
            f"{name}-channel",
            name=place.named("channel"),
            s3_bucket_name=args.log_bucket,
            s3_key_prefix=args.prefix,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            opts=self.child(depends_on=[recorder]),
        )
        self.on = cfg.RecorderStatus(
            f"{name}-on", name=recorder.name, is_enabled=True, opts=self.child(depends_on=[channel])
        )
        cfg.Rule(
            f"{name}-required-tags",
            name=place.named("required-tags"),
            description="Whether resources carry the tags that say whose they are",
            source={"owner": "AWS", "source_identifier": "REQUIRED_TAGS"},
            input_parameters=json.dumps({f"tag{i}Key": tag for i, tag in enumerate(args.required_tags, start=1)}),
            opts=self.child(depends_on=[self.on]),
        )
        self.recorder = recorder.name
        self.register_outputs({"recorder": self.recorder})

    def _role(self, args: ConfigRecorderArgs) -> tuple[iam.Role, list[pulumi.Resource]]:
        place = args.placement
        role = bounded_role(
            self,
            "config",
            description="Reads how resources are configured",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "config"),
        )
        reads = aws_policy(self, role.name, "service-role/AWS_ConfigRole", suffix="reads")
        bucket = pulumi.Output.concat(f"arn:{place.partition}:s3:::", args.log_bucket)
        writes = inline_policy(
            self,
            role.name,
            "deliver",
            {"Effect": "Allow", "Action": ["s3:GetBucketAcl", "s3:ListBucket"], "Resource": bucket},
            {
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(bucket, f"/{args.prefix}/AWSLogs/{place.account_id}/Config/*"),
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            },
            suffix="writes",
        )
        return role, [reads, writes]
