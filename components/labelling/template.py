"""The page on which a person labels one row, in the template language of SageMaker's human tasks (Liquid)."""

from collections.abc import Sequence
from html import escape

from contracts.workload import Column, ColumnType, Workload

ELEMENTS = "https://assets.crowd.aws/crowd-html-elements.js"


class PageError(ValueError):
    """A page cannot be made of a workload's contract. Says which column, and why."""


def shown_columns(workload: Workload, wanted: Sequence[str] | None = None) -> list[str]:
    """Columns that a person gets to see: `wanted`, by default those that features are made of and no time or key.

    Raises PageError for a column that the contract does not have, for the outcome itself, and for personal data.
    """
    data = workload.data
    hidden = {data.key, data.event_time, data.label, data.label_time, data.arrival_time}
    if wanted is None:
        return [name for name, column in data.columns.items() if name not in hidden and not column.pii]
    for name in wanted:
        if name not in data.columns:
            raise PageError(f"{name} is no column of {workload.name}; columns are {', '.join(data.columns)}")
        if name in (data.label, data.label_time):
            raise PageError(f"{name} is what the people are asked; leave it out")
        if data.columns[name].pii:
            raise PageError(f"{name} is personal data, and is shown to nobody")
    return list(wanted)


def page(workload: Workload, title: str, instructions: str, columns: Sequence[str]) -> str:
    """HTML of the task: the row's columns with what they mean, and one answer of the label's type.

    Values of the row come as `task.input.row`, and Liquid escapes them.
    """
    described = workload.data.columns
    rows = "\n".join(
        f"      <tr><th>{escape(described[name].description)}</th>"
        f"<td>{{{{ task.input.row.{name} | escape }}}}</td></tr>"
        for name in columns
    )
    return f"""<script src="{ELEMENTS}"></script>
<crowd-form>
  <h2>{escape(title)}</h2>
  <p>{escape(instructions)}</p>
  <table>
{rows}
  </table>
  <p>{escape(described[workload.data.label].description)}</p>
{_answer(workload.data.label, described[workload.data.label])}
</crowd-form>
"""


def _answer(label: str, column: Column) -> str:
    """A choice where the contract knows all answers, else a field."""
    choices = _choices(column)
    if choices is not None:
        buttons = "\n".join(
            f'    <crowd-radio-button name="{escape(label)}-{escape(choice)}" value="{escape(choice)}">'
            f"{escape(choice)}</crowd-radio-button>"
            for choice in choices
        )
        return f"  <crowd-radio-group>\n{buttons}\n  </crowd-radio-group>"
    numeric = column.type in (ColumnType.INTEGER, ColumnType.NUMBER)
    bounds = "".join(
        f' {name}="{value:g}"'
        for name, value in (("min", column.minimum), ("max", column.maximum))
        if numeric and value is not None
    )
    kind = "number" if numeric else "text"
    return f'  <crowd-input name="{escape(label)}" type="{kind}"{bounds} required></crowd-input>'


def _choices(column: Column) -> list[str] | None:
    if column.allowed is not None:
        return list(column.allowed)
    if column.type is ColumnType.BOOLEAN:
        return ["false", "true"]
    if column.type is ColumnType.INTEGER and (column.minimum, column.maximum) == (0, 1):
        return ["0", "1"]
    return None
