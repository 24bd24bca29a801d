"""docs/architecture.md is drawn from the plan: boxes are components, arrows are what the program's wires say."""

import pytest

from estate import architecture
from estate.engine.resource import Goal
from estate.engine.result import EMPTY, Result
from estate.plan.constraints import Checked
from estate.plan.pack import Policies
from estate.plan.plan import Plan

GROUND = Goal("u:ground", "estate:stack:Layer", "ground", False, {}, "u:stack")
ROOF = Goal("u:roof", "estate:stack:Layer", "roof", False, {}, "u:stack")
KEYS = Goal("u:keys", "estate:security:Keys", "keys", False, {}, "u:ground")
KEY = Goal("u:key", "aws:kms/key:Key", "key", True, {}, "u:keys")
ALIAS = Goal("u:alias", "aws:kms/alias:Alias", "alias", True, {}, "u:keys", ("u:key",))
STORE = Goal("u:store", "estate:storage:Store", "store", False, {}, "u:ground")
INNER = Goal("u:inner", "estate:storage:Bucket", "inner", False, {}, "u:store")
BUCKETS = [Goal(f"u:bucket{n}", "aws:s3/bucket:Bucket", f"bucket{n}", True, {}, "u:inner", ("u:key",)) for n in (1, 2)]
OWN = Goal("u:own", "aws:ssm/parameter:Parameter", "own", True, {}, "u:ground", ("u:bucket1",))
MODELS = [Goal(f"u:model{n}", "estate:model:Model", f"model{n}", False, {}, "u:roof") for n in (1, 2)]
HOSTS = [
    Goal(f"u:host{n}", "kubernetes:apps/v1:Deployment", f"host{n}", True, {}, f"u:model{n}", ("u:bucket1", "u:key"))
    for n in (1, 2)
]


@pytest.fixture
def drawing() -> architecture.Drawing:
    goals = (GROUND, KEYS, KEY, ALIAS, STORE, INNER, *BUCKETS, OWN, ROOF, *MODELS, *HOSTS)
    made = Result(EMPTY, (), goals)
    return architecture.Drawing(Plan("test", made, made, Checked(), Policies()))


def test_layers_stand_in_order_with_what_they_read_of_each_other(drawing):
    assert list(drawing.overview()) == [
        "flowchart BT",
        '    ground["ground<br/>5 resources"]',
        '    roof["roof<br/>2 resources"]',
        "    roof -->|4| ground",
    ]


def test_a_box_is_an_outermost_component_and_an_arrow_a_need(drawing):
    assert list(drawing.layer("ground")) == [
        "flowchart RL",
        '    ground_Keys["Keys<br/>2 resources"]',
        '    ground_Store["Store<br/>2 resources"]',
        "    ground_Store --> ground_Keys",
    ]


def test_components_of_one_kind_share_a_box_that_counts_them(drawing):
    assert list(drawing.layer("roof")) == ["flowchart RL", '    roof_Model["Model (2)<br/>2 resources"]']


def test_the_table_says_what_a_component_is_made_of_and_reads_of_other_layers(drawing):
    assert list(drawing.table("ground"))[2:] == [
        "| Keys | kms.Alias, kms.Key |  |",
        "| Store | s3.Bucket (2) |  |",
        "| the layer's own | ssm.Parameter |  |",
    ]
    assert list(drawing.table("roof"))[2:] == ["| Model | Kubernetes Deployment (2) | ground: Keys, ground: Store |"]


def test_only_the_drawn_part_of_the_page_is_written(drawing, monkeypatch, tmp_path, capsys):
    page = tmp_path / "architecture.md"
    page.write_text(f"before\n{architecture.BEGIN}\nold\n{architecture.END}\nafter\n")
    monkeypatch.setattr(architecture, "FILE", page)
    monkeypatch.setattr(architecture, "make_plan", lambda root, stack: drawing.plan)
    assert architecture.main(["--check"]) == 1
    assert "architecture.md is stale" in capsys.readouterr().err
    assert architecture.main([]) == 0
    text = page.read_text()
    assert text.startswith(f"before\n{architecture.BEGIN}\n\n## The layers\n")
    assert text.endswith(f"{architecture.END}\nafter\n")
    assert "old" not in text
    assert architecture.main(["--check"]) == 0


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match=r"docs/architecture\.md: needs the marks"):
        architecture.page("no marks")
