"""Plots of the report page, as Plotly's HTML. Colours read on light and dark ground; text takes the page's colour."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

GREY, ORANGE, GREEN, RED = "#7a8699", "#e8590c", "#2f9e44", "#e03131"
ANSWERS = (("old", "old version", GREY), ("new", "new version", GREEN), ("failed", "failed", RED))
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"}
ROW_PX = 26


def distributions(noted: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """A histogram of every drifted feature: the training rows' share beside the live traffic's."""
    figures = []
    for model, features in noted.items():
        import plotly.graph_objects as go

        for name, found in features.items():
            figure = go.Figure(
                [
                    go.Bar(x=found["centres"], y=found["baseline"], name="trained on", marker_color=GREY),
                    go.Bar(x=found["centres"], y=found["live"], name="live traffic", marker_color=ORANGE),
                ]
            )
            figure.update_layout(barmode="overlay", yaxis_title="share of rows", xaxis_title=name)
            figure.update_traces(opacity=0.65)
            chance = f"= {found['p_value']:.2g}" if found["p_value"] > 0 else "< 1e-300"
            figures.append({"title": f"{model}: {name}", "aside": f"p {chance}", "html": _html(figure, 260)})
    return figures


def rollouts(noted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Requests of every rollout over time, by who answered them."""
    drawn = []
    for each in noted:
        import plotly.graph_objects as go

        figure = go.Figure(
            [
                go.Bar(x=each["seconds"], y=each[key], name=name, marker_color=colour)
                for key, name, colour in ANSWERS
                if any(each[key])
            ]
        )
        figure.update_layout(barmode="stack", yaxis_title="requests in half a second", xaxis_title="seconds")
        title = f"{each['model']}: {each['stage']}"
        drawn.append({"title": title, "aside": "", "html": _html(figure, 300), "statuses": each["statuses"]})
    return drawn


def alarms(history: Sequence[Mapping[str, Any]], began: datetime, ended: datetime) -> str:
    """When which alarm was on: a bar from going off to recovering. Empty where none was ever on."""
    bars = spells(history, ended)
    if not bars:
        return ""
    import plotly.graph_objects as go

    names = list(dict.fromkeys(name for name, _, _ in bars))[::-1]
    figure = go.Figure(
        go.Bar(
            y=[name for name, _, _ in bars],
            base=[(start - began).total_seconds() for _, start, _ in bars],
            x=[max(0.3, (end - start).total_seconds()) for _, start, end in bars],
            orientation="h",
            marker_color=RED,
            hovertemplate="%{y}: from %{base:.1f} s, for %{x:.1f} s<extra></extra>",
        )
    )
    figure.update_layout(xaxis_title="seconds since the rehearsal began", showlegend=False)
    figure.update_xaxes(range=[0, (ended - began).total_seconds()])
    figure.update_yaxes(categoryorder="array", categoryarray=names, automargin=True, ticksuffix=" ")
    figure.update_traces(width=0.5)
    return _html(figure, 70 + ROW_PX * len(names))


def spells(history: Sequence[Mapping[str, Any]], ended: datetime) -> list[tuple[str, datetime, datetime]]:
    """Name, start and end of every time that an alarm was on; one that never recovered is on until `ended`."""
    since: dict[str, datetime] = {}
    found = []
    for each in sorted(history, key=lambda change: change["at"]):
        name, at = each["alarm"], datetime.fromisoformat(each["at"])
        if each["state"] == "ALARM":
            since.setdefault(name, at)
        elif name in since:
            found.append((name, since.pop(name), at))
    found += [(name, start, ended) for name, start in since.items()]
    return sorted(found, key=lambda spell: spell[1])


def _html(figure: Any, height: int) -> str:
    figure.update_layout(
        bargap=0,
        height=height,
        margin={"l": 55, "r": 10, "t": 30, "b": 45},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        template="none",
        legend=LEGEND,
        font={"size": 12},
    )
    return figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        default_width="100%",
        default_height=f"{height}px",
        config={"displayModeBar": False, "responsive": True},
    )


def library() -> str:
    """Plotly's own script, so that the page needs no network."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()
