"""What the stages of one rehearsal share."""

import io
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from contracts.outputs import ModelOutputs
from contracts.pipelines import Definition
from contracts.workload import Workload
from estate.cloud import Cloud
from estate.engine.program import EMPTY, Deployment, Step
from estate.rehearsal.stage import StageFailed
from estate.release import runs
from estate.release.account import Estate, connect
from estate.release.packages import outputs
from stacks.settings import EstateSettings, parse, read_stack_file
from stacks.workloads import Workloads, read_workloads

JOB_TIMEOUT_S = 300.0
POLL_S = 0.1


@dataclass
class ModelStory:
    """What happened to one model so far."""

    workload: Workload
    executions: dict[str, str] = field(default_factory=dict)  # by what it was for: `data`, `train`, `monitor`, ...
    packages: list[str] = field(default_factory=list)  # ARNs, oldest first


@dataclass
class Rehearsal:
    """One rehearsal: an emulated AWS of its own, a copy of the settings, and what was done so far."""

    root: Path
    environment: str
    workdir: Path
    cloud: Cloud
    settings: EstateSettings
    tell: Callable[[str], None]
    deployment: Deployment = EMPTY
    plan: Any = None  # the Plan, once it is made
    before: Any = None  # snapshot of the emulated AWS before `provision`
    stories: dict[str, ModelStory] = field(default_factory=dict)
    beside: ExitStack = field(default_factory=ExitStack)  # what was put beside the estate, and goes before it
    notes: dict[str, Any] = field(default_factory=dict)  # what the report shows beside the evidence

    @classmethod
    def open(cls, root: Path, environment: str, cloud: Cloud, workdir: Path, tell: Callable[[str], None]) -> Self:
        """Copies the environment's settings; nothing of the project is written to."""
        source = root / f"Pulumi.{environment}.yaml"
        settings = parse({"environment": environment, **read_stack_file(source)})
        shutil.copy(source, workdir / source.name)
        workloads: Workloads = read_workloads(root, settings)
        stories = {name: ModelStory(workload) for name, workload in workloads.items()}
        return cls(root, environment, workdir, cloud, settings, tell, stories=stories)

    @property
    def stack_file(self) -> Path:
        """The copy of the settings, into which releases are pinned."""
        return self.workdir / f"Pulumi.{self.environment}.yaml"

    @property
    def estate(self) -> Estate:
        """The environment as a user's commands see it."""
        return connect(self.root, self.environment, self.stack_file, self.cloud.client)

    def outputs(self, model: str) -> ModelOutputs[str]:
        return outputs(self.estate, model)

    def step(self, step: Step) -> None:
        if step.op not in ("same", "read"):
            self.tell(f"{step.op} {step.type.rpartition(':')[2]} {step.name}")

    def start(self, model: str, purpose: str, definition: Definition, parameters: Mapping[str, str]) -> str:
        """Starts a pipeline; the execution is remembered under `purpose`."""
        arn = runs.start(self.estate, model, definition, parameters)
        self.stories[model].executions[purpose] = arn
        return arn

    def follow(self, model: str, purpose: str, until_step: str | None = None) -> runs.Run:
        """Waits for the execution (or one step of it) and fails the stage, with logs, where it failed."""
        estate = self.estate
        run = runs.follow(
            estate,
            self.stories[model].executions[purpose],
            timeout_s=JOB_TIMEOUT_S,
            on_change=lambda step: self.tell(f"{model}: {step.name} {step.status.lower()}"),
            until_step=until_step,
            poll_s=POLL_S,
        )
        self._note_run(model, purpose, run)
        target = run.step(until_step) if until_step is not None else None
        if target is not None and target.status == "Succeeded":
            return run  # what comes after it is another stage's
        if any(step.status == "Failed" for step in run.steps) or run.status not in ("Executing", "Succeeded"):
            raise StageFailed(f"{model}: {runs.failure(estate, run)}", {"execution": run.arn})
        return run

    def _note_run(self, model: str, purpose: str, run: runs.Run) -> None:
        """Keeps the run for the report; a later look at the same one replaces it."""
        noted = [note for note in self.notes.get("runs", []) if note["arn"] != run.arn]
        steps = [{"name": step.name, "status": step.status, "reason": step.reason} for step in run.steps]
        self.notes["runs"] = [*noted, {"model": model, "purpose": purpose, "arn": run.arn, "steps": steps}]

    # --- objects in the lake

    def read_object(self, uri: str) -> bytes:
        bucket, key = split_uri(uri)
        return self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()

    def list_objects(self, uri: str) -> list[str]:
        """URIs of the objects under a prefix, sorted."""
        bucket, prefix = split_uri(uri)
        pages = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(f"s3://{bucket}/{item['Key']}" for page in pages for item in page.get("Contents", []))

    def read_table(self, uri: str) -> Any:
        """The Parquet file at `uri` as a pandas frame."""
        import pandas

        return pandas.read_parquet(io.BytesIO(self.read_object(uri)))


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="estate-rehearsal-", ignore_cleanup_errors=True)
