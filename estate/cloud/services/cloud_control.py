"""Cloud Control: resources of CloudFormation types, by their desired state. moto has none of it.

Every request ends at once. What is made is kept; only where a type has a `Native` does its own service know of it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import PARTITION, Account, now, token
from estate.cloud.services.wire import AwsError, Params, Table
from estate.plan.declared import Where, completed
from estate.plan.desired import INPUT, answered, changed_for_good, identifier, leaves, named

PAGE = 20
ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
KEY = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/.+")
SUBNET, GROUP = re.compile(r"subnet-[0-9a-f]+"), re.compile(r"sg-[0-9a-f]+")


@dataclass(frozen=True)
class Native:
    """What a type's own service does when one is made, changed and removed: it refuses by AwsError."""

    make: Callable[[Params], object]
    remove: Callable[[Params], object] = lambda properties: None


@dataclass
class Declared:
    properties: Params
    type: str


class CloudControl:
    def __init__(self, account: Account, native: Mapping[str, Native] | None = None) -> None:
        self._account = account
        self._native = native or {}  # by type; others show nowhere else
        self._kept: dict[tuple[str, str], Declared] = {}  # by type and identifier
        self._events: dict[str, Params] = {}  # by request token

    def register(self, table: Table) -> None:
        table.add(
            "cloudcontrolapi",
            (
                self.create_resource,
                self.get_resource,
                self.update_resource,
                self.delete_resource,
                self.list_resources,
                self.get_resource_request_status,
                self.list_resource_requests,
            ),
        )

    def content(self) -> dict[str, frozenset[str]]:
        """Identifiers of what exists, by type."""
        types = {type for type, _ in self._kept}
        return {type: frozenset(id for other, id in self._kept if other == type) for type in types}

    def create_resource(self, params: Params) -> Params:
        type = params["TypeName"]
        state = self._valid(type, params["DesiredState"])
        self._check_references(state)
        account = self._account
        where = Where(account.account_id, account.region, PARTITION, _moment(now()))
        with account.lock:
            for (other, id), kept in self._kept.items():
                same = [name for name in named(type, state, account.region) if kept.properties.get(name) == state[name]]
                if other == type and same:
                    raise AwsError("AlreadyExistsException", f"{type} with {same[0]} {state[same[0]]} exists: {id}.")
            properties = completed(type, state, where, lambda name: token(12))
            id = identifier(type, properties, account.region)
            if (type, id) in self._kept:
                raise AwsError("AlreadyExistsException", f"{type} {id} exists.")
            self._natively(type, "make", state)
            self._kept[type, id] = Declared(properties, type)
        return self._done("CREATE", type, id)

    def get_resource(self, params: Params) -> Params:
        kept = self._find(params)
        return {"TypeName": kept.type, "ResourceDescription": self._described(params["Identifier"], kept)}

    def update_resource(self, params: Params) -> Params:
        import jsonpatch  # moto's and cfn-lint's; only updates need it

        type, region = params["TypeName"], self._account.region
        with self._account.lock:
            kept = self._find(params)
            try:
                after = jsonpatch.apply_patch(kept.properties, params["PatchDocument"])
            except (jsonpatch.JsonPatchException, ValueError) as error:
                raise AwsError("InvalidRequestException", f"The patch cannot be applied: {error}") from None
            for path in changed_for_good(type, kept.properties, after, region):
                raise AwsError("NotUpdatableException", f"Property {path} of {type} is create-only.")
            fixed = {name: value for name, value in after.items() if name not in self._own(kept)}
            state = self._valid(type, json.dumps(fixed))
            self._check_references(state)
            kept.properties = {**after, **state}
        return self._done("UPDATE", type, params["Identifier"])

    def delete_resource(self, params: Params) -> Params:
        with self._account.lock:
            self._natively(params["TypeName"], "remove", self._find(params).properties)
            del self._kept[params["TypeName"], params["Identifier"]]
        return self._done("DELETE", params["TypeName"], params["Identifier"])

    def list_resources(self, params: Params) -> Params:
        found = sorted((id, kept) for (type, id), kept in self._kept.items() if type == params["TypeName"])
        start = params.get("NextToken", "0")
        if not start.isdecimal():
            raise AwsError("ValidationException", "The token of the next page is not valid.")
        end = int(start) + params.get("MaxResults", PAGE)
        more = {"NextToken": str(end)} if end < len(found) else {}
        shown = [self._described(id, kept) for id, kept in found[int(start) : end]]
        return {"TypeName": params["TypeName"], "ResourceDescriptions": shown, **more}

    def get_resource_request_status(self, params: Params) -> Params:
        event = self._events.get(params["RequestToken"])
        if event is None:
            raise AwsError("RequestTokenNotFoundException", f"Request {params['RequestToken']} does not exist.")
        return {"ProgressEvent": event}

    def list_resource_requests(self, params: Params) -> Params:
        asked = params.get("ResourceRequestStatusFilter", {})
        wanted = {"Operation": asked.get("Operations"), "OperationStatus": asked.get("OperationStatuses")}
        found = [
            event
            for event in self._events.values()
            if all(allowed is None or event[name] in allowed for name, allowed in wanted.items())
        ]
        return {"ResourceRequestStatusSummaries": found[: params.get("MaxResults", PAGE)]}

    # --- the steps of the above

    def _find(self, params: Params) -> Declared:
        kept = self._kept.get((params["TypeName"], params["Identifier"]))
        if kept is None:
            text = f"Resource of type '{params['TypeName']}' with identifier '{params['Identifier']}' was not found."
            raise AwsError("ResourceNotFoundException", text)
        return kept

    def _natively(self, type: str, what: str, properties: Params) -> None:
        """Asks the type's own service, where one does more than keep. Raises AwsError as Cloud Control tells it."""
        if type not in self._native:
            return
        try:
            getattr(self._native[type], what)(properties)
        except AwsError as error:
            raise AwsError("GeneralServiceException", error.message) from None

    def _valid(self, type: str, text: str) -> Params:
        wrong = [leaf for leaf in leaves(type, text, self._account.region) if leaf.allowed is not None]
        if any(leaf.path == "typeName" for leaf in wrong):
            raise AwsError("TypeNotFoundException", f"The type '{type}' cannot be found.")
        if wrong:
            said = "; ".join(f"#{leaf.path.removeprefix(INPUT).replace('.', '/')}: {leaf.allowed}" for leaf in wrong)
            raise AwsError("ValidationException", f"Model validation failed ({said})")
        return json.loads(text)

    def _own(self, kept: Declared) -> set[str]:
        """Properties at the top that AWS alone writes."""
        wrong = leaves(kept.type, json.dumps(kept.properties), self._account.region)
        read_only = (leaf.path for leaf in wrong if leaf.allowed == "AWS alone writes it")
        return {path.removeprefix(f"{INPUT}.").partition(".")[0].partition("[")[0] for path in read_only}

    def _check_references(self, state: Any) -> None:
        """Roles, keys, subnets and security groups of this account that are named exist."""
        mine = f":{self._account.account_id}:"
        try:
            for text in _texts(state):
                if ROLE.fullmatch(text) and mine in text:
                    if all(role.arn != text for role in self._account.backend("iam").roles.values()):
                        raise checks.invalid(f"The role {text} does not exist")
                elif KEY.fullmatch(text) and mine in text:
                    checks.key(self._account, text)
                elif SUBNET.fullmatch(text):
                    checks.network(self._account, {"Subnets": [text], "SecurityGroupIds": []})
                elif GROUP.fullmatch(text):
                    checks.network(self._account, {"Subnets": [], "SecurityGroupIds": [text]})
        except AwsError as error:
            raise AwsError("InvalidRequestException", error.message) from None

    def _described(self, id: str, kept: Declared) -> Params:
        shown = answered(kept.type, kept.properties, self._account.region)
        return {"Identifier": id, "Properties": json.dumps(shown, sort_keys=True)}

    def _done(self, operation: str, type: str, id: str) -> Params:
        event = {
            "TypeName": type,
            "Identifier": id,
            "RequestToken": token(32),
            "Operation": operation,
            "OperationStatus": "SUCCESS",
            "EventTime": now(),
        }
        self._events[event["RequestToken"]] = event
        return {"ProgressEvent": event}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
