"""How a model is asked to be served: its part of the settings' copy, and what `estate verify` says of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ruamel.yaml import YAML

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence, require
from estate.release.promote import MODELS
from estate.release.verify import verify

SHARE = 0.25
CANARY: dict[str, Any] = {
    "autoscaling": {"minimum": 4, "maximum": 4},
    "rollout": {"strategy": "canary", "step_percent": round(100 * SHARE), "bake_seconds": 60},
}


def set_endpoint(rehearsal: Rehearsal, model: str, endpoint: Mapping[str, Any]) -> None:
    """Writes how the model is served into the copy of the settings; the project's own file stays as it is."""
    yaml = YAML()
    document = yaml.load(rehearsal.stack_file)
    entry = document["config"][MODELS][model]
    entry["endpoint"] = {**entry.get("endpoint", {}), **endpoint}
    yaml.dump(document, rehearsal.stack_file)


def agrees(rehearsal: Rehearsal, model: str, evidence: Evidence) -> Evidence:
    """The model's verdict. Fails the stage where any model's live endpoint is not the one asked for."""
    verdicts = verify(rehearsal.estate)
    wrong = [f"{verdict.model}: {verdict.difference}" for verdict in verdicts if verdict.difference]
    require(not wrong, "; ".join(wrong), evidence)
    return asdict(next(verdict for verdict in verdicts if verdict.model == model))


def pinned_version(rehearsal: Rehearsal, model: str) -> int:
    release = rehearsal.estate.settings.models[model].release
    require(release is not None, f"{model}: no version is pinned")
    assert release is not None
    return release.version


def version_of(arn: str) -> int:
    """A model package's version: the last part of its ARN."""
    return int(arn.rpartition("/")[2])
