"""What a log says that it never said before, and what it must not show to everybody."""

import json

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.alarms import at_least_one
from components.base import Args, Component, Placement
from components.signals import Signal

VISIBLE_DAYS = 21  # that an anomaly is shown; CloudWatch then holds it for usual
# What a request that cannot be understood may leave in a log, whatever the country; CloudWatch Logs' own identifiers.
PERSONAL = ("AwsSecretKey", "CreditCardNumber", "EmailAddress", "IpAddress", "Name")


class LogWatchArgs(Args):
    placement: Placement
    subject: str = Field(description="Whose log it is: a model or a handler.", max_length=40)
    group: pulumi.Input[str] = Field(description="Name of the log group.")
    group_arn: pulumi.Input[str] = Field(description="ARN of the log group, without the `:*` of its streams.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of what is found.")
    anomalies: bool = Field(default=True, description="Whether CloudWatch learns what is usual.")
    mask: bool = Field(default=False, description="Whether personal data are masked.")


class LogWatch(Component):
    """A detector of unusual lines and its alarm, and a policy that masks personal data.

    The alarm is on anomalies that CloudWatch gives a high priority: words of failure, or a jump in their number.
    """

    def __init__(self, name: str, args: LogWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:LogWatch", name, args.placement, opts)
        if args.anomalies:
            self._anomalies(args)
        if args.mask:
            cloudwatch.LogDataProtectionPolicy(
                f"{name}-masked",
                log_group_name=args.group,
                policy_document=_masking(args.placement, args.subject),
                opts=self.guarding_child(),
            )
        self.register_outputs({})

    def _anomalies(self, args: LogWatchArgs) -> None:
        detector = cloudwatch.LogAnomalyDetector(
            f"{self.name}-detector",
            detector_name=args.placement.named(args.subject, "log"),
            log_group_arn_lists=[args.group_arn],
            evaluation_frequency="FIFTEEN_MIN",
            anomaly_visibility_time=VISIBLE_DAYS,
            kms_key_id=args.key_arn,
            enabled=True,
            opts=self.child(),
        )
        at_least_one(
            self,
            Signal.LOG_PATTERNS,
            signal=Signal.LOG_PATTERNS,
            subject=args.subject,
            says=f"The log of {args.subject} has lines unlike all before",
            namespace="AWS/Logs",
            metric="AnomalyCount",
            dimensions={
                "LogAnomalyDetector": detector.detector_name.apply(lambda found: found or ""),
                "LogAnomalyPriority": "HIGH",
            },
            period_s=900,
        )


def _masking(place: Placement, subject: str) -> str:
    """CloudWatch Logs' document: the same identifiers are counted, and masked for all without `logs:Unmask`."""
    identifiers = [f"arn:{place.partition}:dataprotection::aws:data-identifier/{each}" for each in PERSONAL]
    return json.dumps(
        {
            "Name": f"{place.prefix}-{subject}",
            "Version": "2021-06-01",
            "Statement": [
                {
                    "Sid": "audit",
                    "DataIdentifier": identifiers,
                    "Operation": {"Audit": {"FindingsDestination": {}}},
                },
                {
                    "Sid": "mask",
                    "DataIdentifier": identifiers,
                    "Operation": {"Deidentify": {"MaskConfig": {}}},
                },
            ],
        },
        sort_keys=True,
    )
