"""sagemaker-runtime: routes an invocation to a variant of the endpoint, and offers it to data capture."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import urllib3

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting import invocations, sessions, streaming
from estate.cloud.services.hosting.capture import Capture
from estate.cloud.services.hosting.endpoints import Endpoints
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.hosts import Reply
from estate.cloud.services.hosting.invocations import ATTRIBUTES, PREFIX, Invocation
from estate.cloud.services.hosting.invoker import Invoker
from estate.cloud.services.hosting.shadow import Keep, Shadows
from estate.cloud.services.wire import AwsError, RestAnswer, RestCall, Table

PATH = r"/endpoints/(?P<name>[^/]+)/invocations"
VARIANT = "x-Amzn-Invoked-Production-Variant"


class Runtime:
    def __init__(
        self, account: Account, endpoints: Endpoints, invoker: Invoker, capture: Capture, clock: Clock
    ) -> None:
        self._account = account
        self._endpoints = endpoints
        self._invoker = invoker
        self._capture = capture
        self._sessions = sessions.Sessions(clock)
        self.shadows = Shadows(account, invoker)

    def register(self, table: Table) -> None:
        table.route("sagemaker", "POST", PATH, self.invoke_endpoint)
        table.route("sagemaker", "POST", f"{PATH}-response-stream", self.invoke_endpoint_with_response_stream)

    def invoke_endpoint(self, call: RestCall) -> RestAnswer:
        arrived = time.perf_counter()
        asked = invocations.read(call)
        with ExitStack() as exits:
            fleet, variant = self._route(asked, exits)
            self.shadows.mirror(fleet, asked, self._keeper(fleet))
            reply = self._invoker.ask(fleet, fleet.members[variant], asked, arrived)
        if not reply.good:
            raise self._invoker.model_error(asked.endpoint, reply)
        self._keeper(fleet)(asked, variant, reply)
        back = {"Content-Type": _type(reply), VARIANT: variant, **_told(reply)}
        if asked.session is not None:
            told = {name: reply.headers[name] for name in (sessions.MADE, sessions.CLOSED) if name in reply.headers}
            self._sessions.heed(asked.endpoint, fleet, variant, told)
            back |= told
        return RestAnswer(reply.body, 200, back)

    def invoke_endpoint_with_response_stream(self, call: RestCall) -> RestAnswer:
        arrived = time.perf_counter()
        asked = invocations.read(call, f"{PREFIX}accept")
        if asked.session == sessions.NEW:
            raise invocations.refused(asked.endpoint, "a stateful session is made with InvokeEndpoint")
        with ExitStack() as exits:
            fleet, variant = self._route(asked, exits)
            self.shadows.mirror(fleet, asked, self._keeper(fleet))
            reply, parts = exits.enter_context(self._invoker.stream(fleet, fleet.members[variant], asked, arrived))
            if not reply.good:
                raise self._invoker.model_error(asked.endpoint, reply)
            # The host is held until the last part has gone out, or the caller has gone.
            held = exits.pop_all()
        back = {
            "Content-Type": streaming.CONTENT_TYPE,
            "X-Amzn-SageMaker-Content-Type": _type(reply),
            VARIANT: variant,
            **_told(reply),
        }
        return RestAnswer(self._parts(fleet, asked, variant, reply, parts, held), 200, back)

    def _route(self, asked: Invocation, exits: ExitStack) -> tuple[Fleet, str]:
        """Fleet and production variant, leased to `exits`. Raises AwsError."""
        held = None
        if asked.session not in (None, sessions.NEW):
            held = self._sessions.find(asked.endpoint, asked.session or "")
        fleet = exits.enter_context(self._endpoints.serving(asked.endpoint, held.fleet if held else None))
        if fleet.asynchronous:
            raise AwsError(
                "ValidationError",
                f"Endpoint {asked.endpoint} is asynchronous; it is invoked with InvokeEndpointAsync",
            )
        if held is not None and held.fleet is not fleet:
            self._sessions.forget(asked.endpoint, held.fleet)
            held = self._sessions.find(asked.endpoint, asked.session or "")
        return fleet, invocations.route(asked, fleet, held)

    def _keeper(self, fleet: Fleet) -> Keep:
        """Offers invocations of a fleet to data capture."""
        config = fleet.config.get("DataCaptureConfig")
        return lambda asked, variant, reply: self._capture.offer(config, asked, variant, reply)

    def _parts(
        self, fleet: Fleet, asked: Invocation, variant: str, reply: Reply, parts: Iterator[bytes], held: ExitStack
    ) -> Iterator[bytes]:
        whole = b""
        with held:
            try:
                for piece in parts:
                    whole += piece
                    if piece:
                        yield streaming.part(piece)
            except urllib3.exceptions.TimeoutError as error:
                yield streaming.broken("ModelStreamError", str(error), ErrorCode="ModelInvocationTimeExceeded")
                return
            except urllib3.exceptions.HTTPError as error:
                yield streaming.broken("ModelStreamError", str(error), ErrorCode="StreamBroken")
                return
        self._keeper(fleet)(asked, variant, Reply(reply.status, whole, reply.headers))


def _type(reply: Reply) -> str:
    return reply.headers.get("Content-Type", "application/octet-stream")


def _told(reply: Reply) -> dict[str, str]:
    """Custom attributes, if the container set any."""
    return {ATTRIBUTES: reply.headers[ATTRIBUTES]} if reply.headers.get(ATTRIBUTES) else {}
