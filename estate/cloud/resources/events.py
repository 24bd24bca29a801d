"""What starts what: rules, their targets, schedules."""

from typing import Any

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Values
from estate.cloud.resources.template import At

_BUS = At("in.eventBusName || 'default'")
_RULE = {"Name": "{in.name}", "EventBusName": _BUS}
_TARGET_MEMBERS = {
    "arn": "Arn",
    "targetId": "Id",
    "roleArn": "RoleArn",
    "input": "Input",
    "inputPath": "InputPath",
}
_SCHEDULE_INPUTS = (
    "actionAfterCompletion",
    "description",
    "endDate",
    "flexibleTimeWindow",
    "kmsKeyArn",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "startDate",
    "state",
    "target",
)
_SCHEDULE_NAMES = {
    "target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList",
    "target.eventbridgeParameters": "EventBridgeParameters",
    "target.sagemakerPipelineParameters": "SageMakerPipelineParameters",
}


def _target(values: Values, _: Values) -> dict[str, Any]:
    """One target of a rule, of which a call could put several."""
    made: dict[str, Any] = {name: values[key] for key, name in _TARGET_MEMBERS.items() if key in values}
    if "deadLetterConfig" in values:
        made["DeadLetterConfig"] = {"Arn": values["deadLetterConfig"]["arn"]}
    if "retryPolicy" in values:
        made["RetryPolicy"] = {capital(key): int(value) for key, value in values["retryPolicy"].items()}
    if "inputTransformer" in values:
        given = values["inputTransformer"]
        paths = {"InputPathsMap": dict(given["inputPaths"])} if given.get("inputPaths") else {}
        made["InputTransformer"] = {**paths, "InputTemplate": given["inputTemplate"]}
    if "sagemakerPipelineTarget" in values:
        given = values["sagemakerPipelineTarget"].get("pipelineParameterLists") or []
        parameters = [{"Name": item["name"], "Value": item["value"]} for item in given]
        made["SageMakerPipelineParameters"] = {"PipelineParameterList": parameters}
    if "sqsTarget" in values:
        made["SqsParameters"] = {"MessageGroupId": values["sqsTarget"]["messageGroupId"]}
    rule = {"Rule": values["rule"]} if "rule" in values else {}
    bus = {"EventBusName": values["eventBusName"]} if "eventBusName" in values else {}
    return {**rule, **bus, **({"Targets": [made]} if made else {})}


_TARGET_INPUTS = (
    *_TARGET_MEMBERS,
    "deadLetterConfig",
    "retryPolicy",
    "inputTransformer",
    "sagemakerPipelineTarget",
    "sqsTarget",
    "rule",
    "eventBusName",
)

ROWS = (
    Row(
        "aws:cloudwatch/eventRule:EventRule",
        "events",
        Step(
            "PutRule", names={"name": "Name"}, via={"isEnabled": lambda on: {"State": "ENABLED" if on else "DISABLED"}}
        ),
        id=At("in.eventBusName && in.eventBusName != 'default' && join('/', [in.eventBusName, in.name]) || in.name"),
        read=(Step("DescribeRule", (), _RULE),),
        update=(
            Step(
                "PutRule",
                ("description", "eventPattern", "scheduleExpression", "roleArn", "state", "isEnabled"),
                _RULE,
                via={"isEnabled": lambda on: {"State": "ENABLED" if on else "DISABLED"}},
            ),
        ),
        delete=(Step("DeleteRule", (), {**_RULE, "Force": At("in.forceDestroy || `false`")}),),
        outputs={"arn": "{read.Arn}", "eventBusName": _BUS},
        name="name",
        fixed=("name", "eventBusName"),
        local=("forceDestroy",),
        gone=("ResourceNotFoundException",),
        seen={"isEnabled": "State == 'ENABLED'"},
        cloudformation="AWS::Events::Rule",
    ),
    Row(
        "aws:cloudwatch/eventTarget:EventTarget",
        "events",
        Step("PutTargets", _TARGET_INPUTS, build=_target),
        id="{in.rule}-{in.targetId}",
        read=(
            Step(
                "ListTargetsByRule",
                (),
                {"Rule": "{in.rule}", "EventBusName": _BUS},
                at="Targets[?Id == '{in.targetId}'] | [0]",
            ),
        ),
        update=(Step("PutTargets", _TARGET_INPUTS, build=_target),),
        delete=(Step("RemoveTargets", (), {"Rule": "{in.rule}", "EventBusName": _BUS, "Ids": ["{in.targetId}"]}),),
        auto="targetId",
        fixed=("rule", "targetId", "eventBusName"),
        local=("forceDestroy",),
        gone=("ResourceNotFoundException",),
        seen={"rule": "in.rule"},
        cloudformation="AWS::Events::Rule",
    ),
    Row(
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        "scheduler",
        Step("CreateScheduleGroup"),
        id="{in.name}",
        read=(Step("GetScheduleGroup", (), {"Name": "{id}"}),),
        delete=(Step("DeleteScheduleGroup", (), {"Name": "{id}"}),),
        outputs={
            "arn": "{read.Arn}",
            "state": "{read.State}",
            "creationDate": "{read.CreationDate}",
            "lastModificationDate": "{read.LastModificationDate}",
        },
        name="name",
        fixed=("name",),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::Scheduler::ScheduleGroup",
    ),
    Row(
        "aws:scheduler/schedule:Schedule",
        "scheduler",
        Step("CreateSchedule", params={"ClientToken": "{token(in.name)}"}, names=_SCHEDULE_NAMES),
        id="{in.groupName || 'default'}/{in.name}",
        read=(Step("GetSchedule", (), {"Name": "{in.name}", "GroupName": "{in.groupName}"}),),
        update=(
            Step(
                "UpdateSchedule",
                _SCHEDULE_INPUTS,
                {"Name": "{in.name}", "GroupName": "{in.groupName}"},
                _SCHEDULE_NAMES,
            ),
        ),
        delete=(Step("DeleteSchedule", (), {"Name": "{in.name}", "GroupName": "{in.groupName}"}),),
        outputs={"arn": "{read.Arn}"},
        name="name",
        defaults={"groupName": "default", "state": "ENABLED", "scheduleExpressionTimezone": "UTC"},
        fixed=("name", "groupName"),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::Scheduler::Schedule",
    ),
)
