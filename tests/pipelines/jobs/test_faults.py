import json
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest

from pipelines.workloads.delivery_eta.data import rows


def land(machine, table, name="rows.parquet"):
    folder = machine.root / "processing" / "input" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table, folder / name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{", "--options: is no JSON"),
        ("[]", "--options: is []; a JSON object is allowed"),
        ('{"rows": 5}', "rows: Input should be greater than or equal to 100"),
        ('{"speed": 1}', "speed: Extra inputs are not permitted"),
        ('{"rows": 100, "bad_rows": 60}', "bad_rows 60 is more than half of the 100 rows"),
    ],
)
def test_a_wrong_ingest_option_is_one_clear_line(machine, options, message):
    line = machine.fail("ingest", "delivery-eta", "--options", options)
    assert line.startswith("ingest: delivery-eta: ")
    assert message in line


def test_an_unknown_workload_names_the_known_ones(machine):
    line = machine.fail("ingest", "delivery")
    assert line.endswith("workload 'delivery' does not exist; there are: delivery-eta, tumor-screening")


def test_a_missing_column_fails_the_job_and_accepts_nothing(machine):
    table = rows({"rows": 200})
    land(machine, table, "a.parquet")
    land(machine, table.drop_columns(["distance_km"]), "b.parquet")
    line = machine.fail("validate", "delivery-eta")
    assert "b.parquet: column distance_km is missing" in line
    assert list(machine.output("curated").rglob("*.parquet")) == []


def test_an_unreadable_file_is_named(machine):
    land(machine, rows({"rows": 200}))
    (machine.root / "processing" / "input" / "raw" / "torn.parquet").write_bytes(b"PAR1 no more")
    assert "torn.parquet: cannot be read" in machine.fail("validate", "delivery-eta")


def test_a_file_of_another_kind_is_named(machine):
    land(machine, rows({"rows": 200}))
    (machine.root / "processing" / "input" / "raw" / "notes.txt").write_text("hello")
    assert "notes.txt: is no table" in machine.fail("validate", "delivery-eta")


def test_two_files_of_one_name_are_refused(machine):
    land(machine, rows({"rows": 200}))
    (machine.root / "processing" / "input" / "raw" / "rows.csv").write_text("order_id\n1\n")
    assert "rows.parquet and rows.csv have one name; rename one" in machine.fail("validate", "delivery-eta")


def test_nothing_landed_is_said(machine):
    assert "no rows have been landed" in machine.fail("validate", "delivery-eta")


def test_too_many_bad_rows_refuse_the_whole(machine):
    land(machine, rows({"rows": 200, "bad_rows": 60}))
    line = machine.fail("validate", "delivery-eta")
    assert "60 of 200 rows are bad, more than the share 0.2 allowed" in line


def test_extra_columns_are_left_behind_and_reported(machine):
    table = rows({"rows": 200})
    land(machine, table.append_column("note", pyarrow.array(["x"] * 200)))
    machine.succeed("validate", "delivery-eta")
    assert json.loads((machine.output("report") / "validation.json").read_text())["ignored_columns"] == ["note"]
    (curated,) = machine.output("curated").iterdir()
    assert "note" not in pyarrow.parquet.read_schema(curated).names


def test_training_without_its_channel_leaves_the_reason_for_sagemaker(machine):
    config = machine.root / "input" / "config"
    config.mkdir(parents=True)
    (config / "inputdataconfig.json").write_text('{"validation": {}}')
    line = machine.fail("train", "tumor-screening")
    assert line == "train: tumor-screening: channel 'train' is missing; the job's channels are: validation"
    assert (machine.root / "output" / "failure").read_text() == line


def test_files_lie_where_the_processing_job_was_told(machine):
    config = machine.root / "config"
    config.mkdir(parents=True)
    output = {"OutputName": "raw", "S3Output": {"LocalPath": "/opt/ml/processing/elsewhere", "S3Uri": "s3://b/p"}}
    (config / "processingjobconfig.json").write_text(json.dumps({"ProcessingOutputConfig": {"Outputs": [output]}}))
    machine.succeed("ingest", "tumor-screening")
    assert len(list((machine.root / "processing" / "elsewhere").iterdir())) == 1


def test_an_output_that_the_job_was_not_given_is_named(machine):
    config = machine.root / "config"
    config.mkdir(parents=True)
    output = {"OutputName": "rows", "S3Output": {"LocalPath": "/opt/ml/processing/rows", "S3Uri": "s3://b/p"}}
    (config / "processingjobconfig.json").write_text(json.dumps({"ProcessingOutputConfig": {"Outputs": [output]}}))
    assert machine.fail("ingest", "tumor-screening").endswith("output 'raw' is missing; the job's outputs are: rows")


@pytest.mark.parametrize("job", ["ingest", "validate", "featurize", "snapshot", "train", "evaluate", "monitor"])
def test_a_jobs_start_brings_neither_pandas_nor_scikit_learn(job):
    code = (
        f"import sys, pipelines.jobs.{job}, pipelines.boosting; "
        "print('pandas' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "False"]
