"""`Pulumi.yaml` and the stacks' files."""

import pytest

from estate.engine.program import ProgramError, preview
from estate.engine.project import read_project

PROJECT = "name: demo\nruntime:\n  name: python\n  options:\n    virtualenv: .venv\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


def test_values_reach_the_program_as_text_and_json(root):
    (root / "Pulumi.dev.yaml").write_text(
        "config:\n  demo:on: true\n  demo:size: 5\n  demo:name: '05'\n  demo:share: 0.5\n"
        "  demo:net: {zones: [b, a], cidr: 10.0.0.0/16}\n  aws:region: eu-west-1\n"
    )

    assert read_project(root, "dev").config == {
        "aws:region": "eu-west-1",
        "demo:name": "05",
        "demo:net": '{"cidr":"10.0.0.0/16","zones":["b","a"]}',
        "demo:on": "true",
        "demo:share": "0.5",
        "demo:size": "5",
    }


def test_declared_defaults_lie_beneath_the_values_of_the_stack(root):
    (root / "Pulumi.yaml").write_text(
        PROJECT + "config:\n  size: {type: integer, default: 3}\n  zone: a\n  aws:region: {value: us-east-1}\n"
    )
    (root / "Pulumi.dev.yaml").write_text("config:\n  demo:zone: b\n")

    assert read_project(root, "dev").config == {"aws:region": "us-east-1", "demo:size": "3", "demo:zone": "b"}


def test_another_file_may_stand_for_the_stacks_own(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "copy.yaml"
    other.write_text("config:\n  demo:name: copied\n")
    (root / "__main__.py").write_text(
        "import pulumi\n"
        "pulumi.export('seen', [pulumi.get_stack(), pulumi.get_project(), pulumi.Config().require('name')])\n"
    )

    result = preview(root, "qa", stack_file=other)
    assert result.deployment.outputs == {"seen": ["qa", "demo", "copied"]}


def test_a_main_folder_is_where_the_program_runs(root):
    (root / "Pulumi.yaml").write_text(PROJECT + "main: infra\n")
    (root / "infra").mkdir()
    (root / "infra" / "near_the_main.py").write_text("NAME = 'near'\n")
    (root / "infra" / "__main__.py").write_text(
        "import os, pulumi, near_the_main\npulumi.export('seen', [near_the_main.NAME, os.path.basename(os.getcwd())])\n"
    )

    assert preview(root, "dev").deployment.outputs == {"seen": ["near", "infra"]}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("Pulumi.yaml", "runtime: python\n", "Pulumi.yaml: needs a `name`"),
        ("Pulumi.yaml", "name: x\nruntime: nodejs\n", "runtime 'nodejs'; only python runs here"),
        ("Pulumi.yaml", "name: x\nname: y\n", "Pulumi.yaml:2: found duplicate key"),
        ("Pulumi.yaml", "- x\n", "Pulumi.yaml: must be a mapping"),
        ("Pulumi.yaml", PROJECT + "main: gone.py\n", "gone.py: no such program"),
        ("Pulumi.yaml", PROJECT + "config: {size: {type: integer}}\n", "demo:size: stack 'dev' gives no value"),
        (
            "Pulumi.yaml",
            PROJECT + "config: {size: {type: integer, default: x}}\n",
            r"demo:size: must be of type integer \(given: 'x'\)",
        ),
        (
            "Pulumi.yaml",
            PROJECT + "config: {size: {type: array, items: {type: string}, default: [a, true]}}\n",
            r"demo:size\[1\]: must be of type string \(given: True\)",
        ),
        ("Pulumi.yaml", PROJECT + "config: {size: {type: text, default: x}}\n", "unknown type 'text'; known are"),
        ("Pulumi.dev.yaml", "config:\n  demo:a: 1\n  demo:a: 2\n", "Pulumi.dev.yaml:3: found duplicate key"),
        ("Pulumi.dev.yaml", "config:\n  demo:a: {b: 1, b: 2}\n", "Pulumi.dev.yaml:2: found duplicate key"),
        ("Pulumi.dev.yaml", "config: [a]\n", "Pulumi.dev.yaml: `config` must be a mapping"),
        ("Pulumi.dev.yaml", "config: {a: 1}\n", "key 'a' needs its namespace, such as `project:a`"),
        ("Pulumi.dev.yaml", "config: {'demo:a': }\n", "demo:a: has no value"),
        ("Pulumi.dev.yaml", "config: {'demo:a': {secure: v1:xyz}}\n", "demo:a: is encrypted"),
        ("Pulumi.dev.yaml", "config: {'demo:a': [{secure: v1:xyz}]}\n", r"demo:a\[0\]: is encrypted"),
        ("Pulumi.dev.yaml", "environment: [base]\n", "names a Pulumi ESC environment"),
        ("Pulumi.dev.yaml", "confg: {}\n", "unknown key 'confg'"),
        ("Pulumi.dev.yaml", "config: {\n", "Pulumi.dev.yaml:2: "),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(root, file, content, message):
    (root / file).write_text(content)
    with pytest.raises(ProgramError, match=message):
        read_project(root, "dev")


def test_a_missing_stack_lists_those_that_exist(root):
    with pytest.raises(ProgramError, match=r"Pulumi.qa.yaml: no such stack; there are: dev, prod$"):
        preview(root, "qa")


def test_a_missing_project_is_refused(tmp_path):
    with pytest.raises(ProgramError, match=r"Pulumi\.yaml: no such file"):
        preview(tmp_path, "dev")
