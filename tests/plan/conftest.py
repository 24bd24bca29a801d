import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from estate.engine.resource import Goal
from estate.plan.plan import Plan, plan_program

PROJECT = "name: small\nruntime: python\n"
HEAD = """
import json
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["222222222222"])
opts = pulumi.ResourceOptions(provider=provider)

"""


MakeGoal = Callable[..., Goal]


@pytest.fixture
def goal() -> MakeGoal:
    """Makes custom resources as the engine gives them."""

    def make(type: str, name: str = "thing", inputs: Mapping[str, Any] | None = None, **options: Any) -> Goal:
        urn = f"urn:pulumi:dev::small::{type}::{name}"
        return Goal(urn=urn, type=type, name=name, custom=True, inputs=dict(inputs or {}), **options)

    return make


@pytest.fixture
def planned(tmp_path: Path) -> Callable[[str], Plan]:
    """Plans a small program; `provider` and `opts` are there already."""

    def plan(body: str) -> Plan:
        (tmp_path / "Pulumi.yaml").write_text(PROJECT)
        (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
        (tmp_path / "__main__.py").write_text(HEAD + textwrap.dedent(body))
        return plan_program(tmp_path, "dev", "sandbox")

    return plan
