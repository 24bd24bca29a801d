"""What InvokeEndpointAsync takes, and where its answer will lie."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from estate.cloud.services.account import now
from estate.cloud.services.checks import S3_URI
from estate.cloud.services.hosting import invocations
from estate.cloud.services.hosting.invocations import PREFIX, Invocation
from estate.cloud.services.wire import AwsError, Params, RestCall

LONGEST_TTL_S, SHORTEST_TTL_S = 21600, 60
LONGEST_S, DEFAULT_S = 3600, 900
LARGEST_BODY = 128_000
EXTENSION = re.compile(r"(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]{1,512}")
FILENAME = re.compile(r"(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,31}")


@dataclass(frozen=True)
class Waiting:
    """A request in the queue. `told` is what its notification says of the request."""

    asked: Invocation
    inference_id: str
    input: str | None
    output: str | None
    failure: str | None
    received: datetime
    queued_s: float  # on the emulated clock, as `ttl_s`
    ttl_s: float
    timeout_s: float
    told: Params


def read(call: RestCall, config: Params, now_s: float) -> Waiting:
    """`config` is the endpoint's AsyncInferenceConfig. Raises AwsError (ValidationError)."""
    asked = invocations.read(call, f"{PREFIX}accept", f"{PREFIX}content-type")
    given = call.headers
    source = given.get(f"{PREFIX}inputlocation")
    if (source is None) == (not call.body):
        raise AwsError("ValidationError", "Exactly one of InputLocation and Body must be given")
    if len(call.body) > LARGEST_BODY:
        raise AwsError("ValidationError", f"Body is larger than {LARGEST_BODY} bytes; use InputLocation")
    if source is not None and not S3_URI.fullmatch(source):
        raise AwsError("ValidationError", f"InputLocation {source} is not an S3 URI")
    inference_id = asked.inference_id or str(uuid.uuid4())
    output, failure = _places(call, config["OutputConfig"])
    told = {
        "accept": given.get(f"{PREFIX}accept"),
        "contentType": given.get(f"{PREFIX}content-type"),
        "customAttributes": asked.attributes,
        "endpointName": asked.endpoint,
        "inputLocation": source,
    }
    return Waiting(
        asked,
        inference_id,
        source,
        output,
        failure,
        now(),
        now_s,
        _number(call, "RequestTTLSeconds", SHORTEST_TTL_S, LONGEST_TTL_S, LONGEST_TTL_S),
        _number(call, "InvocationTimeoutSeconds", 1, LONGEST_S, DEFAULT_S),
        {name: value for name, value in told.items() if value is not None},
    )


def _places(call: RestCall, config: Params) -> tuple[str | None, str | None]:
    """URIs of the answer and of a failure's."""
    name = str(uuid.uuid4())
    extension = call.headers.get(f"{PREFIX}s3outputpathextension", "")
    filename = call.headers.get(f"{PREFIX}filename")
    for member, value, pattern in (("S3OutputPathExtension", extension, EXTENSION), ("Filename", filename, FILENAME)):
        if value and not pattern.fullmatch(value):
            raise AwsError("ValidationError", f"{member} {value!r} must match {pattern.pattern}")
    output, failure = config.get("S3OutputPath"), config.get("S3FailurePath")
    parts = [part for part in (extension.strip("/"), filename or f"{name}.out") if part]
    return (
        "/".join((output.rstrip("/"), *parts)) if output else None,
        f"{failure.rstrip('/')}/{name}-error.out" if failure else None,
    )


def _number(call: RestCall, member: str, least: int, most: int, default: int) -> int:
    text = call.headers.get(f"{PREFIX}{member.lower()}")
    if text is None:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise AwsError("ValidationError", f"{member} {text} must be from {least} to {most}")
    return int(text)
