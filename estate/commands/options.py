"""What the commands have in common: their options, the project that they work on, and the environment in AWS."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from estate.release.account import Estate

Env = Annotated[str, typer.Option("-s", "--stack", metavar="ENV", help="Environment, as in `Pulumi.<ENV>.yaml`.")]
StackFile = Annotated[Path | None, typer.Option(help="Use this file in place of `Pulumi.<ENV>.yaml`.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result to this file, too.")]
Model = Annotated[str, typer.Argument(help="Name of the model.")]


class Place:
    """The project that a command works on; the program's own callback sets it."""

    root = Path()


def estate(env: str) -> "Estate":
    """An environment in the AWS that the variables point to."""
    from estate.release.account import connect

    return connect(Place.root, env)
