"""What is recorded of the account, and what it may spend."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait
from estate.cloud.resources.template import At

_TRAIL = {"Name": "{id}"}
_TRAIL_NAMES = {
    "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
    "eventSelectors.excludeManagementEventSources": "ExcludeManagementEventSources",
    "tags": "TagsList",
}
_BUDGET = {"AccountId": At("in.accountId || account")}
_RECORDER = "ConfigurationRecorder"
_NOTICE = At(
    "{NotificationType: item.notificationType, ComparisonOperator: item.comparisonOperator, "
    "Threshold: item.threshold, ThresholdType: item.thresholdType}"
)


def _notifications(found: list[Values]) -> dict[str, Any]:
    """A budget's notices: AWS keeps the notice and who gets it apart."""
    return {
        "NotificationsWithSubscribers": [
            {
                "Notification": {
                    "NotificationType": item["notificationType"],
                    "ComparisonOperator": item["comparisonOperator"],
                    "Threshold": float(item["threshold"]),
                    "ThresholdType": item["thresholdType"],
                },
                "Subscribers": [
                    *({"SubscriptionType": "SNS", "Address": at} for at in item.get("subscriberSnsTopicArns") or ()),
                    *(
                        {"SubscriptionType": "EMAIL", "Address": at}
                        for at in item.get("subscriberEmailAddresses") or ()
                    ),
                ],
            }
            for item in found
        ]
    }


def _filters(found: list[Values]) -> dict[str, Any]:
    return {"Budget": {"CostFilters": {item["name"]: list(item["values"]) for item in found}}}


_BUDGET_NAMES = {
    "limitAmount": "Budget.BudgetLimit.Amount",
    "limitUnit": "Budget.BudgetLimit.Unit",
    "timePeriodStart": "Budget.TimePeriod.Start",
    "timePeriodEnd": "Budget.TimePeriod.End",
    "name": "Budget.BudgetName",
    "tags": "ResourceTags",
}
_BUDGET_UPDATES = (
    "limitAmount",
    "limitUnit",
    "timePeriodStart",
    "timePeriodEnd",
    "timeUnit",
    "costTypes",
    "budgetType",
)

_RULE_INPUTS = ("description", "evaluationModes", "inputParameters", "maximumExecutionFrequency", "scope", "source")

