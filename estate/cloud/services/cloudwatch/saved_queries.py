"""Saved queries of CloudWatch Logs Insights: put, listed, deleted. moto has none of them. None is run."""

import uuid

from estate.cloud.services.account import Account, now
from estate.cloud.services.wire import AwsError, Params, Table

MOST = 1000  # definitions an account and region; service quotas of CloudWatch Logs
PAGE = 1000


class SavedQueries:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._kept: dict[str, Params] = {}  # by id

    def register(self, table: Table) -> None:
        table.add("logs", (self.put_query_definition, self.describe_query_definitions, self.delete_query_definition))
        table.add("logs", (self.start_query,))

    def content(self) -> frozenset[str]:
        return frozenset(self._kept)

    def put_query_definition(self, params: Params) -> Params:
        """With an id, everything of that definition is replaced; without one, a definition is made."""
        with self._account.lock:
            id = params.get("queryDefinitionId")
            if id is not None and id not in self._kept:
                raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
            if id is None and len(self._kept) >= MOST:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            id = id or str(uuid.uuid4())
            self._kept[id] = {
                "queryLanguage": params.get("queryLanguage", "CWLI"),
                "queryDefinitionId": id,
                "name": params["name"],
                "queryString": params["queryString"],
                "lastModified": int(now().timestamp() * 1000),
                "logGroupNames": params.get("logGroupNames", []),
            }
            return {"queryDefinitionId": id}

    def describe_query_definitions(self, params: Params) -> Params:
        prefix, start = params.get("queryDefinitionNamePrefix", ""), params.get("nextToken", "0")
        if not start.isdecimal():
            raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
        with self._account.lock:
            found = sorted(
                (one for one in self._kept.values() if one["name"].startswith(prefix)), key=lambda one: one["name"]
            )
        end = int(start) + params.get("maxResults", PAGE)
        more = {"nextToken": str(end)} if end < len(found) else {}
        return {"queryDefinitions": found[int(start) : end], **more}

    def delete_query_definition(self, params: Params) -> Params:
        with self._account.lock:
            if self._kept.pop(params["queryDefinitionId"], None) is None:
                raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
            return {"success": True}

    def start_query(self, params: Params) -> Params:
        """moto passes over every filter and statistic, and would answer with what was not asked for."""
        raise AwsError("NotImplemented", "not emulated: queries of CloudWatch Logs Insights are kept, none is run", 501)
