"""Asks a variant: leases a host of it, hands the request over, measures what happened."""

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch.measures import Measures, Values
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.hosts import INVOKE_TIMEOUT_S, Reply
from estate.cloud.services.hosting.invocations import Invocation
from estate.cloud.services.hosting.multi_model import MultiModelHost, NotLoaded
from estate.cloud.services.hosting.variants import Lease, Variant
from estate.cloud.services.wire import AwsError

NAMESPACE = "AWS/SageMaker"
PATH = "/invocations"


@dataclass
class Asking:
    """One request on its way; times of `time.perf_counter`."""

    lease: Lease
    path: str
    headers: dict[str, str]
    metrics: Values = field(default_factory=dict)
    refusal: Reply | None = None  # a multi-model container did not take the model


class Invoker:
    def __init__(self, account: Account, measures: Measures) -> None:
        self._account = account
        self._measures = measures

    def ask(
        self, fleet: Fleet, member: Variant, asked: Invocation, arrived: float, timeout_s: float = INVOKE_TIMEOUT_S
    ) -> Reply:
        """The container's answer, measured. Raises AwsError where no host may be asked."""
        with self._ready(member, asked) as asking:
            begun = time.perf_counter()
            reply = asking.refusal or asking.lease.host.ask(
                asking.path, asked.body, asking.headers, timeout_s=timeout_s
            )
            latency_us = (time.perf_counter() - begun) * 1e6
        self._measure(fleet, member, asked, asking, reply.status, latency_us, begun - arrived)
        return reply

    @contextmanager
    def stream(
        self, fleet: Fleet, member: Variant, asked: Invocation, arrived: float
    ) -> Generator[tuple[Reply, Iterator[bytes]]]:
        """The same in parts: they must be read within the block. Raises AwsError where no host may be asked."""
        with self._ready(member, asked) as asking:
            begun = time.perf_counter()
            first: list[float] = []
            reply, parts = asking.lease.host.stream(asking.path, asked.body, asking.headers)

            def timed() -> Iterator[bytes]:
                for part in parts:
                    if not first:
                        first.append(time.perf_counter())
                    yield part

            try:
                yield reply, timed()
            finally:
                if first:
                    asking.metrics["FirstChunkModelLatency"] = ((first[0] - begun) * 1e6, "Microseconds")
                    asking.metrics["FirstChunkLatency"] = ((first[0] - arrived) * 1e6, "Microseconds")
                latency_us = (time.perf_counter() - begun) * 1e6
                self._measure(fleet, member, asked, asking, reply.status, latency_us, begun - arrived)

    @contextmanager
    def _ready(self, member: Variant, asked: Invocation) -> Generator[Asking]:
        with ExitStack() as exits:
            lease = exits.enter_context(member.lease())
            headers = asked.headers()
            if asked.model is None or not isinstance(lease.host, MultiModelHost):
                yield Asking(lease, PATH, headers)
                return
            try:
                found = exits.enter_context(lease.host.cache.use(asked.model))
            except NotLoaded as error:
                yield Asking(lease, "", headers, refusal=error.reply)
                return
            yield Asking(lease, found.path, {**headers, **found.headers}, dict(found.metrics))

    def _measure(
        self,
        fleet: Fleet,
        member: Variant,
        asked: Invocation,
        asking: Asking,
        status: int,
        latency_us: float,
        before_s: float,
    ) -> None:
        values: Values = {
            "ModelLatency": (latency_us, "Microseconds"),
            "Invocation4XXErrors": (float(400 <= status < 500), "None"),
            "Invocation5XXErrors": (float(status == 0 or status >= 500), "None"),
        }
        if not fleet.asynchronous:  # AWS documents that asynchronous endpoints put none of these
            values |= {
                "Invocations": (1.0, "None"),
                "InvocationsPerInstance": (1.0 / asking.lease.instances, "None"),
                "InvocationModelErrors": (float(not 200 <= status < 300), "None"),
                "OverheadLatency": (before_s * 1e6, "Microseconds"),
                "ConcurrentRequestsPerModel": (float(asking.lease.concurrent), "Count"),
            }
        if asking.lease.setup_us:
            values["ModelSetupTime"] = (asking.lease.setup_us, "Microseconds")
        dimensions = {"EndpointName": asked.endpoint, "VariantName": member.name}
        self._measures.put(NAMESPACE, dimensions, {**values, **asking.metrics})
        # The same by configuration, so that an alarm can watch the new fleet of a deployment alone.
        named = {**dimensions, "EndpointConfigName": fleet.config["EndpointConfigName"]}
        self._measures.put(NAMESPACE, named, values)

    def model_error(self, endpoint: str, reply: Reply) -> AwsError:
        """What the caller is told of an answer that is not good."""
        kind = "client" if 400 <= reply.status < 500 else "server"
        text = reply.body.decode("utf-8", "replace")
        region, account = self._account.region, self._account.account_id
        group = f"/aws/sagemaker/Endpoints/{endpoint}"
        url = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
        return AwsError(
            "ModelError",
            f'Received {kind} error ({reply.status}) from primary with message "{text}". See {url} in account '
            f"{account} for more information.",
            424,
            ErrorCode=f"{kind.upper()}_ERROR_FROM_MODEL",
            OriginalStatusCode=reply.status,
            OriginalMessage=text,
            LogStreamArn=self._account.arn("logs", f"log-group:{group}"),
        )
