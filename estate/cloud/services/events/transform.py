"""What of an event a target of a rule gets: all of it, a part, a constant, or a template filled in."""

import json
import re
from collections.abc import Mapping
from typing import Any

from estate.cloud.services.pipelines.values import Unresolved, follow
from estate.cloud.services.wire import Params

PLACEHOLDER = re.compile(r"<([^<>\s]+)>")


def target_input(target: Mapping[str, Any], event: Params, rule_arn: str) -> str:
    """The text that the target is given."""
    if target.get("Input"):
        return target["Input"]
    if target.get("InputPath"):
        return json.dumps(at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer:
        values = {name: at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
        values |= {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_arn.rpartition("/")[2],
            "aws.events.event.ingestion-time": event["time"],
            "aws.events.event": event,
            "aws.events.event.json": event,
        }
        return fill(transformer["InputTemplate"], values)
    return json.dumps(event)


def at(event: Params, path: str) -> Any:
    """The part of an event that a JSON path names; None where there is none."""
    plain = path.removeprefix("$").removeprefix(".")
    try:
        return follow(event, plain, path) if plain else event
    except Unresolved:
        return None


def fill(template: str, values: Mapping[str, Any]) -> str:
    """A template whose `<name>`s are replaced: inside a text by text, elsewhere by JSON."""

    def replace(match: re.Match[str]) -> str:
        value = values.get(match[1], "")
        quotes = template[: match.start()].count('"') - template[: match.start()].count('\\"')
        if quotes % 2 == 0:
            return json.dumps(value)
        return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]

    return PLACEHOLDER.sub(replace, template)
