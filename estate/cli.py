"""Plans, rehearses and releases an MLOps estate on AWS."""

import gc
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from estate import exits
from estate.commands import offline, operating, releasing
from estate.commands.options import Place

app = typer.Typer(cls=exits.Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=__doc__)
app.command()(offline.plan)
app.command()(offline.rehearse)
app.command("cloud")(offline.serve_cloud)
app.command()(offline.coverage)
app.command()(offline.settings)
app.command()(releasing.promote)
app.command()(releasing.verify)
app.command()(releasing.slo)
app.add_typer(releasing.pipelines, name="pipelines")
app.add_typer(operating.incidents, name="incidents")
app.command()(operating.healing)
app.command()(operating.record)


class NoProject(Exception):
    """There is no Pulumi.yaml where the command runs."""


@app.callback()
def place(
    root: Annotated[
        Path | None,
        typer.Option(
            envvar="ESTATE_ROOT", help="The project's folder; by default the nearest one upwards with a Pulumi.yaml."
        ),
    ] = None,
) -> None:
    Place.root = _project(root)
    # The program's own packages, wherever this command was installed from.
    sys.path.insert(0, str(Place.root))


def _project(given: Path | None) -> Path:
    if given is not None:
        if not (given / "Pulumi.yaml").is_file():
            raise NoProject(f"--root {given}: has no Pulumi.yaml")
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise NoProject(f"{here}: neither this folder nor one above it has a Pulumi.yaml; go there, or use --root DIR")


def main() -> NoReturn:
    """The entry point."""
    gc.set_threshold(50_000, 20, 50)  # programs register thousands of objects that live to the end
    exits.run(app)
