"""One page of all findings of a run: a file of its own, without script and without network."""

from collections.abc import Mapping, Sequence
from html import escape

from pipelines.monitors.figures import Bars
from pipelines.monitors.findings import Finding, Status
from pipelines.monitors.svg import draw

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #1c2430; --faint: #5b6675; --line: #d5dbe3;
  --before: #8b97a8; --now: #1971c2; --outside: #c92a2a; --allowed: #2b8a3e33; --good: #2b8a3e; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161c; --text: #e6eaf0; --faint: #9aa6b5; --line: #2d3642;
  --before: #6d7a8c; --now: #4dabf7; --outside: #ff6b6b; --allowed: #51cf6633; --good: #51cf66; } }
body { background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; max-width: 60rem;
  margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; }
h3 { font-size: .95rem; margin: 0; } p { margin: .2rem 0; } .faint { color: var(--faint); font-size: .85rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; } caption { text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; }
.clean { color: var(--good); } .violated { color: var(--outside); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.2rem; }
figure { margin: 0; } figure svg { width: 100%; height: auto; display: block; }
.before { fill: var(--before); } rect.now, circle.now { fill: var(--now); } line.now { stroke: var(--now); }
circle.outside { fill: var(--outside); } line.outside { stroke: var(--outside); } line { stroke-width: 2; }
line.axis { stroke: var(--line); stroke-width: 1; } .allowed { fill: var(--allowed); }
text { fill: var(--faint); font-size: 11px; } text.name { fill: var(--text); font-size: 12px; }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em; }
"""


def render(model: str, facts: Mapping[str, str], findings: Sequence[Finding]) -> str:
    """`facts` stand below the title, such as the release and the window of time."""
    rows = "".join(
        f"<tr><th scope='row'><a href='#{found.monitor}'>{escape(found.monitor)}</a></th>"
        f"<td class='{_class(found)}'>{escape(found.status)}</td><td>{found.rows:,}</td>"
        f"<td>{escape(_short(found.reason))}</td></tr>"
        for found in findings
    )
    known = "; ".join(f"{escape(name)} {escape(value)}" for name, value in facts.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(model)}: monitors</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(model)}</h1><p class='faint'>{known}</p>"
        "<table><caption class='faint'>What was watched in this run</caption><thead><tr><th>monitor</th>"
        f"<th>verdict</th><th>rows</th><th>why</th></tr></thead><tbody>{rows}</tbody></table>"
        + "".join(map(_section, findings))
        + "</body></html>\n"
    )


def _section(found: Finding) -> str:
    if not found.figures and not found.violations:
        return ""
    listed = "".join(f"<li>{escape(_told(item))}</li>" for item in found.violations)
    legend = (
        '<p class="faint"><span class="key" style="background:var(--before)"></span>baseline'
        '<span class="key" style="background:var(--now)"></span>live</p>'
        if any(isinstance(figure, Bars) for figure in found.figures)
        else ""
    )
    drawn = "".join(
        f"<figure><h3>{escape(figure.title)}</h3>{draw(figure)}"
        f"<figcaption class='faint'>{escape(figure.note)}</figcaption></figure>"
        for figure in found.figures
    )
    return (
        f"<section id='{found.monitor}'><h2>{escape(found.monitor)}: "
        f"<span class='{_class(found)}'>{escape(found.status)}</span></h2>"
        f"<ul>{listed}</ul>{legend}<div class='figures'>{drawn}</div></section>"
    )


def _told(violation: Mapping[str, object]) -> str:
    about = violation.get("feature_name") or violation.get("facet")
    return f"{about}: {violation['description']}" if about else str(violation["description"])


def _class(found: Finding) -> str:
    return {Status.CLEAN: "clean", Status.VIOLATED: "violated"}.get(found.status, "faint")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
