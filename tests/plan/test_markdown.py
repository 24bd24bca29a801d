"""The comment on a pull request: hostile names stay text, and it fits."""

import json

import pytest

from estate.plan.difference import diff
from estate.plan.markdown import LIMIT, bounded, code, markdown


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("lake", "`lake`"),
        ("@team", "`@team`"),
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("", "`   `"),
        ("a\n\n# Title", "`a  # Title`"),
        ("a\r</details>", "`a </details>`"),
        ("left\u202eright", "`left right`"),
        ({"b": 1, "a": None}, '`{"a": null, "b": 1}`'),
        ("x" * 300, f"`{'x' * 197}...`"),
    ],
)
def test_a_value_is_one_code_span_on_one_line(value, span):
    assert code(value) == span


TOPIC = 'aws.sns.Topic("page", name="page", display_name={0!r}, opts=opts)'


@pytest.fixture
def report(planned):
    def make(before, after):
        base = json.loads(planned(before).text())
        head = planned(after)
        return markdown(head, diff(base, head.document))

    return make


def test_the_report_counts_and_names_what_changes(report):
    text = report(TOPIC.format("old"), TOPIC.format("new"))
    assert "**0** created, **1** updated, **0** replaced, **0** deleted; 0 permissions widen." in text
    assert "- `page` `aws:sns/topic:Topic`\n  - `displayName`: `old` → `new`" in text


def test_nothing_hostile_leaves_its_code_span(report):
    text = report(TOPIC.format("old"), TOPIC.format("`\n\n<script>@everyone [x](http://evil)`"))
    assert (
        "- `page` `aws:sns/topic:Topic`\n  - `displayName`: `old` → `` `  <script>@everyone [x](http://evil)` ``"
        in text
    )


def test_a_replacement_says_why(report):
    group = 'aws.sagemaker.ModelPackageGroup("models", model_package_group_name={0!r}, opts=opts)'
    text = report(group.format("a"), group.format("b"))
    assert "### Replaced (1)" in text
    assert "`modelPackageGroupName cannot change in place`" in text
    assert "`a` → `b` **forces the replacement**" in text


def test_violations_stand_by_severity_with_their_fix(report):
    text = report("", 'aws.sagemaker.ModelPackageGroup("m", model_package_group_name="two words", opts=opts)')
    violations = text[text.index("### Violations") :]
    assert "**high**" in violations
    assert "**new**" in violations
    assert "  - fix: " in violations


def test_without_a_base_the_report_is_of_the_plan_alone(planned):
    text = markdown(planned(TOPIC.format("x")), None)
    assert "### Updated" not in text
    assert "Permissions" not in text


def test_a_long_report_is_cut_at_a_line_with_a_notice():
    text = bounded([f"- line {number:06}" for number in range(10_000)])
    assert len(text) <= LIMIT
    assert "**Cut here**" in text
    assert text.splitlines()[0] == "- line 000000"


def test_a_cut_inside_details_closes_them():
    text = bounded(["<details>", "<summary>all</summary>", "", *["- line"] * 20_000, "</details>"])
    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>")


def test_a_short_report_is_whole():
    assert bounded(["a", "b"]) == "a\nb\n"
