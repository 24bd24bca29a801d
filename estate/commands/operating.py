"""The commands that operate an environment: `estate incidents`, `estate healing`, `estate record`."""

from typing import TYPE_CHECKING, Annotated

import typer

from estate.commands import options
from estate.commands.options import Env, Place

if TYPE_CHECKING:
    from contracts.incidents import Incident

Id = Annotated[str, typer.Argument(metavar="ID", help="The incident, as the list names it.")]


incidents = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, help="List, show and close incidents of an environment."
)


@incidents.callback()
def list_(context: typer.Context, env: Env = "dev") -> None:
    """List the incidents of an environment, the oldest first."""
    context.obj = env
    if context.invoked_subcommand is None:
        from estate.release.incidents import list_incidents

        found = list_incidents(options.estate(env))
        for each in found:
            typer.echo(_line(each))
        if not found:
            typer.echo(f"{env}: no incidents")


@incidents.command()
def show(context: typer.Context, id: Id) -> None:
    """Show one incident: what happened, the suspects, what was done; its post-mortem once it is closed."""
    from estate.release.incidents import show_incident

    for line in text(show_incident(options.estate(context.obj), id)):
        typer.echo(line)


@incidents.command()
def close(
    context: typer.Context, id: Id, summary: Annotated[str, typer.Option(help="What it was, and what ended it.")]
) -> None:
    """Close an incident whose alerts do not end by themselves, and print the draft of its post-mortem."""
    from estate.release.incidents import close_incident

    typer.echo(close_incident(options.estate(context.obj), id, summary).post_mortem or "")


def healing(
    state: Annotated[str | None, typer.Argument(metavar="[on|off]", help="By default it is only shown.")] = None,
    env: Env = "dev",
) -> None:
    """Show or turn the kill switch of self-healing."""
    from estate.release.incidents import healing_state, switch_healing

    if state not in (None, "on", "off"):
        raise typer.BadParameter(f"{state!r} is no state of the switch; it is on or off")
    estate = options.estate(env)
    if state is None:
        typer.echo(f"{env}: self-healing is {healing_state(estate)}")
        return
    typer.echo(f"{env}: self-healing was {switch_healing(estate, state)}, is {state}")


def record(
    env: Env = "dev",
    commit: Annotated[str, typer.Option(help="The program's version, such as a Git commit.")] = "",
) -> None:
    """Record a deployment after `up`: the dependency graph, and what changed against the one before."""
    from estate.engine.program import up
    from estate.plan.standin import StandInProvider
    from estate.release.changes import record as write

    estate = options.estate(env)
    made = write(estate, up(Place.root, env, StandInProvider()).goals, commit=commit)
    typer.echo(f"{env}: deployment {made.id}: {made.resources} resources, {len(made.changed)} changed")
    for model, (before, after) in made.releases.items():
        typer.echo(f"  release of {model}: {before or 'none'} -> {after or 'none'}")
    for each in made.changed[:20]:
        inputs = f" ({', '.join(each.inputs)})" if each.inputs else ""
        typer.echo(f"  {each.op} {each.urn.rpartition('::')[2]}{inputs}")
    if len(made.changed) > 20:
        typer.echo(f"  and {len(made.changed) - 20} more")


def text(incident: "Incident") -> list[str]:
    """An incident as a terminal shows it."""
    if incident.post_mortem is not None:
        return [_line(incident), "", incident.summary or "", "", incident.post_mortem]
    lines = [_line(incident), "", "Suspects"]
    lines += [f"  {s.score:4.0%} {s.subject}: {'; '.join(s.reasons)}" for s in incident.suspects] or ["  none"]
    lines += [
        "Actions",
        *([f"  {a.kind} of {a.target}: {a.status}, {a.reason}" for a in incident.actions] or ["  none"]),
    ]
    lines += ["Dependency path", *(f"  {urn}" for urn in incident.context.path)]
    lines += ["Changes", *(f"  {c.at:%Y-%m-%d %H:%M:%S} {c.kind}: {c.what}" for c in incident.context.changes)]
    lines += ["Log", *(f"  {line}" for line in incident.context.logs)]
    lines += ["Timeline", *(f"  {e.at:%Y-%m-%d %H:%M:%S} {e.what}" for e in incident.timeline)]
    return [*lines, f"Runbook: {incident.context.runbook or 'none'}"]


def _line(incident: "Incident") -> str:
    return (
        f"{incident.id} {incident.status:6} {incident.severity:6} {incident.opened_at:%Y-%m-%d %H:%M} {incident.title}"
    )
