"""What a violation does: it is told, or it stops the deployment.

The tier decides in its configuration, `enforcement/<tier>.json`, which Pulumi takes as `--policy-pack-config` and
`estate plan` reads too. Where that says nothing of a rule, its severity decides.
"""

import json
from enum import StrEnum
from pathlib import Path

from .rule import About, Severity

FOLDER = Path(__file__).resolve().parent.parent / "enforcement"


class Enforcement(StrEnum):
    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"


def default(rule: About) -> Enforcement:
    """High and critical violations stop a deployment, where no configuration says more."""
    return Enforcement.MANDATORY if rule.severity in (Severity.HIGH, Severity.CRITICAL) else Enforcement.ADVISORY


def enforcement(rule: About, tier: str) -> Enforcement:
    """What a violation of `rule` does in an environment of `tier`. A tier without a file has the defaults."""
    file = FOLDER / f"{tier}.json"
    configured = json.loads(file.read_text()) if file.is_file() else {}
    said = configured.get(rule.id, configured.get("all"))
    level = said.get("enforcementLevel") if isinstance(said, dict) else said
    return default(rule) if level is None else Enforcement(level)
