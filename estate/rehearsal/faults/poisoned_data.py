"""Rows whose labels were shuffled: each keeps to the contract, and together they teach nothing."""

import json
from datetime import UTC, datetime, timedelta

from contracts.pipelines import Definition, Parameter, Step
from estate.rehearsal.context import Rehearsal, split_uri
from estate.rehearsal.fault import Fault
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.victims import of_data
from estate.release import runs
from estate.release.packages import list_packages

SEED = 97
LATER = timedelta(days=60)  # newer than every row so far, so that the next training learns from them


class PoisonedData(Fault):
    name = "poisoned-data"
    shows = "rows that keep to the contract and teach nothing land: the gate refuses what learned from them"
    needs = "deploy"
    recover_within_s = 180.0

    def __init__(self) -> None:
        self._model = ""
        self._before: set[str] = set()  # objects of the lake
        self._versions = 0
        self._run = ""
        self._quarantined: list[str] = []

    def inject(self, rehearsal: Rehearsal) -> None:
        self._model = of_data(rehearsal)
        workload = rehearsal.stories[self._model].workload
        like = dict(workload.rehearsal.drifted or workload.rehearsal.ingest)
        require("start" in like, f"{self.name}: the rows of {self._model} have no time that could be later")
        start = datetime.fromisoformat(str(like["start"])).replace(tzinfo=UTC) + LATER
        poison = {**like, "seed": SEED, "shuffle_labels": SEED, "start": start.date().isoformat()}
        self._before = set(self._lake(rehearsal))
        self._versions = len(list_packages(rehearsal.estate, self._model))
        landed = self._start(rehearsal, Definition.DATA, {Parameter.INGEST_OPTIONS: json.dumps(poison)})
        run = runs.follow(rehearsal.estate, landed, timeout_s=self.detect_within_s, poll_s=0.1)
        kept = run.status == "Succeeded"
        require(kept, f"{self.name}: the contract noticed it, which it cannot: {runs.failure(rehearsal.estate, run)}")
        self._run = self._start(rehearsal, Definition.TRAINING, {Parameter.TRIGGER: f"fault:{self.name}"})

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        run = runs.read(rehearsal.estate, self._run)
        if run.status in runs.RUNNING:
            return None
        refused = run.step(Step.GATE_NOT_MET)
        versions = len(list_packages(rehearsal.estate, self._model))
        if run.status != "Failed" or refused is None or versions != self._versions:
            raise StageFailed(f"{self.name}: what learned from it passed the gate: {run.status}, {versions} versions")
        return {"step": refused.name, "said": refused.reason, "versions": versions}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The rows."""
        return [f"data:{self._model}"]

    def respond(self, rehearsal: Rehearsal) -> str:
        """As the run book says: the batch, and all that was made of it, goes to quarantine; features are made anew."""
        self._quarantined = sorted(set(self._lake(rehearsal)) - self._before)
        s3 = rehearsal.cloud.client("s3")
        to, prefix = split_uri(rehearsal.outputs(self._model).quarantine_uri)
        for uri in self._quarantined:
            bucket, key = split_uri(uri)
            target = f"{prefix.strip('/')}/batches/{self.name}/{key}"
            s3.copy_object(Bucket=to, Key=target, CopySource={"Bucket": bucket, "Key": key})
            s3.delete_object(Bucket=bucket, Key=key)
        options = json.dumps(rehearsal.stories[self._model].workload.rehearsal.ingest, sort_keys=True)
        again = self._start(rehearsal, Definition.DATA, {Parameter.INGEST_OPTIONS: options})
        run = runs.follow(rehearsal.estate, again, timeout_s=self.recover_within_s, poll_s=0.1)
        require(run.status == "Succeeded", f"{self.name}: {runs.failure(rehearsal.estate, run)}")
        self._run = self._start(rehearsal, Definition.TRAINING, {Parameter.TRIGGER: f"after-fault:{self.name}"})
        return f"{len(self._quarantined)} objects were moved to quarantine, and the model learned again"

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        run = runs.read(rehearsal.estate, self._run)
        if run.status in runs.RUNNING:
            return None
        require(run.status == "Succeeded", f"{self.name}: {runs.failure(rehearsal.estate, run)}")
        return {"training": run.status, "versions": len(list_packages(rehearsal.estate, self._model))}

    def undo(self, rehearsal: Rehearsal) -> None:
        if not self._model or self._quarantined:
            return
        for uri in set(self._lake(rehearsal)) - self._before:
            bucket, key = split_uri(uri)
            rehearsal.cloud.client("s3").delete_object(Bucket=bucket, Key=key)

    def _start(self, rehearsal: Rehearsal, definition: Definition, parameters: dict[Parameter, str]) -> str:
        return runs.start(rehearsal.estate, self._model, definition, {str(k): v for k, v in parameters.items()})

    def _lake(self, rehearsal: Rehearsal) -> list[str]:
        """What jobs read: landed and curated rows, and the features made of them."""
        found = rehearsal.outputs(self._model)
        zones = (found.raw_uri, found.curated_uri, f"{found.features_uri.rstrip('/')}/rows/")
        return [uri for zone in zones for uri in rehearsal.list_objects(zone)]
