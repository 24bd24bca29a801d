"""GuardDuty: what behaves like an intruder."""

from enum import StrEnum

import pulumi
from pulumi_aws import guardduty
from pydantic import Field

from components.base import Args, Component, Placement


class Watched(StrEnum):
    """What GuardDuty looks at besides the account's trail, its networks' flows and its name look-ups."""

    OBJECTS = "S3_DATA_EVENTS"
    CLUSTER_AUDIT = "EKS_AUDIT_LOGS"
    DATABASES = "RDS_LOGIN_EVENTS"
    FUNCTIONS = "LAMBDA_NETWORK_LOGS"
    DISKS = "EBS_MALWARE_PROTECTION"
    NODES = "RUNTIME_MONITORING"


class ThreatDetectorArgs(Args):
    placement: Placement
    watched: frozenset[Watched] = Field(description="What is looked at besides; each costs by what it reads.")


class ThreatDetector(Component):
    """A detector whose features are all said, on or off: AWS switches some on by itself in a new detector.

    An account and region has one at most. Where nodes are watched, GuardDuty keeps an agent on them itself, and makes
    an endpoint and a security group in their network, which it leaves there when the detector goes.
    """

    detector: pulumi.Output[str]

    def __init__(self, name: str, args: ThreatDetectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:governance:ThreatDetector", name, args.placement, opts)
        detector = guardduty.Detector(
            f"{name}-detector", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES", opts=self.child()
        )
        for feature in Watched:
            status = "ENABLED" if feature in args.watched else "DISABLED"
            agents = ("EKS_ADDON_MANAGEMENT", "EC2_AGENT_MANAGEMENT") if feature is Watched.NODES else ()
            guardduty.DetectorFeature(
                f"{name}-{feature.name.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature.value,
                status=status,
                additional_configurations=[{"name": each, "status": status} for each in agents] or None,
                opts=self.child(),
            )
        self.detector = detector.id
        self.register_outputs({"detector": self.detector})
