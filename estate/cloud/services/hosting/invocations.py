"""One invocation as a caller asked for it: what of the request is heeded, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from estate.cloud.services.hosting import serverless, sessions
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.serverless import Serverless
from estate.cloud.services.wire import AwsError, RestCall

LARGEST_BODY = 25 * 1024 * 1024
PREFIX = "x-amzn-sagemaker-"
ATTRIBUTES = f"{PREFIX}custom-attributes"
UNSUPPORTED = {  # headers of features that an endpoint must be configured for, and that are refused there
    f"{PREFIX}inference-component": "InferenceComponentName: the endpoint hosts no inference components",
    f"{PREFIX}target-container-hostname": "TargetContainerHostname: the endpoint is not a multi-container endpoint",
    f"{PREFIX}enable-explanations": "EnableExplanations: the endpoint has no explainer",
    f"{PREFIX}prefix-aware-id": "PrefixAwareId: the endpoint does not route by prefix",
}


@dataclass(frozen=True)
class Invocation:
    """What InvokeEndpoint and its sisters take. None: left out."""

    endpoint: str
    body: bytes = field(repr=False)
    content_type: str
    accept: str
    attributes: str | None = None
    variant: str | None = None
    model: str | None = None
    session: str | None = None
    inference_id: str | None = None

    def headers(self) -> dict[str, str]:
        """That its container gets."""
        found = {"Content-Type": self.content_type, "Accept": self.accept}
        if self.attributes is not None:
            found["X-Amzn-SageMaker-Custom-Attributes"] = self.attributes
        if self.session is not None:
            found["X-Amzn-SageMaker-Session-Id"] = self.session
        if self.inference_id is not None:
            found["X-Amzn-SageMaker-Inference-Id"] = self.inference_id
        return found


def read(call: RestCall, accept_header: str = "accept", type_header: str = "content-type") -> Invocation:
    """Raises AwsError (ValidationError) for what no endpoint here can do."""
    headers: Mapping[str, str] = call.headers
    endpoint = call.path["name"]
    for header, reason in UNSUPPORTED.items():
        if header in headers:
            raise refused(endpoint, reason)
    return Invocation(
        endpoint,
        call.body,
        headers.get(type_header) or "application/octet-stream",
        headers.get(accept_header) or "*/*",
        headers.get(ATTRIBUTES),
        headers.get(f"{PREFIX}target-variant"),
        headers.get(f"{PREFIX}target-model"),
        headers.get(sessions.ASKED),
        headers.get(f"{PREFIX}inference-id"),
    )


def refused(endpoint: str, reason: str) -> AwsError:
    return AwsError("ValidationError", f"Endpoint {endpoint}: {reason}")


def route(asked: Invocation, fleet: Fleet, held: sessions.Session | None) -> str:
    """The production variant that answers. Raises AwsError (ValidationError) where the fleet has no such thing."""
    if held is not None:
        if asked.variant not in (None, held.variant):
            raise refused(asked.endpoint, f"session {asked.session} lives in variant {held.variant}")
        return held.variant
    if asked.variant is not None and asked.variant not in fleet.members:
        raise AwsError("ValidationError", f"Variant {asked.variant} not found for endpoint {asked.endpoint}")
    name = asked.variant if asked.variant is not None else fleet.choose()
    check(asked, fleet, name)
    return name


def check(asked: Invocation, fleet: Fleet, name: str) -> None:
    """What the variant takes. Raises AwsError (ValidationError)."""
    member = fleet.members[name]
    largest = serverless.LARGEST_BODY if isinstance(member, Serverless) else LARGEST_BODY
    if len(asked.body) > largest:
        raise AwsError("ValidationError", f"Request body is larger than {largest} bytes")
    many = member.multi_model
    if asked.model is not None and not many:
        raise AwsError("ValidationError", f"Endpoint {asked.endpoint} is not a multi-model endpoint")
    if asked.model is None and many:
        raise refused(asked.endpoint, "TargetModel is required, as it is a multi-model endpoint")
    if asked.session is not None and (many or isinstance(member, Serverless)):
        raise refused(asked.endpoint, "stateful sessions need instances that host one model")
