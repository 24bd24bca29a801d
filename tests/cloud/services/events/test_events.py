"""Alarms, events, functions and their delivery, through plain boto3."""

import io
import json
import time
import uuid
import zipfile
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust

HANDLER = """
import json, os, sys
import boto3

def handle(event, context):
    if event.get("sleep"):
        import time
        time.sleep(event["sleep"])
    if event.get("fail"):
        raise ValueError("asked to fail")
    if event.get("look"):
        found = {}
        for name in ("pandas", "pydantic", "estate", "pytest"):
            try:
                __import__(name)
                found[name] = True
            except ImportError:
                found[name] = False
        return found
    print("handled", json.dumps(event.get("detail", {})))
    if os.environ.get("TABLE"):
        boto3.client("s3").put_object(Bucket=os.environ["TABLE"], Key=f"handled/{event['id']}", Body=json.dumps(event))
    return {"name": context.function_name, "left": context.get_remaining_time_in_millis() > 0}
"""


def zipped(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", code)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def function(ground: Ground) -> str:
    """ARN of a function that writes what it handles into the bucket."""
    role = ground.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    ground.client("iam").attach_role_policy(RoleName="functions", PolicyArn=basic)
    return ground.client("lambda").create_function(
        FunctionName="handler", Runtime="python3.11", Role=role, Handler="handler.handle", Timeout=3,
        Code={"ZipFile": zipped(HANDLER)}, Environment={"Variables": {"TABLE": ground.bucket}},
    )["FunctionArn"]  # fmt: skip


def invoke(ground: Ground, event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ground.client("lambda").invoke(FunctionName="handler", Payload=json.dumps(event).encode(), **more)


def handled(ground: Ground, event_id: str, timeout_s: float = 15) -> dict[str, Any] | None:
    deadline = time.monotonic() + timeout_s
    s3 = ground.client("s3")
    while time.monotonic() < deadline:
        if s3.list_objects_v2(Bucket=ground.bucket, Prefix=f"handled/{event_id}").get("KeyCount"):
            return json.loads(ground.get(f"handled/{event_id}"))
        time.sleep(0.1)
    return None


def queue(ground: Ground, policy_for: str | None = "events.amazonaws.com") -> tuple[str, str]:
    """URL and ARN of a queue that lets a service in."""
    name = f"q-{uuid.uuid4().hex[:8]}"
    sqs = ground.client("sqs")
    statement = {"Effect": "Allow", "Principal": {"Service": policy_for}, "Action": "sqs:SendMessage", "Resource": "*"}
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})} if policy_for else {}
    url = sqs.create_queue(QueueName=name, Attributes=policy)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(ground: Ground, url: str, timeout_s: float = 10) -> dict[str, Any] | None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = ground.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")
        if found:
            return found[0]
        time.sleep(0.05)
    return None


def rule(ground: Ground, pattern: dict[str, Any], **target: Any) -> str:
    name = f"r-{uuid.uuid4().hex[:8]}"
    events = ground.client("events")
    arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "t", **target}])
    return arn


def put(ground: Ground, source: str, detail: dict[str, Any] | None = None) -> str:
    entry = {"Source": source, "DetailType": "Thing", "Detail": json.dumps(detail or {})}
    answer = ground.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    ground.cloud.flush()
    return answer["Entries"][0]["EventId"]


def test_a_function_runs_from_its_own_zip(ground: Ground, function: str) -> None:
    answer = invoke(ground, {"id": "direct"}, LogType="Tail")
    assert json.loads(answer["Payload"].read()) == {"name": "handler", "left": True}
    assert "FunctionError" not in answer
    groups = ground.client("logs").describe_log_streams(logGroupName="/aws/lambda/handler")["logStreams"]
    assert groups != []


def test_a_function_whose_role_may_not_make_its_log_group_does_not(ground: Ground, function: str) -> None:
    lonely, found = "arn:aws:iam::222233334444:role/jobs", ground.client("lambda").get_function_configuration
    role = found(FunctionName="handler")["Role"]
    logs = ground.client("logs")
    ground.client("lambda").update_function_configuration(FunctionName="handler", Role=lonely)
    logs.delete_log_group(logGroupName="/aws/lambda/handler")
    try:
        invoke(ground, {"id": "quiet"})
    finally:
        ground.client("lambda").update_function_configuration(FunctionName="handler", Role=role)
    assert logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/handler")["logGroups"] == []


def test_a_function_can_import_boto3_and_nothing_else(ground: Ground, function: str) -> None:
    found = json.loads(invoke(ground, {"look": True})["Payload"].read())
    assert found == {"pandas": False, "pydantic": False, "estate": False, "pytest": False}


def test_an_exception_is_a_function_error(ground: Ground, function: str) -> None:
    answer = invoke(ground, {"fail": True})
    assert answer["FunctionError"] == "Unhandled"
    body = json.loads(answer["Payload"].read())
    assert (body["errorType"], body["errorMessage"]) == ("ValueError", "asked to fail")


def test_the_timeout_ends_a_function(ground: Ground, function: str) -> None:
    ground.client("lambda").update_function_configuration(FunctionName="handler", Timeout=1)
    try:
        answer = invoke(ground, {"sleep": 30})
    finally:
        ground.client("lambda").update_function_configuration(FunctionName="handler", Timeout=3)
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.loads(answer["Payload"].read())["errorMessage"]


