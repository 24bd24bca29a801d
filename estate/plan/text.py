"""A plan and its difference on a terminal."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from estate.plan.cost import HOURS, REGION, Cost, CostChange, kinds
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
        _show_cost_change(console, difference.cost)
    _show_cost(console, plan.cost)
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


def _show_cost(console: Console, cost: Cost) -> None:
    """What is paid while nobody uses the estate, what by use, what a GPU's hour costs, and what is not known."""
    dated = f" dated {' to '.join(cost.dates)}" if all(cost.dates) else ""
    where = f"; the estate is in {cost.region}, where they differ" if cost.elsewhere else ""
    console.print(
        f"\n[bold]Idle cost[/bold]: {cost.idle:,.2f} USD a month ({HOURS} hours at list prices of {REGION}"
        f"{dated}{where})",
        highlight=False,
    )
    table = Table("layer", "USD a month", "of which", box=None, pad_edge=False, header_style="dim")
    for layer, usd in cost.by_layer.items():
        if usd:
            table.add_row(escape(layer or "(none)"), f"{usd:,.2f}", escape(_dearest(cost, layer)))
    console.print(table)
    for group in cost.node_groups:
        if group.gpu_hour is not None:
            most = " at most (spot)" if group.spot else ""
            console.print(
                f"  A GPU's hour in {escape(group.name)}: {group.gpu_hour:,.4f} USD{most}; "
                f"{group.minimum} to {group.maximum} nodes {group.instance_type} of {group.gpus} GPU",
                highlight=False,
            )
    for (type, why), names in cost.unknown.items():
        console.print(f"  No known price: {_short(type)} {escape(', '.join(names))}: {escape(why)}", highlight=False)
    by_use = ", ".join(f"{_short(type)} {count}" for type, count in kinds(cost.of("use")).items())
    console.print(f"  By use, and nothing while idle: {by_use or 'nothing'}", style="dim", highlight=False)
    console.print(f"  Free: {len(cost.of('free'))} resources", style="dim", highlight=False)
    for warning in cost.warnings:
        console.print(f"  [yellow]warning[/yellow]: {escape(warning)}", highlight=False)


def _dearest(cost: Cost, layer: str) -> str:
    """Types of a layer by their price."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in cost.lines:
        if line.layer == layer and line.monthly:
            sums[_short(line.type)] += line.monthly
    return ", ".join(f"{type} {usd:,.2f}" for type, usd in sorted(sums.items(), key=lambda item: -item[1]))


def _show_cost_change(console: Console, change: CostChange) -> None:
    console.print(
        f"\n[bold]Change of the idle cost[/bold]: {change.monthly:+,.2f} USD a month, "
        f"from {change.before:,.2f} to {change.after:,.2f}",
        highlight=False,
    )
    for step in change.steps:
        gaps = f": {'; '.join(step.gaps)}" if step.gaps else ""
        line = f"  {step.said} {_short(step.type)} {step.name}{gaps}"
        console.print(escape(line), highlight=False)


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
