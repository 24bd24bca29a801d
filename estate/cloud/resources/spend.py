"""What an account may spend, what is done when it does, and costs out of the ordinary."""

import json
from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values
from estate.cloud.resources.template import At

_BUDGET = {"AccountId": At("in.accountId || account")}
_ACTION = {**_BUDGET, "BudgetName": "{in.budgetName}", "ActionId": At("before(after(id, ':'), ':')")}
_NOTICE = At(
    "{NotificationType: item.notificationType, ComparisonOperator: item.comparisonOperator, "
    "Threshold: item.threshold, ThresholdType: item.thresholdType}"
)
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
_TAGGING = Tagging(
    "TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": "{id}"}, "ResourceTagKeys", "ResourceTags"
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


def _specified(text: str) -> dict[str, Any]:
    """An expression that is text to Pulumi, with a null for each member that it does not have."""
    expression = {key: value for key, value in json.loads(text).items() if value is not None}
    tags = {key: value for key, value in expression.get("Tags", {}).items() if value is not None}
    return {"AnomalyMonitor": {"MonitorSpecification": {**expression, **({"Tags": tags} if tags else {})}}}


ROWS = (
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
        "aws:budgets/budgetAction:BudgetAction",
        "budgets",
        Step("CreateBudgetAction", params=_BUDGET, names={"tags": "ResourceTags"}),
        id="{made.AccountId}:{made.ActionId}:{made.BudgetName}",
        read=(Step("DescribeBudgetAction", (), _ACTION, at="Action"),),
        update=(
            Step(
                "UpdateBudgetAction",
                (
                    "actionThreshold",
                    "approvalModel",
                    "definition",
                    "executionRoleArn",
                    "notificationType",
                    "subscribers",
                ),
                _ACTION,
            ),
        ),
        delete=(Step("DeleteBudgetAction", (), _ACTION),),
        outputs={
            "accountId": At("in.accountId || account"),
            "actionId": "{read.ActionId}",
            "arn": "arn:{partition}:budgets::{account}:budget/{in.budgetName}/action/{read.ActionId}",
            "status": "{read.Status}",
        },
        fixed=("accountId", "actionType", "budgetName"),
        gone=("NotFoundException",),
        seen={"accountId": "in.accountId"},
        sample_id="000000000000:00000000-0000-0000-0000-000000000000:name",
        cloudformation="AWS::Budgets::BudgetsAction",
    ),
    Row(
        "aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        "ce",
        Step(
            "CreateAnomalyMonitor",
            names={"name": "AnomalyMonitor.MonitorName", "tags": "ResourceTags"},
            via={"monitorSpecification": _specified},
        ),
        id="{made.MonitorArn}",
        read=(Step("GetAnomalyMonitors", (), {"MonitorArnList": ["{id}"]}, at="AnomalyMonitors[0]"),),
        update=(Step("UpdateAnomalyMonitor", ("name",), {"MonitorArn": "{id}"}, {"name": "MonitorName"}),),
        delete=(Step("DeleteAnomalyMonitor", (), {"MonitorArn": "{id}"}),),
        outputs={"arn": "{id}"},
        name="name",
        fixed=("monitorDimension", "monitorSpecification", "monitorType"),
        tagging=_TAGGING,
        gone=("UnknownMonitorException",),
        sample_id="arn:aws:ce::000000000000:anomalymonitor/00000000-0000-0000-0000-000000000000",
        seen={"name": "MonitorName"},
        cloudformation="AWS::CE::AnomalyMonitor",
    ),
    Row(
        "aws:costexplorer/anomalySubscription:AnomalySubscription",
        "ce",
        Step(
            "CreateAnomalySubscription",
            names={
                "name": "AnomalySubscription.SubscriptionName",
                "monitorArnLists": "AnomalySubscription.MonitorArnList",
                "thresholdExpression.dimension": "Dimensions",
                "tags": "ResourceTags",
            },
        ),
        id="{made.SubscriptionArn}",
        read=(Step("GetAnomalySubscriptions", (), {"SubscriptionArnList": ["{id}"]}, at="AnomalySubscriptions[0]"),),
        update=(
            Step(
                "UpdateAnomalySubscription",
                ("frequency", "monitorArnLists", "name", "subscribers", "thresholdExpression"),
                {"SubscriptionArn": "{id}"},
                {
                    "name": "SubscriptionName",
                    "monitorArnLists": "MonitorArnList",
                    "thresholdExpression.dimension": "Dimensions",
                },
            ),
        ),
        delete=(Step("DeleteAnomalySubscription", (), {"SubscriptionArn": "{id}"}),),
        outputs={"arn": "{id}"},
        name="name",
        tagging=_TAGGING,
        gone=("UnknownSubscriptionException",),
        sample_id="arn:aws:ce::000000000000:anomalysubscription/00000000-0000-0000-0000-000000000000",
        seen={
            "name": "SubscriptionName",
            "monitorArnLists": "MonitorArnList",
            "thresholdExpression": "ThresholdExpression && {dimension: ThresholdExpression.Dimensions}",
        },
        cloudformation="AWS::CE::AnomalySubscription",
    ),
)
