"""Plans, rehearses and releases an MLOps estate on AWS."""

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from estate import exits
from estate.engine.collector import retire_collector
from estate.exits import FOUND
from estate.release import operating

if TYPE_CHECKING:
    from estate.release.account import Estate

Env = Annotated[str, typer.Option("-s", "--stack", metavar="ENV", help="Environment, as in `Pulumi.<ENV>.yaml`.")]
StackFile = Annotated[Path | None, typer.Option(help="Use this file in place of `Pulumi.<ENV>.yaml`.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result to this file, too.")]
Model = Annotated[str, typer.Argument(help="Name of the model.")]

app = typer.Typer(cls=exits.Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=__doc__)
pipelines = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Run and follow pipelines, on the AWS that the variables point to.",
)
app.add_typer(pipelines, name="pipelines")


class NoProject(Exception):
    """There is no Pulumi.yaml where the command runs."""


class WrongBase(Exception):
    """The base plan is of another environment."""


class Place:
    """The project that the command works on."""

    root = Path()


@app.callback()
def place(
    root: Annotated[
        Path | None,
        typer.Option(
            envvar="ESTATE_ROOT", help="The project's folder; by default the nearest one upwards with a Pulumi.yaml."
        ),
    ] = None,
) -> None:
    Place.root = operating.Root.path = _project(root)
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


@app.command()
def plan(
    env: Env = "dev",
    base: Annotated[Path | None, typer.Option(help="A plan written with --json, to compare with.")] = None,
    json_file: JsonFile = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a report for a pull request to this file.")] = None,
    stack_file: StackFile = None,
) -> None:
    """Run the program with no cloud, check every resource, compare with a base plan.

    Exits with 1 where an input breaks a published constraint or a mandatory policy is violated.
    """
    from rich.console import Console

    from estate.plan import diff, make_plan
    from estate.plan.difference import read_plan
    from estate.plan.text import show

    retire_collector()
    exits.refuse_unwritable(json_file, markdown)
    before = read_plan(base) if base is not None else None
    if before is not None and before.get("environment") != env:
        raise WrongBase(f"--base {base}: is a plan of {before.get('environment')!r}, and this is one of {env!r}")
    made = make_plan(Place.root, env, stack_file)
    difference = diff(before, made.document) if before is not None else None
    if json_file is not None:
        compared = {**made.document, "difference": difference.to_json()} if difference is not None else None
        exits.write(json_file, made.text() if compared is None else json.dumps(compared, indent=1) + "\n")
    if markdown is not None:
        from estate.plan.markdown import markdown as report

        exits.write(markdown, report(made, difference))
    show(Console(soft_wrap=True), made, difference)
    if made.faults or made.denied:
        raise typer.Exit(FOUND)


@app.command()
def rehearse(
    env: Env = "dev",
    until: Annotated[str | None, typer.Option(metavar="STAGE", help="Last stage before the estate goes.")] = None,
    keep: Annotated[bool, typer.Option(help="Hold the estate until Ctrl-C, and say how to reach it.")] = False,
    json_file: JsonFile = None,
    report: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a report page into this folder.")] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Account of the credentials; by default the one allowed.")
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Inject this fault, or `all`; as often as needed.")
    ] = None,
    fault_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Inject the fault in this Python file; as often as needed."),
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="List the faults, and rehearse nothing.")] = False,
) -> None:
    """Live through the whole life of the estate, offline. Exits with 1 where a stage or a fault fails.

    With faults, only the stages run that they need: a fault passes where it is detected and recovered from in time.
    """
    if list_faults:
        from estate.rehearsal.fault_files import built_in

        for name, kind in built_in().items():
            typer.echo(f"{name:22} after {kind.needs}: {kind.shows}")
        return
    exits.refuse_unwritable(json_file, report / "index.html" if report is not None else None)
    from estate.rehearsal.command import rehearse as run

    found = run(
        Place.root,
        env,
        until=until,
        keep=keep,
        account=account,
        faults=fault or (),
        fault_files=fault_file or (),
        json_file=json_file,
        report_folder=report,
    )
    if found.failed:
        raise typer.Exit(FOUND)


@app.command("cloud")
def serve_cloud(
    region: Annotated[str, typer.Option(help="The region that it is.")] = "eu-west-1",
    account: Annotated[str, typer.Option(metavar="ID", help="The account that it is.")] = "123456789012",
    port: Annotated[int, typer.Option(help="Port on the loopback; 0 takes a free one.")] = 0,
    speed: Annotated[
        float, typer.Option(help="Seconds that pass for waits, alarms and schedules in each real one.")
    ] = 1.0,
) -> None:
    """Serve the emulated AWS to any client on this machine, until Ctrl-C.

    Schedules fire by themselves, by its clock: at --speed 30, what is due every hour is due every two minutes.
    """
    from estate.cloud.serve import serve

    serve(account, region, port, speed, typer.echo)


@app.command()
def coverage(
    json_file: JsonFile = None,
    apis: Annotated[bool, typer.Option("--apis", help="List the operations of AWS that are answered instead.")] = False,
) -> None:
    """List every resource type with how faithfully it is rehearsed, as it was last measured."""
    exits.refuse_unwritable(json_file)
    if apis:
        from estate.cloud.apis import lines, listed

        if json_file is not None:
            members = [
                {"service": api.service, "operation": api.operation, "fidelity": api.fidelity, "note": api.told}
                for api in listed()
            ]
            exits.write(json_file, json.dumps(members, indent=1) + "\n")
        for line in lines():
            typer.echo(line)
        return
    from estate.cloud.coverage import table

    found = table()
    if json_file is not None:
        exits.write(json_file, json.dumps(found, indent=1) + "\n")
    width = max(len(each["type"]) for each in found)
    for each in found:
        lost = ", ".join(each.get("lost", ())) or each.get("reason", "")
        typer.echo(f"{each['type']:{width}}  {each['fidelity']:9} {lost}".rstrip())


