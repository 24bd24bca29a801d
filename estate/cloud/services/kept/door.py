"""Requests in, answers out, in whichever protocol botocore's model of a service says: moto's parsers do the reading."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from botocore.utils import parse_timestamp
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import JSONParser, RequestDict, RestJSONParser, RestXMLParser
from moto.core.serialize import JSONSerializer, RestJSONSerializer, RestXMLSerializer
from werkzeug.datastructures import Headers, MultiDict

from estate.cloud.models import published
from estate.cloud.services.wire import AwsError, Handler, Params, PassOn, RestAnswer, RestCall, Table

# Names that requests are signed for where they are not boto3's own name of the service.
SIGNED = {
    "accessanalyzer": "access-analyzer",
    "amp": "aps",
    "apigatewayv2": "apigateway",
    "appconfigdata": "appconfig",
    "cloudcontrol": "cloudcontrolapi",
    "cloudwatch": "monitoring",
}
PLACE = re.compile(r"\{([^}+]+)(\+?)\}")
READERS = {"rest-json": RestJSONParser, "rest-xml": RestXMLParser}
WRITERS = {"json": JSONSerializer, "rest-json": RestJSONSerializer, "rest-xml": RestXMLSerializer}
Answerer = Callable[[str, Params], Params]  # operation, its parameters


@cache
def model(service: str) -> ServiceModel:
    """The model of a boto3 service name, as moto's parsers want it."""
    return ServiceModel(published(service), service)


def signed(service: str) -> str:
    return SIGNED.get(service, service)


def protocol(service: str) -> str:
    """The protocol of a service that is spoken here. Raises ValueError for one that is not."""
    metadata = model(service).metadata
    found = next((each for each in metadata.get("protocols", [metadata["protocol"]]) if each in WRITERS), None)
    if found is None:
        raise ValueError(f"{service} speaks {metadata['protocol']}; kept resources speak {', '.join(WRITERS)}")
    return found


def open_door(table: Table, service: str, operations: tuple[str, ...], answer: Answerer) -> None:
    """Has `answer` asked for these operations of a service.

    A request that names what is not ours is passed on by PassOn to whoever answered before, in the end to moto.
    """
    spoken = protocol(service)
    if spoken == "json":
        for name in operations:
            place = signed(service), name
            table.json[place] = _json_handler(model(service).operation_model(name), answer, table.json.get(place))
        return
    models = [model(service).operation_model(name) for name in operations]
    for found in sorted(models, key=lambda each: -_plain(each)):
        uri = found.http["requestUri"].partition("?")[0]
        table.route(signed(service), found.http["method"], _pattern(uri), _rest_handler(found, spoken, answer))


def refused(service: str, code: str, message: str) -> AwsError:
    """An error of the service, with the status that its model gives it."""
    shape = model(service).shape_for(code) if code in model(service).shape_names else None
    status = shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape is not None else 400
    return AwsError(code, message, status)


def _json_handler(found: OperationModel, answer: Answerer, before: Handler | None) -> Handler:
    def handle(params: Params) -> Params:
        read = JSONParser(found, timestamp_parser=parse_timestamp).parse(_request(json.dumps(params).encode()))
        try:
            given = answer(found.name, read)
        except PassOn:
            if before is None:
                raise
            return before(params)
        return json.loads(JSONSerializer(found).serialize(given)["body"] or "{}")

    return handle


def _rest_handler(found: OperationModel, spoken: str, answer: Answerer) -> Callable[[RestCall], RestAnswer]:
    names = {_group(name): name for name, _ in PLACE.findall(found.http["requestUri"])}

    def handle(call: RestCall) -> RestAnswer:
        path = {names[group]: value for group, value in call.path.items()}
        request = _request(call.body, call.headers, path, call.pairs)
        read = READERS[spoken](found, timestamp_parser=parse_timestamp).parse(request)
        given = {name: value for name, value in read.items() if value is not None and value != {}}
        written = WRITERS[spoken](found).serialize(answer(found.name, given))
        body = written["body"]
        return RestAnswer(body.encode() if isinstance(body, str) else body, written["status_code"], written["headers"])

    return handle


def _request(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
) -> RequestDict:
    return {
        "body": body,
        "headers": Headers(dict(headers or {})),
        "method": "",
        "url_params": dict(path or {}),
        "url_path": "",
        "values": MultiDict(list(query)),
    }


def _pattern(uri: str) -> str:
    """A path's pattern. An ARN has slashes, which a server hands over as any other."""
    pattern, end = "", 0
    for place in PLACE.finditer(uri):
        name, greedy = place[1], place[2] or "arn" in place[1].lower()
        pattern += f"{re.escape(uri[end : place.start()])}(?P<{_group(name)}>{'.+' if greedy else '[^/]+'})"
        end = place.end()
    return pattern + re.escape(uri[end:])


def _group(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _plain(found: OperationModel) -> int:
    """How much of a path is plain text: what has more of it is looked at first."""
    return len(PLACE.sub("", found.http["requestUri"]))
