"""The commands that release: `estate promote`, `verify`, `slo`, and `pipelines`, on the AWS of the variables."""

import json
from typing import Annotated

import typer

from estate import exits
from estate.commands import options
from estate.commands.options import Env, JsonFile, Model
from estate.exits import FOUND

pipelines = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Run and follow pipelines, on the AWS that the variables point to.",
)


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

    estate = options.estate(env)
    release = pin(estate, model, version, override_budget=override_budget)
    typer.echo(f"{estate.stack_file.name}: {model} is pinned to version {release.version}, {release.package_arn}")


def verify(
    env: Env = "dev",
    live: Annotated[bool, typer.Option(help="Also compare what is served; --no-live before `up`.")] = True,
) -> None:
    """Compare the live endpoints with the requested ones, and refuse blocked releases.

    Exits with 1 where they differ.
    """
    from estate.release.verify import verify as compare

    verdicts = compare(options.estate(env), live=live)
    for verdict in verdicts:
        typer.echo(f"{verdict.model}: {verdict.endpoint} is {verdict.status}: {verdict.difference or 'as requested'}")
    if any(verdict.difference is not None for verdict in verdicts):
        raise typer.Exit(FOUND)


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
    estate = options.estate(env)
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
    estate = options.estate(env)
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

    estate = options.estate(env)
    run = runs.read(estate, execution)
    for step in run.steps:
        typer.echo(f"{step.name} {step.status} {step.reason}".rstrip())
    typer.echo(run.status if not run.reason else f"{run.status}: {run.reason}")
    if run.status == "Failed":
        raise typer.Exit(FOUND)
