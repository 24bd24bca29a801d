"""What is told of spend, and what is done about it: cost anomalies, and actions of budgets that moto keeps."""

from estate.cloud.services.kept.checks import topic
from estate.cloud.services.kept.kind import Above, Codes, Kind

_MONITOR = Codes("LimitExceededException", "UnknownMonitorException", "ValidationException")
_SUBSCRIPTION = Codes("LimitExceededException", "UnknownSubscriptionException", "ValidationException")
_ARN = "arn:{partition}:ce::{account}:"


KINDS = (
    Kind(
        "ce",
        "anomaly monitor",
        create="CreateAnomalyMonitor",
        update=("UpdateAnomalyMonitor",),
        delete="DeleteAnomalyMonitor",
        list="GetAnomalyMonitors",
        key=("MonitorName",),
        ids=("MonitorArn",),
        made={"MonitorArn": _ARN + "anomalymonitor/{uuid}", "DimensionalValueCount": 0},
        wraps=("AnomalyMonitor",),
        filters={"MonitorArnList": "MonitorArn"},
        arn="MonitorArn",
        codes=_MONITOR,
    ),
    Kind(
        "ce",
        "anomaly subscription",
        create="CreateAnomalySubscription",
        update=("UpdateAnomalySubscription",),
        delete="DeleteAnomalySubscription",
        list="GetAnomalySubscriptions",
        key=("SubscriptionName",),
        ids=("SubscriptionArn",),
        made={"SubscriptionArn": _ARN + "anomalysubscription/{uuid}", "AccountId": "{account}"},
        wraps=("AnomalySubscription",),
        filters={"SubscriptionArnList": "SubscriptionArn", "MonitorArn": "MonitorArnList"},
        above=(Above("MonitorArnList", "anomaly monitor", holds=False, unknown="UnknownMonitorException"),),
        checks=(topic("Subscribers[?Type == 'SNS'].Address"),),
        arn="SubscriptionArn",
        codes=_SUBSCRIPTION,
    ),
)
