"""All rows by type, and the types that no API call stands for."""

import importlib
from functools import cache

from estate.cloud.resources.row import Row

_DOMAINS = (
    "declared",
    "network",
    "gateways",
    "firewall",
    "machines",
    "filesystems",
    "storage",
    "iam",
    "keys",
    "lake",
    "sagemaker",
    "registry",
    "cluster",
    "studio",
    "builds",
    "messages",
    "records",
    "watch",
    "signals",
    "events",
    "functions",
    "scaling",
    "apis",
    "rest_apis",
    "usage_plans",
    "web_acls",
    "callers",
    "flags",
    "streams",
    "audit",
    "spend",
    "governance",
    "secrets",
    "peering",
    "organizations",
    "prometheus",
    "observing",
    "grafana",
    "backups",
    "faults",
    "lakeformation",
    "kafka",
    "ingestion",
    "people",
)

# Kept in the plan only: what is said here is all that is shown of them.
RECORDED = {
    "aws:codebuild/webhook:": "no repository sends its pushes here",
    "kubernetes:": "no cluster runs here; its objects are checked against Kubernetes' schemas only",
}


class UnknownType(Exception):
    """A resource type that has neither a row nor an entry among the recorded ones."""


@cache
def rows() -> dict[str, Row]:
    """All rows by type."""
    found: dict[str, Row] = {}
    for domain in _DOMAINS:
        module = importlib.import_module(f"estate.cloud.resources.{domain}")
        found.update({row.type: row for row in module.ROWS})
    return found


def row(type: str) -> Row:
    """The row of a type. Raises UnknownType."""
    try:
        return rows()[type]
    except KeyError:
        raise UnknownType(
            f"{type}: no API calls are known for this type; add a row under estate/cloud/resources"
        ) from None


def recorded(type: str) -> str | None:
    """Why a type is kept in the plan only; None where it is created."""
    return next((reason for start, reason in RECORDED.items() if type.startswith(start)), None)
