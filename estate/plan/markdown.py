"""A difference as Markdown for a comment on a pull request.

Whatever comes from a plan stands in code spans, where no HTML, link, mention or reference is read; each on a line of
its own list item, so that nothing can end the span.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from estate.plan.cost import REGION, Cost, CostChange
from estate.plan.difference import ABSENT, Change, Difference, Document, Edit, Op
from estate.plan.pack import SEVERITIES
from estate.plan.permissions import Widening
from estate.plan.plan import Plan

LIMIT = 65_536  # characters of a comment on GitHub
NOTICE = "\n\n**Cut here**: the whole report has more than a comment holds. See the plan in the workflow's artifacts.\n"
SHORT = 200
TITLES: dict[Op, str] = {"delete": "Deleted", "replace": "Replaced", "update": "Updated", "create": "Created"}
TICKS = "`"


def markdown(plan: Plan, difference: Difference | None, limit: int = LIMIT) -> str:
    """The report, of `limit` characters at most; without a difference, the plan alone."""
    lines = [*_head(plan, difference)]
    if difference is not None:
        lines += [line for op in TITLES for line in _changes(op, difference)]
        lines += _permissions(difference.widened)
    lines += _cost(plan.cost, difference.cost if difference is not None else None)
    lines += _violations(plan.document["violations"], difference)
    return bounded(lines, limit)


def bounded(lines: Sequence[str], limit: int = LIMIT) -> str:
    """The lines as one text; where it is too long, whole lines up to the limit and a notice. Details are closed."""
    text = "\n".join(lines) + "\n"
    if len(text) <= limit:
        return text
    closing = "\n</details>\n"
    kept: list[str] = []
    room = limit - len(NOTICE) - len(closing)
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    still_open = kept.count("<details>") > kept.count("</details>")
    return "\n".join(kept) + (closing if still_open else "") + NOTICE


def code(value: Any, longest: int = SHORT) -> str:
    """A value as a code span on one line: no character of it can be read as Markdown or HTML."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = "".join(letter if _printable(letter) else " " for letter in text)
    if len(text) > longest:
        text = f"{text[: longest - 3]}..."
    fence = TICKS * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if not text.strip() or text[0] in " `" or text[-1] in " `" else ""
    return f"{fence}{pad}{text or ' '}{pad}{fence}"


def _printable(letter: str) -> bool:
    """Neither a line's end nor a control character, of which some turn the direction of what follows."""
    return unicodedata.category(letter)[0] not in "CZ" or letter == " "


def _head(plan: Plan, difference: Difference | None) -> Iterator[str]:
    yield f"## Plan of {code(plan.environment)}"
    yield ""
    checked = plan.checked
    if difference is not None:
        counts = [f"**{len(difference.of(op))}** {title.lower()}" for op, title in reversed(TITLES.items())]
        yield f"{', '.join(counts)}; {len(difference.widened)} permissions widen."
        if difference.renamed:
            yield f"{len(difference.renamed)} renamed by an alias, and otherwise untouched unless listed below."
        yield ""
    yield (
        f"{len(plan.goals)} resources. {checked.inputs} inputs checked against published constraints, "
        f"{checked.unchecked} not checkable; {plan.policies.rules} policy rules put {plan.policies.checks} times, "
        f"{plan.policies.undecided} undecided. {len(plan.faults)} inputs and {len(plan.breaches)} policies violated."
    )
    yield ""


def _changes(op: Op, difference: Difference) -> Iterator[str]:
    changes = [change for change in difference.changes if change.op == op]
    if not changes:
        return
    yield f"### {TITLES[op]} ({len(changes)})"
    yield ""
    folded = op == "create" and len(changes) > 20
    if folded:
        yield "<details>"
        yield "<summary>all of them</summary>"
        yield ""
    for change in changes:
        yield _change(change)
        for edit in change.edits:
            yield f"  - {_edit(edit)}"
    if folded:
        yield ""
        yield "</details>"
    yield ""


def _change(change: Change) -> str:
    text = f"- {code(change.name)} {code(change.type)}"
    if change.layer:
        text += f" in {code(change.layer)}"
    if change.former is not None:
        text += f", before {code(change.former.rpartition('::')[2])}"
    if change.because:
        text += f": {code(change.because)}"
    return text + (" **protected**" if change.protected else "")


def _edit(edit: Edit) -> str:
    mark = " **forces the replacement**" if edit.replaces else ""
    before = "nothing" if edit.before == ABSENT else code(edit.before)
    after = "nothing" if edit.after == ABSENT else code(edit.after)
    return f"{code(edit.path)}: {before} → {after}{mark}"


def _permissions(widened: Sequence[Widening]) -> Iterator[str]:
    yield f"### Permissions that widen ({len(widened)})"
    yield ""
    if not widened:
        yield "None."
    for widening in widened:
        yield f"- {code(widening.subject)}: **{widening.what}**"
        for title, values in (
            ("who", widening.principals),
            ("actions", widening.actions),
            ("on", widening.resources),
            ("if", (widening.conditions,) if widening.conditions else ()),
        ):
            if values:
                yield f"  - {title}: {', '.join(map(code, values))}"
    yield ""


def _cost(cost: Cost, change: CostChange | None) -> Iterator[str]:
    """What the change costs a month, resource by resource; then the whole by layer, and what has no known price."""
    yield "### Cost" if change is None else f"### Cost ({change.monthly:+,.2f} USD a month)"
    yield ""
    if change is not None:
        yield f"Idle, from {change.before:,.2f} to {change.after:,.2f} USD a month."
        for step in change.steps:
            gaps = f": {'; '.join(map(code, step.gaps))}" if step.gaps else ""
            yield f"- {step.said}: {code(step.name)} {code(step.type)}{gaps}"
        yield ""
    layers = ", ".join(f"{code(layer or '(none)')} {usd:,.2f}" for layer, usd in cost.by_layer.items() if usd)
    where = f" The estate is in {code(cost.region)}, where prices differ." if cost.elsewhere else ""
    yield (
        f"While nobody uses it: **{cost.idle:,.2f} USD a month** at list prices of {REGION}: "
        f"{layers or 'nothing'}.{where}"
    )
    yield ""
    for group in cost.node_groups:
        if group.gpu_hour is not None:
            most = " at most (spot)" if group.spot else ""
            yield (
                f"- A GPU's hour in {code(group.name)}: {group.gpu_hour:,.4f} USD{most}, "
                f"{group.minimum} to {group.maximum} nodes {code(group.instance_type)}"
            )
    for (type, why), names in cost.unknown.items():
        yield f"- No known price: {code(type)} {', '.join(map(code, names))}: {code(why)}"
    for warning in cost.warnings:
        yield f"- **Warning**: {code(warning)}"
    yield ""


def _violations(violations: Sequence[Document], difference: Difference | None) -> Iterator[str]:
    yield f"### Violations ({len(violations)})"
    yield ""
    if not violations:
        yield "None."
    for severity in reversed(SEVERITIES):
        found = [each for each in violations if each["severity"] == severity]
        if not found:
            continue
        yield f"**{severity}** ({len(found)})"
        yield ""
        for each in found:
            new = " **new**" if difference is not None and difference.is_new(each) else ""
            name = each["urn"].rpartition("::")[2]
            yield f"- {code(name)} {code(each['rule'])}{new}: {code(each['message'], 400)}"
            yield f"  - fix: {code(each['fix'], 400)}"
        yield ""