ROWS = (
    Row(
        "aws:cloudtrail/trail:Trail",
        "cloudtrail",
        Step("CreateTrail", names={**_TRAIL_NAMES, "enableLogFileValidation": "EnableLogFileValidation"}),
        follow=(
            Step(
                "StartLogging",
                ("enableLogging",),
                _TRAIL,
                when=lambda values: values.get("enableLogging") is not False,
                build=lambda _, __: {},
            ),
            Step(
                "PutEventSelectors", ("eventSelectors", "advancedEventSelectors"), {"TrailName": "{id}"}, _TRAIL_NAMES
            ),
            Step("PutInsightSelectors", ("insightSelectors",), {"TrailName": "{id}"}),
        ),
        id="{made.TrailARN}",
        read=(
            Step("GetTrail", (), _TRAIL, at="Trail"),
            Step("GetTrailStatus", (), _TRAIL, at="IsLogging", into="IsLogging"),
            Step("GetEventSelectors", (), {"TrailName": "{id}"}),
            Step("GetInsightSelectors", (), {"TrailName": "{id}"}, missing=("InsightNotEnabledException",)),
        ),
        update=(
            Step(
                "UpdateTrail",
                (
                    "s3BucketName",
                    "s3KeyPrefix",
                    "snsTopicName",
                    "includeGlobalServiceEvents",
                    "isMultiRegionTrail",
                    "enableLogFileValidation",
                    "cloudWatchLogsGroupArn",
                    "cloudWatchLogsRoleArn",
                    "kmsKeyId",
                    "isOrganizationTrail",
                ),
                _TRAIL,
                _TRAIL_NAMES,
                whole=False,
            ),
            Step(
                "StopLogging",
                ("enableLogging",),
                _TRAIL,
                when=lambda values: values.get("enableLogging") is False,
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteTrail", (), {"Name": "{in.name}"}),),
        outputs={"arn": "{id}", "homeRegion": "{read.HomeRegion}", "snsTopicArn": At("read.SnsTopicARN || ''")},
        name="name",
        defaults={"enableLogging": True, "includeGlobalServiceEvents": True},
        fixed=("name",),
        tagging=Tagging(
            "AddTags",
            "RemoveTags",
            "ListTags",
            {"ResourceId": "{id}"},
            keys="TagsList",
            at="ResourceTagList[0].TagsList",
            listed={"ResourceIdList": ["{id}"]},
            tags="TagsList",
        ),
        gone=("TrailNotFoundException",),
        seen={"enableLogging": "IsLogging", "enableLogFileValidation": "LogFileValidationEnabled"},
        sample_id="arn:aws:cloudtrail:us-east-1:000000000000:trail/name",
        cloudformation="AWS::CloudTrail::Trail",
    ),
    Row(
        "aws:budgets/budget:Budget",
        "budgets",
        Step(
            "CreateBudget",
            params=_BUDGET,
            names=_BUDGET_NAMES,
            via={"notifications": _notifications, "costFilters": _filters},
        ),
        id="{in.accountId || account}:{in.name}",
        read=(
            Step("DescribeBudget", (), {**_BUDGET, "BudgetName": "{in.name}"}, at="Budget"),
            Step(
                "DescribeNotificationsForBudget",
                (),
                {**_BUDGET, "BudgetName": "{in.name}"},
                at="Notifications",
                into="Notifications",
            ),
        ),
        update=(
            Step(
                "UpdateBudget",
                ("name", *_BUDGET_UPDATES, "costFilters"),
                _BUDGET,
                {key: path.replace("Budget.", "NewBudget.", 1) for key, path in _BUDGET_NAMES.items()},
                via={"costFilters": lambda found: {"NewBudget": _filters(found)["Budget"]}},
            ),
            Step(
                "DeleteNotification",
                ("notifications",),
                {**_BUDGET, "BudgetName": "{in.name}", "Notification": _NOTICE},
                each="old.notifications",
                build=lambda _, __: {},
            ),
            Step(
                "CreateNotification",
                ("notifications",),
                {**_BUDGET, "BudgetName": "{in.name}"},
                each="in.notifications",
                build=lambda _, known: _notifications([known["item"]])["NotificationsWithSubscribers"][0],
            ),
        ),
        delete=(Step("DeleteBudget", (), {**_BUDGET, "BudgetName": "{in.name}"}),),
        outputs={
            "arn": "arn:{partition}:budgets::{account}:budget/{in.name}",
            "accountId": At("in.accountId || account"),
        },
        name="name",
        fixed=("name", "accountId"),
        gone=("NotFoundException",),
        seen={"accountId": "in.accountId"},
        cloudformation="AWS::Budgets::Budget",
    ),
    Row(
        "aws:cfg/recorder:Recorder",
        "config",
        Step("PutConfigurationRecorder", names={"name": f"{_RECORDER}.name", "roleArn": f"{_RECORDER}.roleARN"}),
        id="{in.name}",
        read=(
            Step(
                "DescribeConfigurationRecorders",
                (),
                {"ConfigurationRecorderNames": ["{id}"]},
                at="ConfigurationRecorders[0]",
            ),
        ),
        update=(
            Step(
                "PutConfigurationRecorder",
                ("roleArn", "recordingGroup", "recordingMode"),
                {_RECORDER: {"name": "{id}"}},
                {"roleArn": f"{_RECORDER}.roleARN"},
            ),
        ),
        delete=(Step("DeleteConfigurationRecorder", (), {"ConfigurationRecorderName": "{id}"}),),
        name="name",
        defaults={"name": "default"},
        fixed=("name",),
        gone=("NoSuchConfigurationRecorderException",),
        cloudformation="AWS::Config::ConfigurationRecorder",
    ),
    Row(
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "config",
        Step(
            "PutDeliveryChannel",
            names={
                "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
                "snsTopicArn": "DeliveryChannel.snsTopicARN",
            },
        ),
        id="{in.name}",
        read=(Step("DescribeDeliveryChannels", (), {"DeliveryChannelNames": ["{id}"]}, at="DeliveryChannels[0]"),),
        update=(
            Step(
                "PutDeliveryChannel",
                ("s3BucketName", "s3KeyPrefix", "s3KmsKeyArn", "snapshotDeliveryProperties", "snsTopicArn"),
                {"DeliveryChannel": {"name": "{id}"}},
                {
                    "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
                    "snsTopicArn": "DeliveryChannel.snsTopicARN",
                },
            ),
        ),
        delete=(Step("DeleteDeliveryChannel", (), {"DeliveryChannelName": "{id}"}),),
        name="name",
        defaults={"name": "default"},
        fixed=("name",),
        gone=("NoSuchDeliveryChannelException",),
        cloudformation="AWS::Config::DeliveryChannel",
    ),
    Row(
        "aws:cfg/recorderStatus:RecorderStatus",
        "config",
        Step(
            "StartConfigurationRecorder",
            params={"ConfigurationRecorderName": "{in.name}"},
            when=lambda values: bool(values.get("isEnabled")),
            build=lambda _, __: {},
        ),
        id="{in.name}",
        read=(
            Step(
                "DescribeConfigurationRecorderStatus",
                (),
                {"ConfigurationRecorderNames": ["{in.name}"]},
                at="ConfigurationRecordersStatus[0]",
            ),
        ),
        update=(
            Step(
                "StartConfigurationRecorder",
                ("isEnabled",),
                {"ConfigurationRecorderName": "{in.name}"},
                when=lambda values: bool(values.get("isEnabled")),
                build=lambda _, __: {},
            ),
            Step(
                "StopConfigurationRecorder",
                ("isEnabled",),
                {"ConfigurationRecorderName": "{in.name}"},
                when=lambda values: not values.get("isEnabled"),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("StopConfigurationRecorder", (), {"ConfigurationRecorderName": "{in.name}"}),),
        fixed=("name",),
        gone=("NoSuchConfigurationRecorderException",),
        gone_when=Wait("recording", frozenset({"False"})),
        seen={"isEnabled": "recording", "name": "name"},
        cloudformation="",
    ),
    Row(
        "aws:cfg/rule:Rule",
        "config",
        Step(
            "PutConfigRule",
            names={"name": "ConfigRule.ConfigRuleName", "source.customPolicyDetails": "CustomPolicyDetails"},
        ),
        id="{in.name}",
        read=(Step("DescribeConfigRules", (), {"ConfigRuleNames": ["{id}"]}, at="ConfigRules[0]"),),
        update=(Step("PutConfigRule", _RULE_INPUTS, {"ConfigRule": {"ConfigRuleName": "{id}"}}),),
        delete=(Step("DeleteConfigRule", (), {"ConfigRuleName": "{id}"}),),
        outputs={"arn": "{read.ConfigRuleArn}", "ruleId": "{read.ConfigRuleId}"},
        name="name",
        fixed=("name",),
        gone=("NoSuchConfigRuleException",),
        cloudformation="AWS::Config::ConfigRule",
    ),
)
