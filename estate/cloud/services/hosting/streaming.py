"""The event stream in which InvokeEndpointWithResponseStream answers."""

import json
import struct
import zlib
from collections.abc import Mapping

STRING = 7  # type of a header's value
CONTENT_TYPE = "application/vnd.amazon.eventstream"


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: lengths, their checksum, headers, payload, checksum of all."""
    packed = b""
    for name, value in headers.items():
        text = value.encode()
        packed += struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", STRING, len(text)) + text
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def part(body: bytes) -> bytes:
    """A PayloadPart."""
    headers = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
    return frame(headers, body)


def broken(kind: str, message: str, **more: str) -> bytes:
    """ModelStreamError or InternalStreamFailure, after which nothing follows."""
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return frame(headers, json.dumps({"Message": message, **more}).encode())
