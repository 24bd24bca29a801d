"""sagemaker-runtime: routes an invocation to a host of the endpoint, measures it, and offers it to data capture."""

import time

import urllib3

from estate.cloud.services.account import Account
from estate.cloud.services.capture import Capture, Message
from estate.cloud.services.endpoints import Endpoints
from estate.cloud.services.fleets import Fleet
from estate.cloud.services.measures import Measures
from estate.cloud.services.wire import AwsError, RestAnswer, RestCall, Table

NAMESPACE = "AWS/SageMaker"
PATH = r"/endpoints/(?P<name>[^/]+)/invocations"
LARGEST_BODY = 25 * 1024 * 1024
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


class Runtime:
    def __init__(self, account: Account, endpoints: Endpoints, measures: Measures, capture: Capture) -> None:
        self._account = account
        self._endpoints = endpoints
        self._measures = measures
        self._capture = capture

    def register(self, table: Table) -> None:
        table.route("sagemaker", "POST", PATH, self.invoke_endpoint)

    def invoke_endpoint(self, call: RestCall) -> RestAnswer:
        arrived = time.perf_counter()
        name = call.path["name"]
        with self._endpoints.serving(name) as fleet:
            return self._answer(name, fleet, call, arrived)

    def _answer(self, name: str, fleet: Fleet, call: RestCall, arrived: float) -> RestAnswer:
        variant = self._variant(name, fleet, call)
        if len(call.body) > LARGEST_BODY:
            raise AwsError("ValidationError", f"Request body is larger than {LARGEST_BODY} bytes")
        content_type = call.headers.get("content-type") or "application/octet-stream"
        headers = {"Content-Type": content_type, "Accept": call.headers.get("accept") or "*/*"}
        if ATTRIBUTES in call.headers:
            headers[ATTRIBUTES] = call.headers[ATTRIBUTES]
        asked = time.perf_counter()
        status, answer, attributes = self._ask(fleet, variant, call.body, headers)
        latency_us = (time.perf_counter() - asked) * 1e6
        overhead_us = (asked - arrived) * 1e6
        self._measure(name, fleet, variant, status, latency_us, overhead_us)
        if not 200 <= status < 300:
            raise self._model_error(name, variant, status, answer.body.decode("utf-8", "replace"))
        capture = fleet.config.get("DataCaptureConfig")
        if capture is not None:
            request = Message(content_type, call.body)
            self._capture.offer(name, variant, capture, request, answer, attributes)
        back = {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant}
        if attributes:
            back[ATTRIBUTES] = attributes
        return RestAnswer(answer.body, 200, back)

    def _variant(self, name: str, fleet: Fleet, call: RestCall) -> str:
        if "x-amzn-sagemaker-target-model" in call.headers:
            raise AwsError("ValidationError", f"Endpoint {name} is not a multi-model endpoint")
        wanted = call.headers.get("x-amzn-sagemaker-target-variant")
        if wanted is None:
            return fleet.choose()
        if wanted not in fleet.hosts:
            raise AwsError("ValidationError", f"Variant {wanted} not found for endpoint {name}")
        return wanted

    def _ask(self, fleet: Fleet, variant: str, body: bytes, headers: dict[str, str]) -> tuple[int, Message, str]:
        """Status, answer and custom attributes; a host that does not answer counts as status 0."""
        pool = fleet.hosts[variant].pool
        if pool is None:
            return 0, Message("text/plain", b"the host is gone"), ""
        try:
            found = pool.request("POST", "/invocations", body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            return 0, Message("text/plain", f"{type(error).__name__}: {error}".encode()), ""
        message = Message(found.headers.get("Content-Type", "application/octet-stream"), found.data)
        return found.status, message, found.headers.get(ATTRIBUTES, "")

    def _measure(
        self, name: str, fleet: Fleet, variant: str, status: int, latency_us: float, overhead_us: float
    ) -> None:
        values = {
            "Invocations": (1.0, "None"),
            "InvocationsPerInstance": (1.0, "None"),
            "ModelLatency": (latency_us, "Microseconds"),
            "OverheadLatency": (overhead_us, "Microseconds"),
            "Invocation4XXErrors": (float(400 <= status < 500), "None"),
            "Invocation5XXErrors": (float(status == 0 or status >= 500), "None"),
            "InvocationModelErrors": (float(not 200 <= status < 300), "None"),
        }
        dimensions = {"EndpointName": name, "VariantName": variant}
        self._measures.put(NAMESPACE, dimensions, values)
        # The same by configuration, so that an alarm can watch the new fleet of a deployment alone.
        self._measures.put(NAMESPACE, {**dimensions, "EndpointConfigName": fleet.config["EndpointConfigName"]}, values)

    def _model_error(self, name: str, variant: str, status: int, text: str) -> AwsError:
        kind = "client" if 400 <= status < 500 else "server"
        region, account = self._account.region, self._account.account_id
        group = f"/aws/sagemaker/Endpoints/{name}"
        url = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
        return AwsError(
            "ModelError",
            f'Received {kind} error ({status}) from primary with message "{text}". See {url} in account {account} '
            "for more information.",
            424,
            ErrorCode=f"{kind.upper()}_ERROR_FROM_MODEL",
            OriginalStatusCode=status,
            OriginalMessage=text,
            LogStreamArn=self._account.arn("logs", f"log-group:{group}"),
        )
