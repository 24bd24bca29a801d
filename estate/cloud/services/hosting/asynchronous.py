"""InvokeEndpointAsync: requests wait in a queue for an instance; answers go to S3, and SNS is told."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch.measures import Measures, Values
from estate.cloud.services.hosting import async_requests, async_results
from estate.cloud.services.hosting.async_requests import Waiting
from estate.cloud.services.hosting.capture import Capture
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.hosts import Reply
from estate.cloud.services.hosting.invoker import NAMESPACE, Invoker
from estate.cloud.services.hosting.variants import Instances
from estate.cloud.services.processes import Closed
from estate.cloud.services.wire import AwsError, RestAnswer, RestCall, Table

PATH = r"/endpoints/(?P<name>[^/]+)/async-invocations"
CONCURRENT = 4  # requests an instance gets where MaxConcurrentInvocationsPerInstance is left to SageMaker
EVERY_S = 60.0  # on the emulated clock; how often the queue's length is put


@dataclass
class Queue:
    """Requests to one endpoint."""

    waiting: deque[Waiting] = field(default_factory=deque)
    under_way: int = 0
    put_s: float = 0.0  # when its length was put last


class Asynchronous:
    def __init__(
        self,
        account: Account,
        deployments: Deployments,
        invoker: Invoker,
        capture: Capture,
        measures: Measures,
        clock: Clock,
    ) -> None:
        self._account = account
        self._deployments = deployments
        self._invoker = invoker
        self._capture = capture
        self._measures = measures
        self._clock = clock
        self._lock = threading.Condition()
        self._queues: dict[str, Queue] = {}

    def register(self, table: Table) -> None:
        table.route("sagemaker", "POST", PATH, self.invoke_endpoint_async)

    def invoke_endpoint_async(self, call: RestCall) -> RestAnswer:
        name = call.path["name"]
        with self._deployments.serving(name) as fleet:
            if not fleet.asynchronous:
                raise AwsError("ValidationError", f"Endpoint {name} is not asynchronous; use InvokeEndpoint")
            waiting = async_requests.read(call, fleet.config["AsyncInferenceConfig"], self._clock.now_s())
        with self._lock:
            self._queues.setdefault(name, Queue()).waiting.append(waiting)
        self._hand_out(name)
        found = {"OutputLocation": waiting.output, "FailureLocation": waiting.failure}
        headers = {f"X-Amzn-SageMaker-{member}": uri for member, uri in found.items() if uri is not None}
        return RestAnswer({"InferenceId": waiting.inference_id}, 202, headers)

    def tick(self) -> None:
        """Hands out what can be, drops what has expired, and puts the queues' lengths once a minute."""
        for name, fleet in self._fleets():
            self._hand_out(name)
            queue = self._queues.setdefault(name, Queue())
            if self._clock.now_s() - queue.put_s >= EVERY_S:
                self._put(name, fleet, queue)

    def flush(self, seconds: float = 10.0) -> None:
        """Waits until what can be answered is; puts the queues' lengths."""
        deadline = time.monotonic() + seconds
        for name, fleet in self._fleets():
            self._hand_out(name)
            with self._lock:
                queue = self._queues.setdefault(name, Queue())
                self._lock.wait_for(lambda q=queue: not q.under_way, max(0.0, deadline - time.monotonic()))
            self._put(name, fleet, queue)

    def _fleets(self) -> Iterator[tuple[str, Fleet]]:
        fleets = self._deployments.fleets()
        with self._lock:
            for name in [name for name in self._queues if name not in fleets]:
                del self._queues[name]  # with its endpoint
        yield from ((name, fleet) for name, fleet in fleets.items() if fleet.asynchronous)

    def _hand_out(self, name: str) -> None:
        fleet = self._deployments.fleets().get(name)
        if fleet is None:
            return
        self._expire(name, fleet)
        slots = _instances(fleet) * _concurrent(fleet)
        while True:
            with self._lock:
                queue = self._queues.setdefault(name, Queue())
                if not queue.waiting or queue.under_way >= slots:
                    return
                waiting = queue.waiting.popleft()
                queue.under_way += 1
            try:
                self._account.processes.spawn(lambda w=waiting: self._work(name, w), f"async-{name}")
            except Closed:
                return

    def _expire(self, name: str, fleet: Fleet) -> None:
        now_s = self._clock.now_s()
        with self._lock:
            queue = self._queues.setdefault(name, Queue())
            over = [each for each in queue.waiting if now_s - each.queued_s > each.ttl_s]
            queue.waiting = deque(each for each in queue.waiting if each not in over)
        for each in over:
            reason = f"ClientError: The request expired: it was in the queue for more than {each.ttl_s:g} seconds."
            self._finish(name, fleet, each, None, reason, {"ExpiredRequests": (1.0, "Count")})

    def _work(self, name: str, waiting: Waiting) -> None:
        try:
            with self._deployments.serving(name) as fleet:
                self._answer(name, fleet, waiting)
        except AwsError:  # the last instance has just gone, or the endpoint
            with self._lock:
                if name in self._queues:
                    self._queues[name].waiting.appendleft(waiting)
        finally:
            with self._lock:
                if name in self._queues:
                    self._queues[name].under_way -= 1
                self._lock.notify_all()
        self._hand_out(name)

    def _answer(self, name: str, fleet: Fleet, waiting: Waiting) -> None:
        values: Values = {"TimeInBacklog": ((self._clock.now_s() - waiting.queued_s) * 1e3, "Milliseconds")}
        begun = time.perf_counter()
        body = waiting.asked.body
        if waiting.input is not None:
            found = async_results.download(self._account, waiting.input)
            values["RequestDownloadFailures"] = (float(found is None), "Count")
            if found is None:
                reason = f"ClientError: Failed to download the request payload from {waiting.input}."
                self._finish(name, fleet, waiting, None, reason, values)
                return
            body = found
            values["RequestDownloadLatency"] = ((time.perf_counter() - begun) * 1e6, "Microseconds")
        member = fleet.members[fleet.choose()]
        asked = replace(waiting.asked, body=body)
        reply = self._invoker.ask(fleet, member, asked, begun, waiting.timeout_s)
        if reply.good:
            self._capture.offer(fleet.config.get("DataCaptureConfig"), asked, member.name, reply)
        reason = "" if reply.good else _reason(reply)
        values["TotalProcessingTime"] = ((time.perf_counter() - begun) * 1e3, "Milliseconds")
        self._finish(name, fleet, waiting, reply, reason, values)

    def _finish(
        self, name: str, fleet: Fleet, waiting: Waiting, reply: Reply | None, reason: str, values: Values
    ) -> None:
        """Stores the answer, tells the topic, measures. An empty reason is a success."""
        config = fleet.config["AsyncInferenceConfig"]["OutputConfig"]
        reason, more = async_results.deliver(self._account, config, waiting, reply, reason)
        values |= more
        values["InvocationFailures"] = (float(bool(reason)), "Count")
        values["InvocationsProcessed"] = (1.0, "Count")
        dimensions = {"EndpointName": name, "VariantName": next(iter(fleet.members))}
        self._measures.put(NAMESPACE, dimensions, values)

    def _put(self, name: str, fleet: Fleet, queue: Queue) -> None:
        with self._lock:
            queue.put_s = self._clock.now_s()
            ages = [queue.put_s - each.queued_s for each in queue.waiting]
            size = len(queue.waiting) + queue.under_way
        count = _instances(fleet)
        values: Values = {
            "ApproximateBacklogSize": (float(size), "Count"),
            "ApproximateBacklogSizePerInstance": (size / max(1, count), "Count"),
            "ApproximateAgeOfOldestRequest": (max(ages, default=0.0), "Seconds"),
            "HasBacklogWithoutCapacity": (float(size > 0 and count == 0), "Count"),
        }
        self._measures.put(NAMESPACE, {"EndpointName": name}, values)


def _reason(reply: Reply) -> str:
    if reply.timed_out:
        return "ClientError: The invocation took longer than InvocationTimeoutSeconds."
    kind = "client" if 400 <= reply.status < 500 else "server"
    return (
        f"ClientError: Received {kind} error ({reply.status}) from model. See the SageMaker Endpoint logs in your "
        "account for more information."
    )


def _instances(fleet: Fleet) -> int:
    return sum(member.current for member in fleet.members.values() if isinstance(member, Instances))


def _concurrent(fleet: Fleet) -> int:
    client = fleet.config["AsyncInferenceConfig"].get("ClientConfig", {})
    return client.get("MaxConcurrentInvocationsPerInstance", CONCURRENT)
