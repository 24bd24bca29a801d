# ruff: noqa: S608  the SQL is this file's own
from datetime import datetime, timedelta

import pytest

from pipelines import snapshots, tables
from pipelines.errors import JobError
from tests.pipelines.test_contract import WORKLOAD

START = datetime(2026, 1, 1)


def taken(folder, rows, workload=WORKLOAD):
    """Takes a snapshot of rows (id, hours from START to event, label known, arrival; label)."""
    connection = tables.connect()
    values = ", ".join(
        f"({key}, {_time(event)}, {_time(known)}, {_time(arrived)}, {label}, {float(key)})"
        for key, event, known, arrived, label in rows
    )
    columns = "id, asked, known, arrived, label, size"
    folder.mkdir(exist_ok=True)
    tables.write(connection, f"SELECT * FROM (VALUES {values}) AS t({columns})", folder / "features.parquet")
    facts = snapshots.take(
        tables.connect(), [folder / "features.parquet"], workload, folder / "train.parquet", folder / "holdout.parquet"
    )
    keys = [tables.read(folder / f"{part}.parquet", ["id"])["id"].tolist() for part in ("train", "holdout")]
    return facts, *keys


def _time(hours):
    return f"TIMESTAMP '{START + timedelta(hours=hours)}'"


def hourly(count):
    return [(n, n, n + 0.5, n + 0.6, 1.0) for n in range(count)]


def test_the_newest_quarter_is_held_out(tmp_path):
    facts, train, holdout = taken(tmp_path, hourly(100))
    assert holdout == list(range(74, 100))
    assert train == list(range(74))
    assert (facts["rows"], facts["train_rows"], facts["holdout_rows"]) == (100, 74, 26)


def test_rows_whose_label_was_not_yet_known_are_not_learned_from(tmp_path):
    rows = [(n, n, n + (50 if n == 60 else 0.5), n + 50.6 if n == 61 else n + 0.6, 1.0) for n in range(100)]
    facts, train, _ = taken(tmp_path, rows)
    assert set(range(74)) - set(train) == {60, 61}
    assert facts["not_yet_known"] == 2


def test_rows_without_a_label_are_left_out(tmp_path):
    rows = [(*row[:4], "NULL") if row[0] % 2 else row for row in hourly(200)]
    facts, train, holdout = taken(tmp_path, rows)
    assert facts["rows"] == 100
    assert not {key for key in train + holdout if key % 2}


def test_rows_of_one_time_stay_together(tmp_path):
    rows = [(n, n // 30, n // 30 + 0.1, n // 30 + 0.2, 1.0) for n in range(90)]
    _, train, holdout = taken(tmp_path, rows)
    assert (len(train), len(holdout)) == (60, 30)


def test_a_window_leaves_out_what_is_older(tmp_path):
    workload = WORKLOAD.model_copy(update={"training": WORKLOAD.training.model_copy(update={"window_days": 4})})
    facts, train, _ = taken(tmp_path, hourly(200), workload)
    assert facts["rows"] == 96
    assert min(train) == 104


def test_the_digest_is_that_of_the_content(tmp_path):
    one, *_ = taken(tmp_path / "one", hourly(100))
    again, *_ = taken(tmp_path / "again", list(reversed(hourly(100))))
    other, *_ = taken(tmp_path / "other", [*hourly(99), (99, 99, 99.5, 99.6, 2.0)])
    assert one["digest"] == again["digest"]
    assert one["digest"] != other["digest"]


def test_too_few_rows_are_refused(tmp_path):
    with pytest.raises(JobError, match=r"10 rows to holdout with; 20 at least are needed \(of 40\)|11 rows to"):
        taken(tmp_path, hourly(40))


def test_no_label_at_all_is_refused(tmp_path):
    with pytest.raises(JobError, match="no row has a label"):
        taken(tmp_path, [(*row[:4], "CAST(NULL AS DOUBLE)") for row in hourly(40)])
