"""Faults on purpose."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values

_UNKNOWN = ("ResourceNotFoundException",)
_TEMPLATE = (
    "actions",
    "description",
    "experimentOptions",
    "logConfiguration",
    "roleArn",
    "stopConditions",
    "targets",
)


def _pairs(value: Any) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in value or ()}


def _experiment(values: Values, _: Values) -> dict[str, Any]:
    """CreateExperimentTemplate: what Pulumi lists by name are maps there."""
    made: dict[str, Any] = {}
    if "description" in values:
        made["description"] = values["description"]
    if "roleArn" in values:
        made["roleArn"] = values["roleArn"]
    if "actions" in values:
        made["actions"] = {each["name"]: _action(each) for each in values["actions"]}
    if values.get("targets"):
        made["targets"] = {each["name"]: _target(each) for each in values["targets"]}
    if "stopConditions" in values:
        made["stopConditions"] = [
            {key: each[key] for key in ("source", "value") if each.get(key)} for each in values["stopConditions"]
        ]
    if values.get("experimentOptions"):
        made["experimentOptions"] = dict(values["experimentOptions"])
    log = values.get("logConfiguration")
    if log:
        made["logConfiguration"] = {
            "logSchemaVersion": int(log["logSchemaVersion"]),
            "cloudWatchLogsConfiguration": {"logGroupArn": log["cloudwatchLogsConfiguration"]["logGroupArn"]},
        }
    if values.get("tags"):
        made["tags"] = dict(values["tags"])
    return made


def _changed(values: Values, known: Values) -> dict[str, Any]:
    """An update leaves out what cannot change: for how many accounts it is."""
    made = _experiment(values, known)
    made.get("experimentOptions", {}).pop("accountTargeting", None)
    return made


def _action(each: Values) -> dict[str, Any]:
    found: dict[str, Any] = {"actionId": each["actionId"], "parameters": _pairs(each.get("parameters"))}
    if each.get("description"):
        found["description"] = each["description"]
    if each.get("target"):
        found["targets"] = {each["target"]["key"]: each["target"]["value"]}
    return found


def _target(each: Values) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": each["resourceType"], "selectionMode": each["selectionMode"]}
    if each.get("resourceTags"):
        found["resourceTags"] = _pairs(each["resourceTags"])
    if each.get("resourceArns"):
        found["resourceArns"] = list(each["resourceArns"])
    if each.get("filters"):
        found["filters"] = [{"path": one["path"], "values": list(one["values"])} for one in each["filters"]]
    return found


ROWS = (
    Row(
        "aws:fis/experimentTemplate:ExperimentTemplate",
        "fis",
        Step(
            "CreateExperimentTemplate",
            (*_TEMPLATE, "tags"),
            {"clientToken": "{token(in.description)}"},
            build=_experiment,
        ),
        id="{made.experimentTemplate.id}",
        read=(Step("GetExperimentTemplate", (), {"id": "{id}"}, at="experimentTemplate"),),
        update=(Step("UpdateExperimentTemplate", _TEMPLATE, {"id": "{id}"}, build=_changed),),
        delete=(Step("DeleteExperimentTemplate", (), {"id": "{id}"}),),
        outputs={"arn": "arn:{partition}:fis:{region}:{account}:experiment-template/{id}"},
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": "{out.arn}"}, "tagKeys", "tags"
        ),
        gone=_UNKNOWN,
        sample_id="EXT0000000000000",
        seen={
            "actions": "in.actions",
            "targets": "in.targets",
            "logConfiguration": "logConfiguration && {logSchemaVersion: logConfiguration.logSchemaVersion, "
            "cloudwatchLogsConfiguration: logConfiguration.cloudWatchLogsConfiguration}",
        },
        cloudformation="AWS::FIS::ExperimentTemplate",
    ),
)
