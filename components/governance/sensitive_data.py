"""Macie: whether personal data lies where it may, and nowhere else."""

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_aws import macie2
from pydantic import Field

from components.base import Args, Component, Placement

Weekday = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


class SensitiveDataArgs(Args):
    placement: Placement
    buckets: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Buckets whose objects are looked into, by zone of the lake."
    )
    weekday: Weekday = Field(default="SUNDAY", description="When a week's new objects are looked into.")
    sampling_percent: int = Field(ge=1, le=100, description="Share of the objects that are looked into.")


class SensitiveData(Component):
    """Macie in this account, and one job a zone that looks into new objects every week.

    An account and region has Macie once at most. The key of the buckets must let Macie's own role decrypt.
    """

    jobs: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SensitiveDataArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:governance:SensitiveData", name, args.placement, opts)
        account = macie2.Account(
            f"{name}-account", finding_publishing_frequency="FIFTEEN_MINUTES", status="ENABLED", opts=self.child()
        )
        self.jobs = {}
        for zone, bucket in args.buckets.items():
            job = macie2.ClassificationJob(
                f"{name}-{zone}",
                name=args.placement.named("personal-data", zone),
                description=f"Personal data in the zone {zone}",
                job_type="SCHEDULED",
                schedule_frequency={"weekly_schedule": args.weekday},
                sampling_percentage=args.sampling_percent,
                s3_job_definition={
                    "bucket_definitions": [{"account_id": args.placement.account_id, "buckets": [bucket]}]
                },
                opts=self.child(depends_on=[account]),
            )
            self.jobs[zone] = job.id
        self.register_outputs({"jobs": self.jobs})
