"""A bucket that tells EventBridge of its objects says so when it is asked; moto keeps it, and leaves it out."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

MEMBER = "EventBridgeConfiguration"


@contextmanager
def notices_are_whole() -> Generator[None]:
    """Within it, GetBucketNotificationConfiguration answers with EventBridge's configuration too."""
    answer = S3Response.get_bucket_notification

    def whole(self: S3Response) -> Any:
        kept = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if kept is None or kept.event_bridge is None:
            return answer(self)
        serialize = self.serialized

        def with_bridge(found: ActionResult) -> Any:
            given = found.result if isinstance(found.result, dict) else {}
            return serialize(ActionResult({**given, MEMBER: {}}))

        self.serialized = with_bridge  # ty: ignore[invalid-assignment]
        try:
            return answer(self)
        finally:
            del self.serialized

    S3Response.get_bucket_notification = whole
    try:
        yield
    finally:
        S3Response.get_bucket_notification = answer
