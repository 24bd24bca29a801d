"""What is left after the estate is destroyed, and which of it is meant to be."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from estate.engine.program import Deployment

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Residue:
    """Lines `service: kind: id` of a snapshot's difference: by design, with the reason, and not."""

    by_design: dict[str, str]
    unexpected: list[str]


def sort(difference: list[str], retained: Deployment, client: Client) -> Residue:
    """Looks at each line: only what the program retains, or what AWS itself keeps, is by design."""
    kept = {state.id for state in retained.states.values()}
    by_design: dict[str, str] = {}
    unexpected: list[str] = []
    for line in difference:
        service, kind, identity = line.split(": ", 2)
        reason = _reason(service, kind, identity, kept, client)
        if reason is None:
            unexpected.append(line)
        else:
            by_design[line] = reason
    return Residue(by_design, unexpected)


def _reason(service: str, kind: str, identity: str, kept: set[str], client: Client) -> str | None:
    if identity in kept:
        return "the program retains it"
    match service, kind:
        case "kms", "keys" if _pending(identity, client):
            return "KMS keeps a deleted key for its waiting period"
        case "cloudwatch", "metric_data":
            return "CloudWatch keeps metrics for 15 months and deletes none on request"
        case "logs", "groups" if re.fullmatch(r"/aws/sagemaker/(Processing|Training|Transform)Jobs", identity):
            return "SageMaker's own log group, shared by all jobs of the account"
        case "sagemaker", "processing-job" | "training-job" | "transform-job" | "pipeline-execution":
            return "SageMaker keeps the record of what has run and deletes none on request"
    return None


def _pending(key: str, client: Client) -> bool:
    return client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
