"""EventBridge Scheduler and rules with a schedule, through plain boto3 on a fast clock."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust

SPEED = 240.0
OFF = {"Mode": "OFF"}


@pytest.fixture(scope="module")
def speed() -> float:
    return SPEED


@pytest.fixture(scope="module")
def role(ground: Ground) -> str:
    iam = ground.client("iam")
    return iam.create_role(RoleName="scheduler", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com"))["Role"][
        "Arn"
    ]


def queue(ground: Ground, policy: bool = False) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """ARN of a queue, and everything that it got so far."""
    sqs, name = ground.client("sqs"), f"q-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if policy:
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    seen: list[dict[str, Any]] = []

    def read() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in found.get("Messages", []):
            seen.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    return arn, read


def within(holds: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def schedule(ground: Ground, role: str, arn: str, expression: str, **more: Any) -> str:
    name = f"s-{uuid.uuid4().hex[:8]}"
    target = {"Arn": arn, "RoleArn": role, **more.pop("Target", {})}
    ground.client("scheduler").create_schedule(**{
        "Name": name, "ScheduleExpression": expression, "FlexibleTimeWindow": OFF, "Target": target, **more,
    })  # fmt: skip
    return name


def test_a_rate_fires_again_and_again(ground: Ground, role: str) -> None:
    arn, read = queue(ground)
    text = '{"at": "<aws.scheduler.scheduled-time>", "who": "<aws.scheduler.schedule-arn>"}'
    name = schedule(ground, role, arn, "rate(1 minute)", Target={"Input": text})
    assert within(lambda: len(read()) >= 2)
    ground.client("scheduler").delete_schedule(Name=name)
    bodies = [json.loads(message["Body"]) for message in read()]
    assert bodies[0]["who"].endswith(f":schedule/default/{name}")
    assert all(datetime.strptime(body["at"], "%Y-%m-%dT%H:%M:%SZ") for body in bodies)


def test_a_schedule_of_one_moment_fires_once_and_can_go_afterwards(ground: Ground, role: str) -> None:
    arn, read = queue(ground)
    # Local times are the clock's, which is ahead of real time by as much as passed since it began.
    begun = ground.cloud._clock
    moment = datetime.fromtimestamp(begun.now_s() + 240, UTC)
    name = schedule(ground, role, arn, f"at({moment:%Y-%m-%dT%H:%M:%S})", ActionAfterCompletion="DELETE")
    assert within(lambda: len(read()) == 1)
    event = json.loads(read()[0]["Body"])
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    get = ground.client("scheduler").get_schedule
    assert within(lambda: _gone(lambda: get(Name=name)))


def _gone(call: Callable[[], object]) -> bool:
    try:
        return answer_of(call)["Error"]["Code"] == "ResourceNotFoundException"
    except AssertionError:
        return False


def test_a_target_that_is_not_there_goes_to_the_dead_letter_queue(ground: Ground, role: str) -> None:
    dead, read = queue(ground)
    missing = "arn:aws:sqs:eu-west-1:222233334444:nobody"
    name = schedule(
        ground, role, missing, "rate(1 minute)", Target={"Input": "hello", "DeadLetterConfig": {"Arn": dead}}
    )
    assert within(lambda: len(read()) >= 1)
    ground.client("scheduler").delete_schedule(Name=name)
    attributes = {key: value["StringValue"] for key, value in read()[0]["MessageAttributes"].items()}
    assert read()[0]["Body"] == "hello"
    assert (attributes["ERROR_CODE"], attributes["TARGET_ARN"]) == ("NO_RESOURCE", missing)


def test_a_universal_target_calls_its_operation(ground: Ground, role: str) -> None:
    text = json.dumps({"Name": "/told/by/schedule", "Value": "yes", "Type": "String"})
    name = schedule(ground, role, "arn:aws:scheduler:::aws-sdk:ssm:putParameter", "rate(1 day)", Target={"Input": text})
    ground.cloud.fire_schedule(name)
    ssm = ground.client("ssm")
    assert within(lambda: bool(ssm.describe_parameters()["Parameters"]))
    assert ssm.get_parameter(Name="/told/by/schedule")["Parameter"]["Value"] == "yes"


def test_a_schedule_that_is_off_does_not_fire(ground: Ground, role: str) -> None:
    arn, read = queue(ground)
    other, reads = queue(ground)
    schedule(ground, role, arn, "rate(1 minute)", State="DISABLED")
    schedule(ground, role, other, "rate(1 minute)", EndDate=datetime.now(UTC) + timedelta(seconds=3))
    assert within(lambda: len(reads()) >= 1)
    assert read() == []


def test_a_rule_with_a_schedule_fires_too(ground: Ground) -> None:
    arn, read = queue(ground, policy=True)
    events = ground.client("events")
    rule = events.put_rule(Name="timed", ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule="timed", Targets=[{"Id": "t", "Arn": arn}])
    assert within(lambda: len(read()) >= 1)
    event = json.loads(read()[0]["Body"])
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.events", "Scheduled Event", [rule])
    events.remove_targets(Rule="timed", Ids=["t"])
    events.delete_rule(Name="timed")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ScheduleExpression": "rate(1 minutes)"}, "Invalid Schedule Expression rate(1 minutes)."),
        ({"ScheduleExpressionTimezone": "Mars/Crater"}, "Invalid Schedule Expression Timezone Mars/Crater."),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes must be given"),
        ({"EndDate": datetime(2020, 1, 1, tzinfo=UTC)}, "must come after the current time"),
        ({"State": "SLEEPING"}, "Member must satisfy enum value set"),
        ({"Target": {"RoleArn": "arn:aws:iam::222233334444:role/jobs"}}, "must allow AWS EventBridge Scheduler"),
        ({"Target": {"Arn": "arn:aws:batch:eu-west-1:222233334444:job"}}, "its service is no target"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:fly"}}, "is not a supported target"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:listQueues"}}, "is not a supported target"),
        ({"Target": {"Arn": "arn:aws:events:eu-west-1:222233334444:event-bus/default"}}, "EventBridgeParameters"),
        ({"Target": {"KinesisParameters": {"PartitionKey": "k"}}}, "KinesisParameters cannot be used"),
        ({"Target": {"Arn": "arn:aws:sqs:eu-west-1:222233334444:q.fifo"}}, "MessageGroupId is required"),
    ],
)
def test_a_wrong_schedule_is_refused(ground: Ground, role: str, changed: dict[str, Any], message: str) -> None:
    target = {"Arn": "arn:aws:sqs:eu-west-1:222233334444:q", "RoleArn": role}
    given = {"Name": "wrong", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF, "Target": target}
    call = given | changed | {"Target": target | changed.get("Target", {})}
    error = answer_of(lambda: ground.client("scheduler").create_schedule(**call))["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


def test_names_and_groups_are_looked_up(ground: Ground, role: str) -> None:
    arn, _ = queue(ground)
    name = schedule(ground, role, arn, "rate(1 day)")
    scheduler = ground.client("scheduler")
    target = {"Arn": arn, "RoleArn": role}
    given = {"Name": name, "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF, "Target": target}
    codes = [
        answer_of(call)["Error"]["Code"]
        for call in (
            lambda: scheduler.create_schedule(**given),
            lambda: scheduler.create_schedule(**given, GroupName="none"),
            lambda: scheduler.update_schedule(**given | {"Name": "none"}),
        )
    ]
    assert codes == ["ConflictException", "ResourceNotFoundException", "ResourceNotFoundException"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ScheduleExpression": "every day"}, "ValidationException"),
        ({"ScheduleExpression": "rate(0 minutes)"}, "ValidationException"),
        ({"EventPattern": '{"source": [{"like": "a"}]}'}, "InvalidEventPatternException"),
    ],
)
def test_a_wrong_rule_is_refused(ground: Ground, given: dict[str, str], code: str) -> None:
    assert answer_of(lambda: ground.client("events").put_rule(Name="wrong", **given))["Error"]["Code"] == code
