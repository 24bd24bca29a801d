"""Where Lambda sends what became of an asynchronous invocation: destinations, or a dead-letter queue."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from estate.cloud.services.account import Account, now


class Ends:
    """`invoke` invokes another function asynchronously, by its ARN."""

    def __init__(self, account: Account, invoke: Callable[[str, bytes], None]) -> None:
        self._account = account
        self._invoke = invoke
        self._dead_letters: dict[str, str] = {}  # by function: moto drops its DeadLetterConfig

    def remember(self, name: str, arn: str | None) -> None:
        self._dead_letters.pop(name, None)
        if arn:
            self._dead_letters[name] = arn

    def tell(
        self, function: Any, settings: dict[str, Any], event: bytes, payload: bytes, error: str, attempts: int, why: str
    ) -> None:
        """`why` is Success, RetriesExhausted or EventAgeExceeded, as Lambda's records name them."""
        side = "OnSuccess" if why == "Success" else "OnFailure"
        destination = settings.get("DestinationConfig", {}).get(side, {}).get("Destination")
        dead_letters = self._dead_letters.get(function.function_name)
        if destination:
            record: dict[str, Any] = {
                "version": "1.0",
                "timestamp": now().isoformat(),
                "requestContext": {
                    "requestId": str(uuid.uuid4()),
                    "functionArn": f"{function.function_arn}:$LATEST",
                    "condition": why,
                    "approximateInvokeCount": attempts,
                },
                "requestPayload": json.loads(event or b"{}"),
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
                "responsePayload": json.loads(payload or b"null"),
            }
            if error:
                record["responseContext"]["functionError"] = error
            self._send(destination, record, side)
        elif dead_letters and why != "Success":
            self._send(dead_letters, event.decode(), side)

    def _send(self, arn: str, what: dict[str, Any] | str, side: str) -> None:
        """With the function's own rights, so no resource policy is asked."""
        text = what if isinstance(what, str) else json.dumps(what)
        if ":sqs:" in arn:
            sqs = self._account.client("sqs")
            url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=text)
        elif ":sns:" in arn:
            self._account.client("sns").publish(TopicArn=arn, Message=text)
        elif ":lambda:" in arn:
            self._invoke(arn, text.encode())
        elif ":events:" in arn and isinstance(what, dict):
            kind = "Success" if side == "OnSuccess" else "Failure"
            name, bus = f"Lambda Function Invocation Result - {kind}", arn.rpartition("/")[2]
            entry = {"Source": "lambda", "DetailType": name, "Detail": text, "EventBusName": bus}
            resources = [what["requestContext"]["functionArn"]]
            self._account.client("events").put_events(Entries=[{**entry, "Resources": resources}])
