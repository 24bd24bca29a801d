"""The table of incidents, read and written by commands; pipelines/handlers/operations/store.py says what is in it."""

import json
from typing import Any

from botocore.exceptions import ClientError

from components.incidents.incident_table import table_name
from estate.release.account import Estate, ReleaseError


class Records:
    """Raises ReleaseError where the environment has no table."""

    def __init__(self, estate: Estate) -> None:
        self.table = table_name(estate.environment.placement)
        self._name = estate.settings.environment
        self._client = estate.client("dynamodb")

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        """The item, with DynamoDB's types."""
        return self._asked(self._client.get_item, Key=_key(pk, sk), ConsistentRead=True).get("Item")

    def bodies(self, pk: str) -> list[dict[str, Any]]:
        """Bodies of all records of a kind, in the order of their sort keys."""
        found: list[dict[str, Any]] = []
        request: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        while True:
            page = self._asked(self._client.query, **request)
            found += [json.loads(item["body"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def write(self, *puts: dict[str, Any]) -> bool:
        """All or none; whether the puts' conditions held."""
        items = [{"Put": {"TableName": self.table, **put}} for put in puts]
        try:
            self._client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("TransactionCanceledException", "TransactionConflictException"):
                return False
            raise self._missing(error) from None
        return True

    def _asked(self, call: Any, **request: Any) -> dict[str, Any]:
        try:
            return call(TableName=self.table, **request)
        except ClientError as error:
            raise self._missing(error) from None

    def _missing(self, error: ClientError) -> Exception:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            return error
        return ReleaseError(
            f"{self._name} has no table {self.table}; deploy its layer `operations` first (mlops-estate:layers)"
        )


def item(pk: str, sk: str, body: dict[str, Any], version: int = 1) -> dict[str, Any]:
    """A record as DynamoDB takes it."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**_key(pk, sk), "version": {"N": str(version)}, "body": {"S": text}}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
