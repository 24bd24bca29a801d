"""docs/components.md says what the components take."""

from collections.abc import Mapping
from typing import Literal

import pulumi
import pytest
from pydantic import Field

from components.base import Args
from estate import reference


def test_every_component_has_its_token_and_inputs():
    text, kinds = reference.document(), list(reference.found())
    assert len(kinds) > 100
    for kind in kinds:
        assert f"### {kind.__name__}\n" in text
        assert f":{kind.__name__}`, `{kind.__module__}`" in text


class Inner(Args):
    """What is inside."""

    count: int = Field(default=2, description="How many.")


class Wired(Args):
    one: pulumi.Input[str]
    many: Mapping[str, pulumi.Input[str]]


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (str, "str"),
        (str | None, "str | None"),
        (dict[str, Inner], "dict[str, Inner]"),
        (tuple[str, ...], "tuple[str, ...]"),
        (Wired.model_fields["one"].annotation, "Input[str]"),
        (Wired.model_fields["many"].annotation, "dict[str, Input[str]]"),
        (Literal["iam", "jwt"], "'iam' | 'jwt'"),
    ],
)
def test_a_type_reads_as_it_was_written(annotation, text):
    assert reference._type(annotation) == text


def test_a_stale_page_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reference, "FILE", tmp_path / "components.md")
    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/components.md is stale; run `python -m estate.reference`\n"
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
