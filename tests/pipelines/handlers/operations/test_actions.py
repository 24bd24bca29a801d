"""What actions ask of AWS, call by call, and when they refuse."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.handlers.operations.actions import Task, restart, rollback, scale_out
from pipelines.handlers.operations.graph import Graph
from pipelines.handlers.operations.observation import written
from pipelines.handlers.operations.refusals import Refused
from pipelines.handlers.operations.setup import Setup

NOW = datetime.now(UTC)
PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/t-dev-eta/3"
GUARDED = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "t-dev-errors-eta"}]}}


class Aws:
    """Answers by operation, and what was asked that changes something."""

    def __init__(self, **answers):
        self.answers = {
            "list_endpoint_configs": {"EndpointConfigs": [config("t-dev-eta-v3-abc"), config("t-dev-eta-v2-abc", 90)]},
            "describe_endpoint_config": {"ProductionVariants": [{"ModelName": "m", "VariantName": "AllTraffic"}]},
            "describe_model": {"PrimaryContainer": {"ModelPackageName": PACKAGE}},
            "describe_endpoint": endpoint(),
            "describe_scalable_targets": {"ScalableTargets": [{"MaxCapacity": 4}]},
            "list_model_packages": [versions(3, 2, 1)],
            **answers,
        }
        self.asked = []

    def __call__(self, _service):
        return self

    def get_paginator(self, operation):
        answers = self.answers[operation]
        return type("Pages", (), {"paginate": staticmethod(lambda **_: answers)})

    def __getattr__(self, operation):
        def call(**request):
            if not operation.startswith(("describe", "list")):
                self.asked.append((operation, request))
            return self.answers.get(operation, {})

        return call


def config(name, minutes=5):
    return {"EndpointConfigName": name, "CreationTime": NOW - timedelta(minutes=minutes)}


def endpoint(status="InService", instances=2, name="t-dev-eta-v3-abc"):
    variants = [{"VariantName": "AllTraffic", "CurrentInstanceCount": instances}]
    return {
        "EndpointStatus": status,
        "EndpointConfigName": name,
        "ProductionVariants": variants,
        "LastDeploymentConfig": GUARDED,
        "LastModifiedTime": NOW - timedelta(hours=1),
    }


def versions(*numbers):
    return {"ModelPackageSummaryList": [{"ModelPackageVersion": number} for number in numbers]}


def task(aws, signal="errors", name="t-dev-errors-eta"):
    graph = Graph({}, {"eta": {"endpoint": "t-dev-eta", "pipelines": {"training": "t-dev-eta-training"}}})
    alert = {"signal": signal, "name": name, "at": written(NOW - timedelta(minutes=1))}
    return Task("i1", "eta", alert, "rule x", written(NOW), graph, Setup("dev", "t-dev", "table"), aws)


def test_a_release_on_its_way_is_stopped_and_blocked_and_the_way_back_is_named():
    aws = Aws(describe_endpoint=endpoint("Updating"))
    said = rollback(task(aws))
    assert [operation for operation, _ in aws.asked] == ["set_alarm_state", "update_model_package"]
    assert (aws.asked[0][1]["AlarmName"], aws.asked[0][1]["StateValue"]) == ("t-dev-errors-eta", "ALARM")
    assert (aws.asked[1][1]["ModelPackageArn"], aws.asked[1][1]["ModelApprovalStatus"]) == (PACKAGE, "Rejected")
    assert "`estate promote eta 2 -s dev`" in said


def test_a_release_that_has_arrived_is_blocked_and_the_endpoint_left_where_it_is():
    aws = Aws()
    rollback(task(aws))
    assert [operation for operation, _ in aws.asked] == ["update_model_package"]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"list_endpoint_configs": {"EndpointConfigs": [config("t-dev-eta-v3-abc", 90)]}}, "no release of eta within"),
        ({"list_endpoint_configs": {"EndpointConfigs": [config("t-dev-eta-two-v3-abc")]}}, "no release of eta within"),
        ({"list_endpoint_configs": {"EndpointConfigs": [config("t-dev-eta-v3-abc-restart-1")]}}, "no release of eta"),
        ({"list_model_packages": [versions(3)]}, "version 3 is the first approved one"),
        ({"describe_model": {"PrimaryContainer": {"Image": "i"}}}, "serves no model package"),
    ],
)
def test_nothing_is_blocked_without_a_release_to_blame_and_one_to_go_back_to(answers, says):
    aws = Aws(**answers)
    with pytest.raises(Refused, match=says):
        rollback(task(aws))
    assert aws.asked == []


def test_an_endpoint_gets_new_instances_of_the_same_configuration():
    aws = Aws(list_endpoint_configs={"EndpointConfigs": [config("t-dev-eta-v3-abc-restart-old")]})
    restart(task(aws))
    (create, update, delete) = aws.asked
    copy = create[1]["EndpointConfigName"]
    assert copy.startswith("t-dev-eta-v3-abc-restart-")
    assert create[1]["ProductionVariants"] == [{"ModelName": "m", "VariantName": "AllTraffic"}]
    assert (update[0], update[1]["EndpointConfigName"]) == ("update_endpoint", copy)
    assert delete == ("delete_endpoint_config", {"EndpointConfigName": "t-dev-eta-v3-abc-restart-old"})


def test_the_same_restart_again_updates_nothing():
    aws = Aws()
    restart(task(aws))
    copy = aws.asked[0][1]["EndpointConfigName"]
    again = Aws(describe_endpoint=endpoint(name=copy))
    restart(task(again))
    assert again.asked == []


def test_a_failed_run_goes_on_and_another_is_left_alone():
    runs = [{"PipelineExecutionArn": "arn:x/execution/1", "PipelineExecutionStatus": "Failed"}]
    aws = Aws(list_pipeline_executions={"PipelineExecutionSummaries": runs})
    failed = {"signal": "pipeline-failed", "name": "t-dev-eta-training"}
    restart(task(aws, **failed))
    assert [operation for operation, _ in aws.asked] == ["retry_pipeline_execution"]
    runs[0]["PipelineExecutionStatus"] = "Executing"
    with pytest.raises(Refused, match="has not failed"):
        restart(task(aws, **failed))


@pytest.mark.parametrize(("now", "then"), [(1, 2), (2, 3), (3, 4)])
def test_half_as_many_instances_again_up_to_the_maximum(now, then):
    aws = Aws(describe_endpoint=endpoint(instances=now))
    scale_out(task(aws))
    ((operation, request),) = aws.asked
    assert operation == "update_endpoint_weights_and_capacities"
    assert request["DesiredWeightsAndCapacities"] == [{"VariantName": "AllTraffic", "DesiredInstanceCount": then}]


@pytest.mark.parametrize(
    ("act", "answers", "says"),
    [
        (scale_out, {"describe_endpoint": endpoint(instances=4)}, "as many instances as its settings allow"),
        (scale_out, {"describe_scalable_targets": {"ScalableTargets": []}}, "as many instances as its settings allow"),
        (
            scale_out,
            {"describe_endpoint": endpoint() | {"ProductionVariants": [{"VariantName": "serverless"}]}},
            "as many instances as its settings allow",
        ),
        (scale_out, {"describe_endpoint": endpoint("Updating")}, "is Updating; only one in service is scaled"),
        (restart, {"describe_endpoint": endpoint("RollingBack")}, "is RollingBack; only one in service is restarted"),
        (
            restart,
            {"describe_endpoint": endpoint() | {"LastModifiedTime": NOW}},
            "has changed since t-dev-errors-eta went off; it is given time",
        ),
    ],
)
def test_an_endpoint_that_is_full_or_busy_is_left_alone(act, answers, says):
    aws = Aws(**answers)
    with pytest.raises(Refused, match=says):
        act(task(aws))
    assert aws.asked == []
