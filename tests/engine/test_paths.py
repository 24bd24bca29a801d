import pytest

from estate.engine import paths


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("tags", ("tags",)),
        ("tags.owner", ("tags", "owner")),
        ("rules[0].name", ("rules", 0, "name")),
        ("rules[*].name", ("rules", "*", "name")),
        ('tags["a.b"].c', ("tags", "a.b", "c")),
        (r'tags["a\"b"]', ("tags", 'a"b')),
        ("*", ("*",)),
    ],
)
def test_a_path_is_read_as_pulumi_reads_it(path, parts):
    assert paths.parse(path) == parts


@pytest.mark.parametrize("path", ["a[", "a[x]", 'a["b]', "a..b[", "[]"])
def test_a_malformed_path_is_refused(path):
    with pytest.raises(ValueError, match="is malformed at"):
        paths.parse(path)


@pytest.mark.parametrize(
    ("path", "restored"),
    [
        ("a", {"a": 1, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1}),
        ("rules[0].n", {"a": 2, "rules": [{"n": 1, "m": 4}, {"n": 5}], "new": 1}),
        ("rules[*].n", {"a": 2, "rules": [{"n": 1, "m": 4}, {"n": 2}], "new": 1}),
        ("new", {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}]}),
        ("gone", {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1, "gone": {"x": 1}}),
        ("gone.x", {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1, "gone": {"x": 1}}),
        ("rules[7].n", {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1}),
        ("*", {"a": 1, "rules": [{"n": 1}, {"n": 2}], "gone": {"x": 1}}),
    ],
)
def test_what_lies_at_a_path_is_restored(path, restored):
    old = {"a": 1, "rules": [{"n": 1}, {"n": 2}], "gone": {"x": 1}}
    new = {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1}

    assert paths.restored(new, old, path) == restored
    assert new == {"a": 2, "rules": [{"n": 3, "m": 4}, {"n": 5}], "new": 1}


@pytest.mark.parametrize(
    ("path", "differs"), [("a", False), ("b", True), ("c[0].x", False), ("c[*].x", True), ("d", False), ("*", True)]
)
def test_a_difference_counts_only_at_the_path(path, differs):
    old = {"a": 1, "b": 1, "c": [{"x": 1}, {"x": 1}]}
    new = {"a": 1, "b": 2, "c": [{"x": 1}, {"x": 2}]}

    assert paths.differs(new, old, path) is differs
