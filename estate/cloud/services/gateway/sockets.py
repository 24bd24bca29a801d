"""WebSocket APIs of API Gateway: connections, the routes of their messages, and what is sent back over them.

No socket is opened: the server speaks plain HTTP. `Sockets.connect` stands for a client's upgrade, and a `Connection`
for its end of the line. Functions send back through the management API, `/_apigw/<api id>/<stage>/@connections/<id>`,
which a function's own environment leads to.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from estate.cloud.services.account import Account, now, token
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.gateway.api_callers import Refused, signed
from estate.cloud.services.gateway.proxying import Failed, call_function
from estate.cloud.services.wire import MountCall, Params, RestAnswer, Table

PLACE = re.compile(r"/_apigw/(?P<api>[^/]+)/(?P<stage>[^/]+)/@connections/(?P<id>[^/]+)")
SELECTION = re.compile(r"\$request\.body\.(\w+)")


@dataclass
class Connection:
    """One client's line: what it sends, and what it has got."""

    api: Any
    stage: str
    id: str
    caller: Params
    sockets: "Sockets"
    received: list[bytes] = field(default_factory=list)
    open: bool = True

    def send(self, message: str) -> None:
        """Sends a message; what comes of it is in `received` when this returns."""
        self.sockets.message(self, message)

    def close(self) -> None:
        self.sockets.close(self)


class Sockets:
    def __init__(self, account: Account, functions: Functions) -> None:
        self._account = account
        self._functions = functions
        self._connections: dict[str, Connection] = {}

    def register(self, table: Table) -> None:
        table.mounts.insert(0, (lambda call: PLACE.fullmatch(unquote(call.path)) is not None, self._managed))

    def connect(self, url: str, headers: Mapping[str, str]) -> Connection:
        """What a client gets that asks for an upgrade of `url`, `.../_apigw/<api id>/<stage>`. Raises Refused."""
        *_, id, stage = url.partition("?")[0].rstrip("/").split("/")
        api = self._account.backend("apigatewayv2").apis.get(id)
        if api is None or api.protocol_type != "WEBSOCKET" or stage not in api.stages:
            raise Refused(403, "Forbidden")
        route = _route(api, "$connect")
        caller: Params = {}
        if route is not None and (route.authorization_type or "NONE") == "AWS_IAM":
            small = {name.lower(): value for name, value in headers.items()}
            small.setdefault("host", url.split("/")[2])
            caller = signed(self._account, "GET", url, small, b"")
        elif route is not None and (route.authorization_type or "NONE") != "NONE":
            raise Refused(500, f"not emulated: authorization {route.authorization_type}")
        made = Connection(api, stage, token(16), caller, self)
        if route is not None:
            try:
                answer = json.loads(self._run(made, route, "CONNECT", None) or b"{}")
            except Failed:
                raise Refused(502, "Internal server error") from None
            if not 200 <= int(answer.get("statusCode", 200)) < 300:
                raise Refused(int(answer["statusCode"]), "Forbidden")
        with self._account.lock:
            self._connections[made.id] = made
        return made

    def message(self, connection: Connection, message: str) -> None:
        found = SELECTION.fullmatch(connection.api.route_selection_expression or "")
        try:
            key = str(json.loads(message).get(found[1])) if found is not None else "$default"
        except (ValueError, AttributeError):
            key = "$default"
        route = _route(connection.api, key) or _route(connection.api, "$default")
        if route is None:
            self._tell(connection, "Forbidden")
            return
        try:
            self._run(connection, route, "MESSAGE", message)
        except Failed:
            self._tell(connection, "Internal server error")

    def close(self, connection: Connection) -> None:
        with self._account.lock:
            was, connection.open = connection.open, False
            self._connections.pop(connection.id, None)
        route = _route(connection.api, "$disconnect")
        if was and route is not None:
            try:
                self._run(connection, route, "DISCONNECT", None)
            except Failed:
                return  # nobody is there to be told

    def _tell(self, connection: Connection, what: str) -> None:
        said = {"message": what, "connectionId": connection.id, "requestId": str(uuid.uuid4())}
        connection.received.append(json.dumps(said).encode())

    def _run(self, connection: Connection, route: Any, kind: str, message: str | None) -> bytes:
        """Asks the route's function. Raises Failed."""
        api = connection.api
        integration = api.integrations.get((route.target or "").rpartition("/")[2])
        if integration is None or integration.integration_type != "AWS_PROXY":
            raise Failed("not emulated: integrations other than Lambda functions")
        event: Params = {
            "requestContext": {
                "routeKey": route.route_key,
                "eventType": kind,
                "connectionId": connection.id,
                "requestId": str(uuid.uuid4()),
                "requestTime": f"{now():%d/%b/%Y:%H:%M:%S +0000}",
                "messageDirection": "IN",
                "stage": connection.stage,
                "apiId": api.api_id,
                "domainName": f"{api.api_id}.execute-api.{self._account.region}.amazonaws.com",
                "identity": {"sourceIp": "127.0.0.1", **connection.caller},
            },
            "isBase64Encoded": False,
            **({} if message is None else {"body": message}),
        }
        source = f"{api.api_id}/{connection.stage}/{route.route_key}"
        timeout = integration.timeout_in_millis or 29_000
        found = call_function(self._account, self._functions, integration.integration_uri, source, event, timeout)
        return found.payload

    def _managed(self, call: MountCall) -> RestAnswer:
        """PostToConnection, GetConnection and DeleteConnection."""
        place = PLACE.fullmatch(unquote(call.path))
        try:
            signed(self._account, call.method, call.url, call.headers, call.body)
        except Refused as error:
            return RestAnswer({"message": str(error)}, error.status, {"x-amzn-ErrorType": "ForbiddenException"})
        found = self._connections.get(place["id"]) if place is not None else None
        if place is None or found is None or (found.api.api_id, found.stage) != (place["api"], place["stage"]):
            return RestAnswer({"message": "Gone"}, 410, {"x-amzn-ErrorType": "GoneException"})
        if call.method == "POST":
            found.received.append(call.body)
            return RestAnswer({})
        if call.method == "DELETE":
            self.close(found)
            return RestAnswer(b"", 204)
        return RestAnswer({"identity": {"sourceIp": "127.0.0.1"}})


def _route(api: Any, key: str) -> Any:
    return next((route for route in api.routes.values() if route.route_key == key), None)
