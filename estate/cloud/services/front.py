"""How a request reaches an operation of ours, and how its answer or its error goes back, as AWS writes them."""

import json
import re
import threading
import traceback
import uuid
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from io import BytesIO
from urllib.parse import parse_qsl, unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from estate.cloud.services.shapes import violations
from estate.cloud.services.wire import AwsError, MountCall, Params, PassOn, RestAnswer, RestCall, Table

SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>\w+)")
MOUNTED = "execute-api"  # what requests are signed for that are for no service of AWS
# What a request is called that breaks the service's model, where that is no ValidationException.
FAULTY = {"monitoring": "ValidationError", "logs": "InvalidParameterException"}


class Front:
    """The WSGI application in front of moto's."""

    def __init__(self, table: Table, behind: WSGIApplication) -> None:
        self.table = table
        self.behind = behind
        # moto's transaction copies its tables and, where it fails, puts the copies back: nobody may write meanwhile.
        self._turns = {"dynamodb": threading.Lock()}

    @cached_property
    def _services(self) -> frozenset[str]:
        """Signing names of the services of which we answer, or watch, anything."""
        told = {service for service, _ in (*self.table.json, *self.table.after)}
        return frozenset(told | {route.service for route in self.table.rest} | self.table.later.keys())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service = _service(environ)
        if service in ("", MOUNTED):
            answer = self._mounted(environ)
            if answer is not None:
                return _send(answer, start_response)
        if service not in self._services:
            return self._ask_behind(service, environ, start_response)
        body = _read_body(environ)
        try:
            answer = self._answer(service, environ, body)
        except PassOn:
            return self._pass_on(service, environ, body, start_response)
        except AwsError as error:
            answer = _error(error)
        except Exception as error:  # a fault of ours must reach the caller as what it is, not as a closed connection
            answer = _error(AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500))
            environ["wsgi.errors"].write(_trace(service, error))
        return _send(answer, start_response)

    def _mounted(self, environ: WSGIEnvironment) -> RestAnswer | None:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        raw = environ.get("RAW_URI") or (f"{path}?{query}" if query else path)
        headers = _headers(environ)
        call = MountCall(environ["REQUEST_METHOD"], f"http://{headers.get('host', '')}{raw}", path, query, headers, b"")
        for is_for, answer in self.table.mounts:
            if is_for(call):
                return answer(replace(call, body=_read_body(environ)))
        return None

    def _answer(self, service: str, environ: WSGIEnvironment, body: bytes) -> RestAnswer:
        self.table.ready(service)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        return self._by_name(service, target, body) if target else self._by_path(service, environ, body)

    def _by_name(self, service: str, target: str, body: bytes) -> RestAnswer:
        operation = target.rpartition(".")[2]
        handler = self.table.json.get((service, operation))
        if handler is None:
            raise PassOn
        params = _parse(body)
        faults = violations(service, operation, params)
        if faults:
            noun = "error" if len(faults) == 1 else "errors"
            code = FAULTY.get(service, "ValidationException")
            raise AwsError(code, f"{len(faults)} validation {noun} detected: {'; '.join(faults)}")
        return RestAnswer(handler(params), headers={"Content-Type": "application/x-amz-json-1.1"})

    def _by_path(self, service: str, environ: WSGIEnvironment, body: bytes) -> RestAnswer:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
        for route in self.table.rest:
            if route.service == service and route.method == environ["REQUEST_METHOD"]:
                match = route.path.fullmatch(path)
                if match is not None:
                    names = {key: unquote(value) for key, value in match.groupdict().items() if value is not None}
                    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
                    return route.handler(RestCall(names, query, _headers(environ), body))
        raise PassOn

    def _ask_behind(self, service: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """moto raises for what it does not implement: the caller is told so, in an error that says what."""
        try:
            with self._turns.get(service, nullcontext()):
                return self.behind(environ, start_response)
        except NotImplementedError as error:
            return _send(_error(AwsError("NotImplemented", f"not emulated: {error}", 501)), start_response)

    def _pass_on(
        self, service: str, environ: WSGIEnvironment, body: bytes, start_response: StartResponse
    ) -> Iterable[bytes]:
        environ["wsgi.input"] = BytesIO(body)
        answer = self._ask_behind(service, environ, start_response)
        told = self.table.after.get((service, _operation_of(environ, body)))
        if told is None:
            return answer
        try:
            parts = list(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        told()
        return parts


def _service(environ: WSGIEnvironment) -> str:
    """The signing name that the request was signed for; empty for an unsigned one."""
    match = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match.group(2).lower() if match is not None else ""


def _operation_of(environ: WSGIEnvironment, body: bytes) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    match = CBOR_PATH.search(environ.get("PATH_INFO", ""))
    if match is not None:
        return match.group("operation")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace"))).get("Action", "")
    return ""


def _read_body(environ: WSGIEnvironment) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        return stream.read()
    return stream.read(int(environ.get("CONTENT_LENGTH") or 0))


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    found = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    own = {name: environ.get(name.replace("-", "_").upper()) for name in ("content-type", "content-length")}
    return found | {name: value for name, value in own.items() if value}


def _parse(body: bytes) -> Params:
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request body is not JSON") from None
    if not isinstance(params, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    return params


def _error(error: AwsError) -> RestAnswer:
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.more}
    headers = {"x-amzn-ErrorType": error.code, "Content-Type": "application/x-amz-json-1.1"}
    return RestAnswer(body, error.status, headers)


def _send(answer: RestAnswer, start_response: StartResponse) -> Iterable[bytes]:
    headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4()), **answer.headers}
    parts: Iterable[bytes]
    if isinstance(answer.body, Iterator):
        parts = answer.body
    else:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body, default=_plain).encode()
        parts = [body]
        headers["Content-Length"] = str(len(body))
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    start_response(f"{answer.status} {phrase}", list(headers.items()))
    return parts


def _trace(service: str, error: BaseException) -> str:
    return f"emulated {service} failed\n{''.join(traceback.format_exception(error))}"


def _plain(value: object) -> float | str:
    """Timestamps go over the wire as seconds."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be answered")
