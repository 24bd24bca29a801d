"""The commands that need no AWS: `estate plan`, `rehearse`, `cloud`, `coverage`, `settings`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from estate import exits
from estate.commands.options import Env, JsonFile, Place, StackFile
from estate.engine.collector import retire_collector
from estate.exits import FOUND


class WrongBase(Exception):
    """The base plan is of another environment."""


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

    from estate.plan.settings import read_stack

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(read_stack(Place.root, env, stack_file).model_dump(mode="json"), sys.stdout)
