"""Records in DynamoDB, written under conditions: what two invocations would do to one record happens one by one.

One table, keys `pk` and `sk`:

    incident  <id>      the record, its observations, what was gathered; `version`
    state     index     incidents that are open or were until lately; `version`
    seen      <key>     an observation that was taken: a second delivery finds it
    change    <at>#<id> a deployment, as `estate record` wrote it
    graph     current   the dependency graph, gzipped JSON
    action    <incident>#<kind>#<target>  an action that was begun: there is no second one
    limit     <kind>    what was done lately, for rates and blast radius; `version`
"""

import json
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

ATTEMPTS = 12
T = TypeVar("T")
Item = dict[str, Any]


class Conflict(Exception):
    """Somebody else changed a record in between; read it again."""


class Duplicate(Exception):
    """What was to be put once is there already."""


class Store:
    """`client` is DynamoDB's."""

    def __init__(self, table: str, client: Any) -> None:
        self.table = table
        self._client = client

    def get(self, pk: str, sk: str) -> tuple[Item, int] | None:
        """The body of a record and its version."""
        found = self._client.get_item(TableName=self.table, Key=_key(pk, sk), ConsistentRead=True).get("Item")
        return (json.loads(found["body"]["S"]), int(found["version"]["N"])) if found else None

    def graph(self) -> bytes | None:
        """The dependency graph, as it was packed."""
        found = self._client.get_item(TableName=self.table, Key=_key("graph", "current")).get("Item")
        return found["packed"]["B"] if found else None

    def latest(self, pk: str, since: str, limit: int) -> list[Item]:
        """Bodies of the newest records whose sort key is not below `since`, newest first."""
        found = self._client.query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND sk >= :since",
            ExpressionAttributeValues={":pk": {"S": pk}, ":since": {"S": since}},
            ScanIndexForward=False,
            Limit=limit,
        )
        return [json.loads(item["body"]["S"]) for item in found["Items"]]

    def write(self, *puts: Item) -> None:
        """All or none. Raises Duplicate where a record that must be new exists, and Conflict for an old version."""
        try:
            self._client.transact_write_items(TransactItems=[{"Put": {"TableName": self.table, **put}} for put in puts])
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("TransactionCanceledException", "TransactionConflictException"):
                raise
            reasons = [each.get("Code") for each in error.response.get("CancellationReasons", [])]
            if any(
                r == "ConditionalCheckFailed" and p["Item"]["pk"]["S"] in ONCE
                for r, p in zip(reasons, puts, strict=False)
            ):
                raise Duplicate from None
            # DynamoDB calls a part that was in order "none", or leaves its code out.
            faults = {code for code in reasons if code and code.lower() != "none"}
            if faults <= {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from None
            raise

    def once(self, pk: str, sk: str, body: Item) -> bool:
        """Puts a record that is not there yet; whether this call did."""
        try:
            self.write(new(pk, sk, body))
        except (Duplicate, Conflict):
            return False
        return True


ONCE = ("seen", "action")


def new(pk: str, sk: str, body: Item) -> Item:
    """A put of a record that must not exist."""
    return {"Item": _item(pk, sk, body, 1), "ConditionExpression": "attribute_not_exists(pk)"}


def next_version(pk: str, sk: str, body: Item, version: int) -> Item:
    """A put that replaces `version` of a record; 0 where it must not exist."""
    if version == 0:
        return new(pk, sk, body)
    return {
        "Item": _item(pk, sk, body, version + 1),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def retried(work: Callable[[], T]) -> T:
    """Runs `work` until it meets no conflict. Raises Conflict after ATTEMPTS."""
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except Conflict:
            # Whoever lost steps back for a moment of random length, so that not all meet again.
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311
    raise Conflict(f"{ATTEMPTS} attempts met a newer version each time")


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(pk: str, sk: str, body: Item, version: int) -> Item:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**_key(pk, sk), "version": {"N": str(version)}, "body": {"S": text}}
