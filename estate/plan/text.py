"""A plan and its difference on a terminal."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from estate.plan.difference import ABSENT, Change, Difference, Document
from estate.plan.fault import shown
from estate.plan.pack import SEVERITIES
from estate.plan.permissions import Widening
from estate.plan.plan import Plan

MARKS = {"create": "[green]+[/green]", "update": "[yellow]~[/yellow]", "replace": "[magenta]±[/magenta]"}
COLOURS = {"low": "dim", "medium": "yellow", "high": "red", "critical": "bold red"}


def show(console: Console, plan: Plan, difference: Difference | None) -> None:
    """Prints resources by layer and type, changes, checks and violations."""
    console.print(f"[bold]Plan of {escape(plan.environment)}[/bold]: {len(plan.goals)} resources", highlight=False)
    console.print(_resources(plan))
    if difference is not None:
        _show_changes(console, difference)
        _show_widened(console, difference.widened)
    _show_checks(console, plan)
    _show_violations(console, plan.document["violations"])


def _resources(plan: Plan) -> Table:
    by_layer: dict[str, Counter[str]] = defaultdict(Counter)
    for goal in plan.goals:
        if goal.custom:
            by_layer[plan.layers[goal.urn]][goal.type] += 1
    table = Table("layer", "resources", "types", box=None, pad_edge=False, header_style="dim")
    for layer, types in by_layer.items():
        named = ", ".join(
            f"{_short(type)} {count}" if count > 1 else _short(type) for type, count in sorted(types.items())
        )
        table.add_row(escape(layer or "(none)"), str(types.total()), escape(named))
    return table


def _short(type: str) -> str:
    """`aws:s3/bucket:Bucket` as `s3.Bucket`."""
    package, module, name = type.split(":")
    return f"{module.partition('/')[0] if package == 'aws' else package}.{name}"


def _show_changes(console: Console, difference: Difference) -> None:
    counts = ", ".join(f"{len(difference.of(op))} {op}" for op in ("create", "update", "replace", "delete"))
    console.print(f"\n[bold]Changes[/bold]: {counts}, {len(difference.renamed)} renamed", highlight=False)
    for change in difference.changes:
        console.print(_change(change), highlight=False)
        for edit in change.edits:
            before, after = (_value(value) for value in (edit.before, edit.after))
            mark = " [magenta](forces the replacement)[/magenta]" if edit.replaces else ""
            console.print(f"    {escape(edit.path)}: {before} -> {after}{mark}", highlight=False)


def _change(change: Change) -> str:
    line = f"  {MARKS.get(change.op, '[red]-[/red]')} {escape(_short(change.type))} {escape(change.name)}"
    if change.former is not None:
        line += f" (before: {escape(change.former.rpartition('::')[2])})"
    return f"{line}: {escape(change.because)}" if change.because else line


def _value(value: object) -> str:
    return "nothing" if value == ABSENT else escape(shown(value))


def _show_widened(console: Console, widened: Sequence[Widening]) -> None:
    console.print(f"\n[bold]Permissions that widen[/bold]: {len(widened)}", highlight=False)
    for each in widened:
        what = "; ".join(
            f"{title} {', '.join(values)}"
            for title, values in (("who", each.principals), ("actions", each.actions), ("on", each.resources))
            if values
        )
        condition = f"; if {each.conditions}" if each.conditions else ""
        console.print(f"  {escape(each.subject)}: {each.what}: {escape(what + condition)}", highlight=False)


def _show_checks(console: Console, plan: Plan) -> None:
    checked, policies = plan.checked, plan.policies
    console.print(
        f"\n[bold]Checks[/bold]: {checked.inputs} inputs checked, {checked.unchecked} not checkable; "
        f"{policies.rules} policy rules put {policies.checks} times, {policies.undecided} undecided",
        highlight=False,
    )
    for reason, count in checked.not_checkable.items():
        console.print(f"  {count} not checkable: {escape(reason)}", style="dim", highlight=False)


def _show_violations(console: Console, violations: Sequence[Document]) -> None:
    console.print(f"\n[bold]Violations[/bold]: {len(violations)}", highlight=False)
    ordered = sorted(violations, key=lambda each: -SEVERITIES.index(each["severity"]))
    for each in ordered:
        colour, name = COLOURS[each["severity"]], each["urn"].rpartition("::")[2]
        head = f"  [{colour}]{each['severity']}[/{colour}] {escape(name)} {escape(each['rule'])}"
        console.print(f"{head}: {escape(each['message'])}", highlight=False)
        console.print(f"      fix: {escape(each['fix'])}", style="dim", highlight=False)
