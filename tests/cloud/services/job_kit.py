"""Requests for jobs, and what follows them to their end."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.cloud.services.harness import Ground

PRELUDE = "import json, os, pathlib, signal, sys, time; root = pathlib.Path(os.environ['ESTATE_ML_ROOT']); "
MOST = 250
ENDED = ("Completed", "Failed", "Stopped")
PATIENCE_S = 60


def name(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def command(code: str) -> list[str]:
    """An entry point that runs `code`, in pieces: a member of it may have 256 characters."""
    text = PRELUDE + code
    pieces = [text[start : start + MOST] for start in range(0, len(text), MOST)]
    return ["python", "-c", f"import sys; exec(''.join(sys.argv.pop(1) for _ in range({len(pieces)})))", *pieces]


def training(ground: Ground, code: str, **more: Any) -> dict[str, Any]:
    """A training job that runs `code`."""
    specification = {
        "TrainingImage": ground.image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": command(code),
        "MetricDefinitions": more.pop("metrics", []),
    }
    return {
        "TrainingJobName": name("t"),
        "AlgorithmSpecification": specification,
        "RoleArn": ground.role,
        "OutputDataConfig": {"S3OutputPath": f"s3://{ground.bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def until(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def ended(ground: Ground, kind: str, job: str) -> dict[str, Any]:
    """The description of a `training`, `transform` or `processing` job when it has ended."""
    describe = getattr(ground.client("sagemaker"), f"describe_{kind}_job")
    title = kind.capitalize()

    def look() -> dict[str, Any] | None:
        found = describe(**{f"{title}JobName": job})
        return found if found[f"{title}JobStatus"] in ENDED else None

    return until(look)


def trained(ground: Ground, request: dict[str, Any]) -> dict[str, Any]:
    """The description of the training job when it has ended."""
    ground.client("sagemaker").create_training_job(**request)
    return ended(ground, "training", request["TrainingJobName"])


def statuses(job: dict[str, Any]) -> list[str]:
    return [item["Status"] for item in job["SecondaryStatusTransitions"]]
