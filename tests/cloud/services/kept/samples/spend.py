"""Samples of entries/spend.py."""

from tests.cloud.services.kept.stage import Sample, Stage


def monitor(stage: Stage) -> str:
    return stage.parent("ce:anomaly monitor")["MonitorArn"]


SAMPLES = {
    "ce:anomaly monitor": Sample(
        lambda stage: {
            "AnomalyMonitor": {
                "MonitorName": "services",
                "MonitorType": "DIMENSIONAL",
                "MonitorDimension": "SERVICE",
            },
            "ResourceTags": [{"Key": "owner", "Value": "platform"}],
        },
        lambda stage: {"MonitorName": "all services"},
    ),
    "ce:anomaly subscription": Sample(
        lambda stage: {
            "AnomalySubscription": {
                "SubscriptionName": "daily",
                "MonitorArnList": [monitor(stage)],
                "Subscribers": [{"Address": "ops@example.com", "Type": "EMAIL"}],
                "Frequency": "DAILY",
                "ThresholdExpression": {
                    "Dimensions": {
                        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                        "Values": ["100"],
                        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                    }
                },
            }
        },
        lambda stage: {"Frequency": "WEEKLY"},
    ),
}
