"""The report: one HTML file that needs no network."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from estate.rehearsal.stage import Report
from estate.rehearsal.summary import summary

FILE = "index.html"


def write_page(report: Report, folder: Path) -> Path:
    """Writes the page into `folder`, which is made where it is missing; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=PackageLoader("estate.rehearsal", "templates"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("report.html").render(
        environment=report.environment,
        seconds=report.seconds,
        failed=report.failed,
        outcomes=[{**outcome.to_json(), "summary": summary(outcome.evidence)} for outcome in report.outcomes],
        evidence={outcome.name: outcome.evidence for outcome in report.outcomes},
        notes=report.notes,
        figures=_figures(report.notes),
        rollouts=_rollouts(report.notes),
        plotly=_plotly(report.notes),
    )
    file = folder / FILE
    file.write_text(page)
    return file


def _plotly(notes: dict[str, Any]) -> str:
    if not notes.get("distributions") and not notes.get("rollouts"):
        return ""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _figures(notes: dict[str, Any]) -> list[dict[str, str]]:
    """A histogram of every drifted feature: the training rows' share beside the live traffic's."""
    figures = []
    for model, features in notes.get("distributions", {}).items():
        import plotly.graph_objects as go

        for name, found in features.items():
            figure = go.Figure(
                [
                    go.Bar(x=found["centres"], y=found["baseline"], name="trained on", marker_color="#7a8699"),
                    go.Bar(x=found["centres"], y=found["live"], name="live traffic", marker_color="#d9480f"),
                ]
            )
            figure.update_layout(
                barmode="overlay",
                bargap=0,
                template="plotly_white",
                height=240,
                margin={"l": 55, "r": 10, "t": 10, "b": 30},
                yaxis_title="share of rows",
                legend={"orientation": "h", "y": 0.99, "yanchor": "top", "x": 1, "xanchor": "right"},
            )
            figure.update_traces(opacity=0.65)
            figures.append(
                {
                    "title": f"{model}: {name}",
                    "p_value": f"= {found['p_value']:.2g}" if found["p_value"] > 0 else "< 1e-300",
                    "html": figure.to_html(
                        full_html=False,
                        include_plotlyjs=False,
                        default_width="100%",
                        default_height="240px",
                        config={"displayModeBar": False, "responsive": True},
                    ),
                }
            )
    return figures


def _rollouts(notes: dict[str, Any]) -> list[dict[str, Any]]:
    """Requests of every rollout over time, by who answered them."""
    drawn = []
    for noted in notes.get("rollouts", []):
        import plotly.graph_objects as go

        looks = (("old", "old version", "#7a8699"), ("new", "new version", "#2b8a3e"), ("failed", "failed", "#c92a2a"))
        bars = [
            go.Bar(x=noted["seconds"], y=noted[key], name=name, marker_color=colour)
            for key, name, colour in looks
            if any(noted[key])
        ]
        figure = go.Figure(bars)
        figure.update_layout(
            title=f"{noted['model']}: {noted['stage']}",
            barmode="stack",
            bargap=0,
            template="plotly_white",
            height=300,
            margin={"l": 40, "r": 10, "t": 40, "b": 40},
            yaxis_title="requests in half a second",
            xaxis_title="seconds",
            legend={"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        )
        html = figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
        drawn.append({"html": html, "statuses": noted["statuses"]})
    return drawn
