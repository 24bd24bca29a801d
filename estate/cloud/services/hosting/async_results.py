"""Where answers of asynchronous requests go: objects in S3, notifications to SNS."""

import base64
import json
import time
from datetime import datetime

from estate.cloud.services import objects
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import split
from estate.cloud.services.cloudwatch.measures import Values
from estate.cloud.services.hosting.async_requests import Waiting
from estate.cloud.services.hosting.hosts import Reply
from estate.cloud.services.wire import Params

LARGEST_INCLUDED = 128 * 1024


def download(account: Account, uri: str) -> bytes | None:
    """None where there is no such object."""
    bucket, key = split(uri, "InputLocation")
    s3 = account.client("s3")
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.ClientError:
        return None


def deliver(account: Account, config: Params, waiting: Waiting, reply: Reply | None, reason: str) -> tuple[str, Values]:
    """Stores the answer and tells the topic. The reason of a failure, which storing may have added, and metrics.

    `config` is the endpoint's OutputConfig.
    """
    values: Values = {}
    begun = time.perf_counter()
    place = waiting.failure if reason else waiting.output
    if place is not None and (reply is not None or reason):
        body = reply.body if reply is not None else reason.encode()
        stored = _store(account, place, body, config.get("KmsKeyId"))
        values["ResponseUploadFailures"] = (float(not stored), "Count")
        if stored:
            values["ResponseUploadLatency"] = ((time.perf_counter() - begun) * 1e6, "Microseconds")
        elif not reason:
            reason = f"ClientError: Failed to upload the response to {place}."
    notified = config.get("NotificationConfig", {})
    topic = notified.get("ErrorTopic" if reason else "SuccessTopic")
    if topic is not None:
        included = "ERROR_NOTIFICATION_TOPIC" if reason else "SUCCESS_NOTIFICATION_TOPIC"
        message = _message(account, waiting, reply, reason, included in notified.get("IncludeInferenceResponseIn", []))
        values["NotificationFailures"] = (float(not _publish(account, topic, message)), "Count")
    return reason, values


def _store(account: Account, uri: str, body: bytes, kms_key: str | None) -> bool:
    bucket, key = split(uri, "S3OutputPath")
    if bucket not in account.backend("s3").buckets:
        return False
    try:
        objects.put(account, bucket, key, body, kms_key)
    except account.client("s3").exceptions.ClientError:
        return False
    return True


def _publish(account: Account, topic: str, message: Params) -> bool:
    sns = account.client("sns")
    try:
        sns.publish(TopicArn=topic, Message=json.dumps(message))
    except sns.exceptions.ClientError:
        return False
    return True


def _message(account: Account, waiting: Waiting, reply: Reply | None, reason: str, included: bool) -> Params:
    """SageMaker's notification."""
    message: Params = {
        "awsRegion": account.region,
        "eventTime": _stamp(now()),
        "receivedTime": _stamp(waiting.received),
        "invocationStatus": "Failed" if reason else "Completed",
        **({"failureReason": reason} if reason else {}),
        "requestParameters": waiting.told,
    }
    if reply is not None and not reason:
        told = {
            "contentType": reply.headers.get("Content-Type", "application/octet-stream"),
            "outputLocation": waiting.output,
            "customAttributes": reply.headers.get("X-Amzn-SageMaker-Custom-Attributes"),
        }
        message["responseParameters"] = {name: value for name, value in told.items() if value is not None}
    if reply is not None and included:
        small = len(reply.body) <= LARGEST_INCLUDED
        message["responseBody"] = {
            "content": base64.b64encode(reply.body).decode() if small else "",
            "message": "Check S3 path location(if configured) or Cloudwatch for additional details.",
            "encoding": "BASE64",
        }
    return {
        **message,
        "inferenceId": waiting.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
