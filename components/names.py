"""Physical names: one place knows AWS's limits."""

import hashlib
import re
from enum import Enum


class Limit(Enum):
    """How long a name may be, and what it may hold; from the service's API reference."""

    ANY = (63, r"[^a-zA-Z0-9-]")  # SageMaker, ECR, EKS, ELB: letters, digits, hyphens
    S3_BUCKET = (63, r"[^a-z0-9-]")
    IAM_ROLE = (64, r"[^a-zA-Z0-9+=,.@_-]")
    FEATURE_GROUP = (64, r"[^a-zA-Z0-9-]")
    GLUE = (255, r"[^a-z0-9_]")  # Athena reads underscores only
    LAMBDA = (64, r"[^a-zA-Z0-9_-]")
    RESTORE_TEST = (50, r"[^a-zA-Z0-9-]")
    XRAY = (32, r"[^a-zA-Z0-9-]")
    PIPELINE = (82, r"[^a-zA-Z0-9-]")  # of 256, so that an execution's jobs still have room

    def __init__(self, longest: int, forbidden: str) -> None:
        self.longest = longest
        self.forbidden = forbidden


def physical_name(*parts: str, limit: Limit = Limit.ANY) -> str:
    """The parts joined by the service's separator; too long a name keeps its start and gets a hash of the whole.

    Two different lists of parts never give one name by truncation (8 hexadecimal digits of SHA-256 tell them apart).

    Raises ValueError where nothing is left to name.
    """
    separator = "_" if limit is Limit.GLUE else "-"
    whole = separator.join(part for part in parts if part)
    if limit in (Limit.S3_BUCKET, Limit.GLUE):
        whole = whole.lower()
    name = re.sub(limit.forbidden, separator, whole).strip("-_")
    if not name:
        raise ValueError(f"no name can be made of {parts!r}")
    if len(name) <= limit.longest:
        return name
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:8]
    return f"{name[: limit.longest - 9].rstrip('-_')}{separator}{digest}"
