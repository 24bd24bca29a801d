"""A column is renamed upstream, without a word."""

import io
import json

from contracts.pipelines import Definition, Parameter, Step
from estate.rehearsal.context import Rehearsal, split_uri
from estate.rehearsal.fault import Fault
from estate.rehearsal.stage import Evidence, StageFailed
from estate.rehearsal.victims import of_data
from estate.release import runs

FILE = "rows-renamed.parquet"
ROWS = 200


class SchemaChange(Fault):
    name = "schema-change"
    shows = "a file without a column of the contract lands: nothing of it is curated, and the run says which column"
    needs = "features"

    def __init__(self) -> None:
        self._model = ""
        self._file = ""
        self._column = ""
        self._run = ""

    def inject(self, rehearsal: Rehearsal) -> None:
        self._model = of_data(rehearsal)
        workload = rehearsal.stories[self._model].workload
        self._column = next(name for name in workload.features if name in workload.data.columns)
        landed = [item for item in rehearsal.list_objects(rehearsal.outputs(self._model).raw_uri) if "/rows-" in item]
        rows = rehearsal.read_table(landed[-1]).head(ROWS).rename(columns={self._column: f"{self._column}_v2"})
        written = io.BytesIO()
        rows.to_parquet(written)
        self._file = f"{landed[-1].rpartition('/')[0]}/{FILE}"
        bucket, key = split_uri(self._file)
        rehearsal.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=written.getvalue())
        self._run = self._start(rehearsal)

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        run = runs.read(rehearsal.estate, self._run)
        if run.status in runs.RUNNING:
            return None
        said = runs.failure(rehearsal.estate, run)
        step = run.step(Step.VALIDATE)
        if step is None or step.status != "Failed" or self._column not in said or FILE not in said:
            raise StageFailed(f"{self.name}: the validation did not say what is wrong: {said}")
        return {"step": step.name, "said": said.splitlines()[-1].strip(" |"), "rows_curated": self._curated(rehearsal)}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The rows."""
        return [f"data:{self._model}"]

    def respond(self, rehearsal: Rehearsal) -> str:
        """What the run book says: the file goes to quarantine, its sender hears of it, the run is repeated."""
        bucket, key = split_uri(self._file)
        to, prefix = split_uri(rehearsal.outputs(self._model).quarantine_uri)
        s3 = rehearsal.cloud.client("s3")
        s3.copy_object(Bucket=to, Key=f"{prefix.strip('/')}/files/{FILE}", CopySource={"Bucket": bucket, "Key": key})
        s3.delete_object(Bucket=bucket, Key=key)
        self._run = self._start(rehearsal)
        return f"{FILE} was moved to quarantine, and the pipeline started again"

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        run = runs.read(rehearsal.estate, self._run)
        if run.status in runs.RUNNING:
            return None
        if run.status != "Succeeded":
            raise StageFailed(f"{self.name}: {runs.failure(rehearsal.estate, run)}")
        return {"run": run.status, "rows_curated": self._curated(rehearsal)}

    def undo(self, rehearsal: Rehearsal) -> None:
        if not self._file:
            return
        bucket, key = split_uri(self._file)
        to, prefix = split_uri(rehearsal.outputs(self._model).quarantine_uri)
        s3 = rehearsal.cloud.client("s3")
        s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_object(Bucket=to, Key=f"{prefix.strip('/')}/files/{FILE}")

    def _start(self, rehearsal: Rehearsal) -> str:
        """The data pipeline, which lands the same rows again: the file is named by its content, so nothing is added."""
        options = json.dumps(rehearsal.stories[self._model].workload.rehearsal.ingest, sort_keys=True)
        return runs.start(rehearsal.estate, self._model, Definition.DATA, {Parameter.INGEST_OPTIONS: options})

    def _curated(self, rehearsal: Rehearsal) -> int:
        """Curated rows that the file brought."""
        curated = rehearsal.list_objects(rehearsal.outputs(self._model).curated_uri)
        return sum(len(rehearsal.read_table(item)) for item in curated if item.endswith(f"/{FILE}"))
