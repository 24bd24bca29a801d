"""What the tests of the emulated services share."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from estate.cloud import Cloud

ACCOUNT = "222233334444"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Ground:
    """An open cloud and what stands in it."""

    cloud: Cloud
    role: str
    image: str
    bucket: str
    key: str

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def put(self, key: str, body: bytes) -> str:
        """Stores an object in the ground's bucket; returns its URI."""
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        return self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def answer_of(call: Callable[[], object]) -> dict[str, Any]:
    """The error that a call is answered with."""
    try:
        call()
    except ClientError as error:
        return {**error.response}
    raise AssertionError("the call was not refused")
