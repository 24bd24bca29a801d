"""EventBridge Pipes and Lambda's event source mappings, through plain boto3."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.services.harness import ACCOUNT, REGION, Ground, answer_of, trust

HANDLER = """
import base64, json, os, uuid
import boto3

def enrich(events, context):
    return [{**json.loads(event["body"]), "enriched": True} for event in events]

def keep(event, context):
    records = event["Records"] if isinstance(event, dict) else event
    failed = []
    for record in records:
        data = record.get("kinesis", record).get("data")
        text = base64.b64decode(data).decode() if data else record.get("body") or json.dumps(record.get("dynamodb"))
        if "bad" in text:
            failed.append({"itemIdentifier": record.get("messageId")})
        else:
            key = f"kept/{os.environ['MARK']}/{uuid.uuid4()}"
            boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=key, Body=text)
    return {"batchItemFailures": failed}
"""


def within(holds: Callable[[], bool], timeout_s: float = 15) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def name() -> str:
    return f"x-{uuid.uuid4().hex[:8]}"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@pytest.fixture(scope="module")
def role(ground: Ground) -> str:
    iam = ground.client("iam")
    return iam.create_role(RoleName="pipes", AssumeRolePolicyDocument=trust("pipes.amazonaws.com"))["Role"]["Arn"]


@pytest.fixture(scope="module")
def lambda_role(ground: Ground) -> str:
    iam = ground.client("iam")
    return iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))["Role"]["Arn"]


def function(ground: Ground, lambda_role: str, handler: str, mark: str = "") -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    return ground.client("lambda").create_function(
        FunctionName=name(), Runtime="python3.11", Role=lambda_role, Handler=f"handler.{handler}", Timeout=10,
        Code={"ZipFile": buffer.getvalue()}, Environment={"Variables": {"MARK": mark, "BUCKET": ground.bucket}},
    )["FunctionArn"]  # fmt: skip


def kept(ground: Ground, mark: str) -> list[str]:
    found = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix=f"kept/{mark}/").get("Contents", [])
    return sorted(ground.get(item["Key"]).decode() for item in found)


def queue(ground: Ground, **attributes: str) -> tuple[str, str, Callable[[], list[str]]]:
    """URL and ARN of a queue, and the bodies that were read from it so far."""
    sqs, named = ground.client("sqs"), name()
    url = sqs.create_queue(QueueName=named, Attributes=attributes)["QueueUrl"]
    seen: list[str] = []

    def read() -> list[str]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    return url, arn("sqs", named), read


def pipe(ground: Ground, role: str, source: str, target: str, **more: Any) -> str:
    named = name()
    ground.client("pipes").create_pipe(Name=named, RoleArn=role, Source=source, Target=target, **more)
    return named


def test_a_pipe_filters_enriches_and_shapes(ground: Ground, role: str, lambda_role: str) -> None:
    url, source, _ = queue(ground)
    _, target, read = queue(ground)
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"score": [{"numeric": [">", 5]}]}})}]}
    template = '{"id": <$.id>, "text": "seen <$.id>", "by": "<aws.pipes.pipe-name>", "enriched": <$.enriched>}'
    named = pipe(
        ground, role, source, target,
        SourceParameters={"FilterCriteria": criteria}, Enrichment=function(ground, lambda_role, "enrich"),
        TargetParameters={"InputTemplate": template},
    )  # fmt: skip
    for score in (3, 9):
        ground.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"id": f"s{score}", "score": score}))
    assert within(lambda: len(read()) == 1)
    assert json.loads(read()[0]) == {"id": "s9", "text": "seen s9", "by": named, "enriched": True}
    # What the filter leaves out is gone from the source too.
    queued = ground.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert queued["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_a_stream_reaches_a_function(ground: Ground, role: str, lambda_role: str) -> None:
    kinesis, stream, mark = ground.client("kinesis"), name(), name()
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    source = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamARN"]
    kinesis.put_record(StreamName=stream, Data=b"early", PartitionKey="k")
    pipe(
        ground, role, source, function(ground, lambda_role, "keep", mark),
        SourceParameters={"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 2}},
    )  # fmt: skip
    kinesis.put_record(StreamName=stream, Data=b"late", PartitionKey="k")
    assert within(lambda: kept(ground, mark) == ["early", "late"])


def test_a_pipe_puts_events_on_a_bus_only_while_it_runs(ground: Ground, role: str) -> None:
    url, source, _ = queue(ground)
    _, seen, read = queue(ground)
    events, pipes = ground.client("events"), ground.client("pipes")
    bus = events.describe_event_bus()["Arn"]
    rule = events.put_rule(Name=name(), EventPattern=json.dumps({"source": ["app.rows"]}))["RuleArn"].rpartition("/")[2]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": seen}]})
    ground.client("sqs").set_queue_attributes(
        QueueUrl=ground.client("sqs").get_queue_url(QueueName=seen.rpartition(":")[2])["QueueUrl"],
        Attributes={"Policy": document},
    )
    events.put_targets(Rule=rule, Targets=[{"Id": "t", "Arn": seen, "InputPath": "$.detail.body"}])
    named = pipe(
        ground, role, source, bus, DesiredState="STOPPED",
        TargetParameters={"EventBridgeEventBusParameters": {"Source": "app.rows", "DetailType": "Row"}},
    )  # fmt: skip
    ground.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    assert pipes.describe_pipe(Name=named)["CurrentState"] == "STOPPED"
    assert answer_of(lambda: pipes.stop_pipe(Name=named))["Error"]["Code"] == "ConflictException"
    assert read() == []
    assert pipes.start_pipe(Name=named)["CurrentState"] == "STARTING"
    assert within(lambda: len(read()) == 1)
    assert json.loads(read()[0]) == "one"
    pipes.delete_pipe(Name=named)
    assert answer_of(lambda: pipes.describe_pipe(Name=named))["Error"]["Code"] == "NotFoundException"


def test_what_a_function_could_not_handle_stays_in_the_queue(ground: Ground, lambda_role: str) -> None:
    mark = name()
    _, dead, read = queue(ground)
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "1"})
    url, source, _ = queue(ground, VisibilityTimeout="1", RedrivePolicy=policy)
    mapping = ground.client("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName=function(ground, lambda_role, "keep", mark), BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    for body in ("good", "bad"):
        ground.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    assert within(lambda: kept(ground, mark) == ["good"])
    assert within(lambda: read() == ["bad"])
    ground.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_table_s_stream_reaches_a_function(ground: Ground, lambda_role: str) -> None:
    mark, table = name(), name()
    dynamodb = ground.client("dynamodb")
    source = dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]  # fmt: skip
    ground.client("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName=function(ground, lambda_role, "keep", mark),
        StartingPosition="TRIM_HORIZON", BatchSize=5,
    )  # fmt: skip
    dynamodb.put_item(TableName=table, Item={"id": {"S": "row-1"}})
    assert within(lambda: len(kept(ground, mark)) == 1)
    assert json.loads(kept(ground, mark)[0])["NewImage"] == {"id": {"S": "row-1"}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Source": arn("sqs", "nobody")}, "Source is invalid"),
        ({"Source": arn("mq", "broker:b")}, "not emulated: a pipe whose source"),
        ({"Target": arn("sns", "nobody")}, "Target or enrichment is invalid"),
        ({"Target": arn("firehose", "deliverystream/x")}, "not emulated: a pipe whose target"),
        ({"Enrichment": arn("lambda", "function:nobody")}, "Target or enrichment is invalid"),
        ({"RoleArn": "arn:aws:iam::222233334444:role/jobs"}, "must exist and trust pipes.amazonaws.com"),
        ({"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}}, "Filter pattern is not valid"),
        ({"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}}, "batch window"),
        (
            {"SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}},
            "KinesisStreamParameters cannot be used",
        ),
        ({"DesiredState": "SLEEPING"}, "Member must satisfy enum value set"),
    ],
)
def test_a_wrong_pipe_is_refused(ground: Ground, role: str, changed: dict[str, Any], message: str) -> None:
    _, source, _ = queue(ground)
    call = {"Name": "wrong", "RoleArn": role, "Source": source, "Target": source, **changed}
    error = answer_of(lambda: ground.client("pipes").create_pipe(**call))["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


def test_a_wrong_mapping_is_refused(ground: Ground, lambda_role: str) -> None:
    _, source, _ = queue(ground)
    named = function(ground, lambda_role, "keep")
    create = ground.client("lambda").create_event_source_mapping
    create(EventSourceArn=source, FunctionName=named)
    codes = [
        answer_of(call)["Error"]["Code"]
        for call in (
            lambda: create(EventSourceArn=source, FunctionName=named),
            lambda: create(EventSourceArn=source, FunctionName=named, StartingPosition="LATEST"),
            lambda: create(EventSourceArn=source, FunctionName=named, BatchSize=100),
            lambda: create(EventSourceArn=source, FunctionName="nobody"),
        )
    ]
    assert codes == [
        "ResourceConflictException",
        "InvalidParameterValueException",
        "InvalidParameterValueException",
        "ResourceNotFoundException",
    ]
