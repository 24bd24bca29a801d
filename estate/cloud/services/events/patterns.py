"""TestEventPattern of EventBridge: whether a rule with a pattern would match an event. moto answers nothing."""

import json

from estate.cloud.services.events import event_patterns, event_rules
from estate.cloud.services.wire import AwsError, Params, Table

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
MANDATORY = ("id", "account", "source", "time", "region", "resources", "detail-type")


class Patterns:
    def register(self, table: Table) -> None:
        table.add("events", (self.test_event_pattern,))

    def test_event_pattern(self, params: Params) -> Params:
        try:
            event = json.loads(params["Event"])
        except ValueError:
            raise AwsError("InvalidEventPatternException", "Parameter Event is not valid.") from None
        missing = [name for name in MANDATORY if not isinstance(event, dict) or name not in event]
        if missing:
            raise AwsError("ValidationException", f"Parameter Event is not valid. It lacks: {', '.join(missing)}")
        return {"Result": event_patterns.matches(event_rules.pattern(params["EventPattern"]), event)}