def test_an_unknown_function_is_refused(ground: Ground) -> None:
    error = answer_of(lambda: ground.client("lambda").invoke(FunctionName="nobody"))
    assert error["Error"]["Code"] == "ResourceNotFoundException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_an_event_reaches_a_function_that_lets_its_rule_in(ground: Ground, function: str) -> None:
    arn = rule(ground, {"source": ["test.allowed"], "detail": {"kind": ["good"]}}, Arn=function)
    ground.client("lambda").add_permission(
        FunctionName="handler", StatementId=uuid.uuid4().hex, Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com", SourceArn=arn,
    )  # fmt: skip
    other = put(ground, "test.allowed", {"kind": "bad"})
    event_id = put(ground, "test.allowed", {"kind": "good"})
    event = handled(ground, event_id)
    assert event is not None
    assert (event["source"], event["detail-type"], event["detail"]) == ("test.allowed", "Thing", {"kind": "good"})
    assert handled(ground, other, 0.5) is None


def test_without_permission_an_event_goes_to_the_dead_letter_queue(ground: Ground, function: str) -> None:
    url, dead_letters = queue(ground)
    arn = rule(ground, {"source": ["test.denied"]}, Arn=function, DeadLetterConfig={"Arn": dead_letters})
    event_id = put(ground, "test.denied")
    message = received(ground, url)
    assert message is not None
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["RULE_ARN"]) == ("NO_PERMISSIONS", arn)


def test_a_target_gets_what_its_transformer_makes(ground: Ground) -> None:
    url, arn = queue(ground)
    transformer = {
        "InputPathsMap": {"who": "$.detail.who", "n": "$.detail.n"},
        "InputTemplate": '{"text": "hello <who>", "n": <n>}',
    }
    rule(ground, {"source": ["test.transformed"]}, Arn=arn, InputTransformer=transformer)
    put(ground, "test.transformed", {"who": 'a "b"', "n": 3})
    message = received(ground, url)
    assert message is not None
    assert json.loads(message["Body"]) == {"text": 'hello a "b"', "n": 3}


def test_a_queue_that_lets_nobody_in_gets_nothing(ground: Ground) -> None:
    url, arn = queue(ground, None)
    rule(ground, {"source": ["test.closed"]}, Arn=arn)
    put(ground, "test.closed")
    assert received(ground, url, 0.5) is None


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Source": "", "DetailType": "T", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "s", "DetailType": "T", "Detail": "no"}, "MalformedDetail"),
        ({"Source": "s", "DetailType": "T", "Detail": "[]"}, "MalformedDetail"),
        ({"Source": "aws.s3", "DetailType": "T", "Detail": "{}"}, "NotAuthorizedForSourceException"),
    ],
)
def test_a_wrong_entry_fails_alone(ground: Ground, entry: dict[str, str], code: str) -> None:
    good = {"Source": "s", "DetailType": "T", "Detail": "{}"}
    answer = ground.client("events").put_events(Entries=[entry, good])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert "EventId" in answer["Entries"][1]


def alarm(ground: Ground, **more: Any) -> str:
    name = f"a-{uuid.uuid4().hex[:8]}"
    ground.client("cloudwatch").put_metric_alarm(**{
        "AlarmName": name, "Namespace": "Test", "MetricName": name, "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 3.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Statistic": "Maximum",
        "Dimensions": [{"Name": "Model", "Value": "m"}], **more,
    })  # fmt: skip
    return name


def measure(ground: Ground, name: str, value: float, model: str = "m") -> None:
    datum = {"MetricName": name, "Value": value, "Dimensions": [{"Name": "Model", "Value": model}]}
    ground.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])


def state(ground: Ground, name: str) -> str:
    return ground.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def test_an_alarm_follows_its_metric_and_tells(ground: Ground) -> None:
    url, arn = queue(ground)
    name = alarm(ground)
    rule(
        ground,
        {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}}},
        Arn=arn,
    )
    assert state(ground, name) == "INSUFFICIENT_DATA"
    measure(ground, name, 9.0, model="another")
    assert state(ground, name) == "INSUFFICIENT_DATA"
    measure(ground, name, 2.0)
    assert state(ground, name) == "OK"
    measure(ground, name, 3.0)
    assert state(ground, name) == "ALARM"
    message = received(ground, url)
    assert message is not None
    event = json.loads(message["Body"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:eu-west-1:222233334444:alarm:{name}"]
    assert (event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) == ("OK", "ALARM")
    assert "was greater than or equal to the threshold (3.0)" in event["detail"]["state"]["reason"]
    metric = event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric == {"dimensions": {"Model": "m"}, "name": name, "namespace": "Test"}


def test_an_alarm_publishes_to_its_topic(ground: Ground) -> None:
    sns = ground.client("sns")
    topic = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    url, arn = queue(ground, "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    name = alarm(ground, AlarmActions=[topic])
    measure(ground, name, 5.0)
    message = received(ground, url)
    assert message is not None
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == (name, "ALARM")


def test_a_state_that_is_set_by_hand_is_told_too(ground: Ground) -> None:
    url, arn = queue(ground)
    name = alarm(ground)
    rule(ground, {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}, Arn=arn)
    ground.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")
    message = received(ground, url)
    assert message is not None
    assert json.loads(message["Body"])["detail"]["state"]["reason"] == "a drill"


def test_a_package_that_is_approved_is_told(ground: Ground) -> None:
    url, arn = queue(ground)
    sagemaker = ground.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="told")
    package = sagemaker.create_model_package(ModelPackageGroupName="told")["ModelPackageArn"]
    rule(
        ground,
        {"detail-type": ["SageMaker Model Package State Change"], "detail": {"ModelApprovalStatus": ["Approved"]}},
        Arn=arn,
    )
    sagemaker.update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Approved", ApprovalDescription="me: good"
    )
    message = received(ground, url)
    assert message is not None
    detail = json.loads(message["Body"])["detail"]
    assert (detail["ModelPackageArn"], detail["ApprovalDescription"]) == (package, "me: good")
    assert detail["UpdatedModelPackageFields"] == ["ModelApprovalStatus", "ApprovalDescription"]
