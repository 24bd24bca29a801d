from pathlib import Path

import pytest

from contracts.workload import Workload
from pipelines import contract, tables

COLUMNS = {
    "id": {"type": "integer", "description": "Key.", "unique": True},
    "asked": {"type": "timestamp", "description": "Event."},
    "known": {"type": "timestamp", "description": "Label known."},
    "arrived": {"type": "timestamp", "description": "Arrival."},
    "size": {"type": "number", "description": "Size.", "minimum": 0, "maximum": 10},
    "kind": {"type": "string", "description": "Kind.", "allowed": ["a", "b"]},
    "hurry": {"type": "boolean", "description": "Hurry.", "nullable": True},
    "label": {"type": "number", "description": "Label."},
}
WORKLOAD = Workload.model_validate(
    {
        "name": "parcels",
        "task": "regression",
        "synthetic": True,
        "source": "made here",
        "purpose": {"problem": "p", "users": "u", "success": "s", "risk": "minimal"},
        "data": {
            "key": "id",
            "event_time": "asked",
            "label": "label",
            "label_time": "known",
            "arrival_time": "arrived",
            "columns": COLUMNS,
        },
        "features": {"size": {"type": "number", "description": "Size."}},
        "gate": {"metric": "mae", "direction": "minimize", "threshold": 1, "baseline_gain": 0},
    }
)
GOOD = {
    "id": "1",
    "asked": "2026-01-01 10:00:00",
    "known": "2026-01-01 11:00:00",
    "arrived": "2026-01-01 12:00:00",
    "size": "3.5",
    "kind": "a",
    "hurry": "true",
    "label": "7",
}


def reasons(folder: Path, *rows: dict[str, str]) -> list[str]:
    file = folder / "rows.csv"
    file.write_text("\n".join([",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]) + "\n")
    connection = tables.connect()
    assert contract.check_columns(connection, file, WORKLOAD.data) == []
    contract.judge(connection, [file], WORKLOAD)
    return [row[0] for row in connection.execute("SELECT reasons FROM judged ORDER BY row").fetchall()]


def test_a_good_row_has_no_reason(tmp_path):
    assert reasons(tmp_path, GOOD) == [""]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ""}, "id: missing"),
        ({"id": "x"}, "id: not an integer"),
        ({"asked": "yesterday"}, "asked: not a timestamp"),
        ({"size": "-1"}, "size: below 0"),
        ({"size": "11"}, "size: above 10"),
        ({"size": "many"}, "size: not a number"),
        ({"size": "nan"}, "size: not finite"),
        ({"size": "inf"}, "size: not finite"),
        ({"kind": "c"}, "kind: not one of a, b"),
        ({"hurry": "perhaps"}, "hurry: not a boolean"),
        ({"hurry": ""}, ""),
        ({"known": "2026-01-01 10:00:00"}, "known: not after asked"),
        ({"known": "2026-01-01 09:00:00"}, "known: not after asked"),
        ({"arrived": "2026-01-01 09:59:59"}, "arrived: before asked"),
    ],
)
def test_a_bad_value_is_named_with_its_column(tmp_path, changes, reason):
    assert reasons(tmp_path, GOOD | changes) == [reason]


def test_a_row_with_two_faults_has_two_reasons(tmp_path):
    assert reasons(tmp_path, GOOD | {"size": "-1", "kind": "c"}) == ["size: below 0; kind: not one of a, b"]


def test_the_later_of_two_rows_with_one_key_is_bad(tmp_path):
    late = GOOD | {"arrived": "2026-01-02 12:00:00"}
    assert reasons(tmp_path, late, GOOD) == ["id: seen before", ""]
