"""What stands in front of a model, as the components make it, with the handlers that ship: events and an HTTP API."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from components.api.model_api import Jwt, ModelApi, ModelApiArgs
from components.base import Placement
from components.streaming.scored_events import Lake, ScoredEvents, ScoredEventsArgs
from estate.cloud.provider import CloudProvider
from estate.plan.record import record
from pipelines.handlers import score
from pipelines.handlers.doors import answer
from tests.cloud.services.endpoint_kit import endpoint, model, variant
from tests.cloud.services.harness import ACCOUNT, REGION, Ground
from tests.cloud.services.token_kit import opened, token

PLACE = Placement(
    prefix="mlops-test", path="/mlops/test/", account_id=ACCOUNT, region=REGION, partition="aws", protected=False
)
DOORS = {f"doors/{path.name}": path.read_text() for path in Path(answer.__file__).parent.glob("*.py")}
ROWS = b'{"rows":[1]}'
ANSWER = {"model": "eta", "rows": ROWS.decode()}


@pytest.fixture(scope="module")
def served(ground: Ground) -> str:
    """An endpoint in service; the ground's key may be used for logs."""
    anybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    logs = {"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}}
    statements = [{**each, "Action": "kms:*", "Resource": "*"} for each in (anybody, logs)]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    ground.client("kms").put_key_policy(KeyId=ground.key, PolicyName="default", Policy=policy)
    return endpoint(ground, variant("all", model(ground, "eta")))


def arn_of(name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}"


def shared(ground: Ground, handler: Path) -> dict[str, object]:
    return {
        "placement": PLACE,
        "code": {handler.name: handler.read_text()},
        "permission_boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess",
        "key_arn": ground.key,
        "log_retention_days": 30,
    }


def stand_up(ground: Ground, program: Callable[[], None]) -> None:
    record(program, provider=CloudProvider(ground.client, ACCOUNT, patience=20))


@pytest.fixture(scope="module", params=["kinesis", "queue"])
def source(ground: Ground, served: str, request: pytest.FixtureRequest) -> str:
    """Where events of a model go in; answers go to the ground's bucket."""
    lake = Lake(
        landing=ground.bucket, landing_arn=f"arn:aws:s3:::{ground.bucket}", answers=ground.bucket,
        answers_arn=f"arn:aws:s3:::{ground.bucket}", key_arn=ground.key,
    )  # fmt: skip
    given = {
        "model": request.param, "endpoint_name": served, "endpoint_arn": arn_of(served),
        "source": request.param, "batch": 10, "window_seconds": 0, "attempts": 2, "shards": 1, "lake": lake,
    }  # fmt: skip
    args = ScoredEventsArgs.model_validate({**given, **shared(ground, Path(score.__file__))})

    def program() -> None:
        ScoredEvents(f"{request.param}-events", args)

    stand_up(ground, program)
    return request.param


def test_an_event_is_answered_and_one_that_cannot_be_is_a_dead_letter(ground: Ground, source: str) -> None:
    sqs, name = ground.client("sqs"), PLACE.named(f"{source}-events")
    url = sqs.get_queue_url(QueueName=f"{name}-dead-letters")["QueueUrl"]
    if source == "kinesis":
        records = [{"Data": body, "PartitionKey": "k"} for body in (ROWS, b"no JSON")]
        ground.client("kinesis").put_records(StreamName=name, Records=records)
    else:
        queue = sqs.get_queue_url(QueueName=f"{name}-events")["QueueUrl"]
        # The queue's own wait before a message comes again is many minutes.
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        for body in (ROWS, b"no JSON"):
            sqs.send_message(QueueUrl=queue, MessageBody=body.decode())
    answers: list[bytes] = []
    letters: list[str] = []
    ends = time.monotonic() + 30
    while not (answers and letters) and time.monotonic() < ends:
        found = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix=f"{source}/events/answers/")
        answers = [ground.get(item["Key"]) for item in found.get("Contents", [])]
        letters += [each["Body"] for each in sqs.receive_message(QueueUrl=url).get("Messages", [])]
        time.sleep(0.05)
    assert [json.loads(each) for each in answers] == [ANSWER]
    assert len(letters) == 1


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with opened() as address:
        yield address


@pytest.fixture(scope="module", params=["iam", "jwt"])
def api(ground: Ground, served: str, issuer: str, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Authorization of an API in front of the model, and its address."""
    tokens = Jwt(issuer=issuer, audience=("models",), scopes=("ask",)) if request.param == "jwt" else None
    given = {
        "endpoints": {"eta": served}, "endpoint_arns": {"eta": arn_of(served)},
        "authorization": request.param, "jwt": tokens, "requests_per_second": 20, "burst": 40,
    }  # fmt: skip
    args = ModelApiArgs.model_validate({**given, **shared(ground, Path(answer.__file__)), "code": DOORS})

    def program() -> None:
        ModelApi(request.param, args)

    stand_up(ground, program)
    found = ground.client("apigatewayv2").get_apis()["Items"]
    (id,) = [each["ApiId"] for each in found if each["Name"] == PLACE.named(request.param)]
    return request.param, f"{ground.cloud.endpoint}/_apigw/{id}/v1/models/eta/invocations"


def allowed(ground: Ground, authorization: str, address: str, issuer: str) -> dict[str, str]:
    if authorization == "jwt":
        return token(issuer)
    own = ground.cloud.environment()
    asked = AWSRequest("POST", address, data=ROWS)
    SigV4Auth(Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"]), "execute-api", REGION).add_auth(
        asked
    )
    return dict(asked.headers.items())


def test_whoever_may_is_answered_and_nobody_else(ground: Ground, api: tuple[str, str], issuer: str) -> None:
    authorization, address = api
    http = urllib3.PoolManager(retries=False)
    good = http.request("POST", address, body=ROWS, headers=allowed(ground, authorization, address, issuer))
    assert (good.status, good.json(), good.headers["x-model-variant"]) == (200, ANSWER, "all")
    nobody = http.request("POST", address, body=ROWS)
    assert nobody.status == {"iam": 403, "jwt": 401}[authorization]
    group = f"/aws/apigateway/{PLACE.named(authorization)}"
    lines = [
        json.loads(each["message"]) for each in ground.client("logs").filter_log_events(logGroupName=group)["events"]
    ]
    assert sorted(line["status"] for line in lines) == sorted(["200", str(nobody.status)])
    assert {line["subject"] for line in lines} == ({"ann", "-"} if authorization == "jwt" else {"-"})
    assert {line["route"] for line in lines} == {"POST /v1/models/eta/invocations"}
