import numpy
import pytest

from pipelines import tables


def test_columns_of_a_file_are_read_when_asked_for(tmp_path):
    file = tmp_path / "rows.parquet"
    query = "SELECT * FROM (VALUES (1, 2.5, 'a'), (2, NULL, NULL)) AS t(whole, number, text)"
    tables.write(tables.connect(), query, file)
    columns = tables.ColumnFile(file, ["whole", "number", "text"])
    assert columns["whole"].tolist() == [1.0, 2.0]
    assert numpy.isnan(columns["number"]).tolist() == [False, True]
    assert columns["text"].tolist() == ["a", None]
    assert (list(columns), len(columns)) == (["whole", "number", "text"], 3)
    with pytest.raises(KeyError):
        columns["other"]
    with pytest.raises(tables.duckdb.BinderException):
        tables.ColumnFile(file, ["other"])
