"""Runbooks: SSM Automation documents that a person starts, with one role that may do what they do."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi_aws import ssm
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.roles import bounded_role, inline_policy

FOLDER = Path(__file__).with_name("runbooks")


class RunbooksArgs(Args):
    placement: Placement
    switch: str = Field(description="Name of the kill switch's parameter, which `pause-healing` turns.")
    permission_boundary_arn: pulumi.Input[str]
    permissions: Sequence[Mapping[str, object]] = Field(description="What the steps of the runbooks call.")


class Runbooks(Component):
    """A document for each file in `runbooks/`, version by content: a change makes the new one the default."""

    names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RunbooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:Runbooks", name, args.placement, opts)
        place = args.placement
        role = bounded_role(
            self,
            "runbooks",
            description="Steps of runbooks",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "ssm"),
        )
        inline_policy(self, role.name, "runbooks", *cast(Sequence[Statement], args.permissions))
        self.names = {}
        for runbook, content in runbooks(args.switch).items():
            made = ssm.Document(
                f"{name}-{runbook}",
                name=place.named(runbook),
                document_type="Automation",
                document_format="JSON",
                content=pulumi.Output.json_dumps({**content, "assumeRole": role.arn}, sort_keys=True),
                opts=self.child(),
            )
            self.names[runbook] = made.name
        self.register_outputs({"names": self.names})


def runbooks(switch: str) -> Mapping[str, dict[str, Any]]:
    """The documents by name, with the kill switch filled in."""
    found = {}
    for file in sorted(FOLDER.glob("*.json")):
        found[file.stem] = json.loads(file.read_text(encoding="utf-8").replace("@SWITCH@", switch))
    return found