@app.command()
def settings(
    env: Env = "dev",
    schema: Annotated[bool, typer.Option("--schema", help="Print the settings' JSON Schema instead.")] = False,
    stack_file: StackFile = None,
) -> None:
    """Print an environment's settings, with everything that was left out filled in."""
    if schema:
        from stacks.settings import EstateSettings

        typer.echo(json.dumps(EstateSettings.model_json_schema(), indent=2))
        return
    from ruamel.yaml import YAML

    from estate.plan.settings import read_settings

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(read_settings(Place.root, env, stack_file).model_dump(mode="json"), sys.stdout)


@app.command()
def promote(
    model: Model,
    version: Annotated[int | None, typer.Argument(help="By default the newest approved one.")] = None,
    env: Env = "dev",
    override_budget: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Release on a spent error budget; the reason is kept with the version."),
    ] = None,
) -> None:
    """Pin an approved version of a model in `Pulumi.<ENV>.yaml`; `pulumi up` rolls it out.

    A newer version than the pinned one is refused while an error budget is spent; an earlier one never is.
    """
    from estate.release.promote import promote as pin

    estate = _estate(env)
    release = pin(estate, model, version, override_budget=override_budget)
    typer.echo(f"{estate.stack_file.name}: {model} is pinned to version {release.version}, {release.package_arn}")


@app.command()
def verify(
    env: Env = "dev",
    live: Annotated[bool, typer.Option(help="Also compare what is served; --no-live before `up`.")] = True,
) -> None:
    """Compare the live endpoints with the requested ones, and refuse blocked releases.

    Exits with 1 where they differ.
    """
    from estate.release.verify import verify as compare

    verdicts = compare(_estate(env), live=live)
    for verdict in verdicts:
        typer.echo(f"{verdict.model}: {verdict.endpoint} is {verdict.status}: {verdict.difference or 'as requested'}")
    if any(verdict.difference is not None for verdict in verdicts):
        raise typer.Exit(FOUND)


@app.command()
def slo(
    env: Env = "dev",
    model: Annotated[str | None, typer.Option(help="Only this model; all by default.")] = None,
    json_file: JsonFile = None,
) -> None:
    """Show what is left of the models' error budgets, counted from real traffic.

    Exits with 1 where one is spent.
    """
    from estate.release.budget import error_budget, table

    exits.refuse_unwritable(json_file)
    estate = _estate(env)
    models = [model] if model is not None else sorted(estate.settings.models)
    budgets = [budget for each in models for budget in error_budget(estate, each)]
    if json_file is not None:
        exits.write(json_file, json.dumps([budget.to_json() for budget in budgets], indent=1) + "\n")
    for line in table(budgets):
        typer.echo(line)
    if any(budget.spent for budget in budgets):
        raise typer.Exit(FOUND)


@pipelines.command("run")
def run_pipeline(
    model: Model,
    definition: Annotated[str, typer.Argument(help="data, training or monitor.")] = "training",
    env: Env = "dev",
    parameter: Annotated[list[str] | None, typer.Option("-p", help="NAME=VALUE; as often as needed.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for its end.", min=1)] = 7200,
) -> None:
    """Start a pipeline of a model and follow it to its end. Exits with 1 where it does not succeed."""
    from contracts.pipelines import Definition
    from estate.release import runs

    if definition not in list(Definition):
        raise typer.BadParameter(f"{definition!r} is no pipeline; there are: {', '.join(Definition)}")
    wrong = [each for each in parameter or [] if "=" not in each]
    if wrong:
        raise typer.BadParameter(f"-p {wrong[0]}: must be NAME=VALUE")
    estate = _estate(env)
    given = dict(each.split("=", 1) for each in parameter or [])
    arn = runs.start(estate, model, Definition(definition), given)
    typer.echo(arn)
    run = runs.follow(estate, arn, timeout_s=timeout, on_change=lambda step: typer.echo(f"{step.name} {step.status}"))
    if run.status != "Succeeded":
        typer.echo(runs.failure(estate, run), err=True)
        raise typer.Exit(FOUND)


@pipelines.command("status")
def pipeline_status(
    execution: Annotated[str, typer.Argument(metavar="ARN", help="The execution, as `run` printed it.")],
    env: Env = "dev",
) -> None:
    """Show an execution's steps. Exits with 1 where it failed."""
    from estate.release import runs

    estate = _estate(env)
    run = runs.read(estate, execution)
    for step in run.steps:
        typer.echo(f"{step.name} {step.status} {step.reason}".rstrip())
    typer.echo(run.status if not run.reason else f"{run.status}: {run.reason}")
    if run.status == "Failed":
        raise typer.Exit(FOUND)


app.add_typer(operating.incidents, name="incidents")
app.command("healing")(operating.healing)
app.command("record")(operating.record)


def _estate(env: str) -> "Estate":
    from estate.release.account import connect

    return connect(Place.root, env)


def main() -> NoReturn:
    """The entry point."""
    gc.set_threshold(50_000, 20, 50)  # programs register thousands of objects that live to the end
    exits.run(app)
