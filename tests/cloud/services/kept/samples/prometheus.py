"""Samples of entries/prometheus.py."""

from tests.cloud.services.kept.stage import Sample, Stage, policy


def workspace(stage: Stage) -> str:
    """The id of a workspace of Prometheus, which moto keeps."""
    return stage.once("amp", lambda: stage.client("amp").create_workspace(alias="kept"))["workspaceId"]


def detector(query: str) -> dict:
    return {"configuration": {"randomCutForest": {"query": query}}}


def destination(stage: Stage, limit: int) -> dict:
    log = {"logGroupArn": stage.log_group() + ":*"}
    return {"destinations": [{"cloudWatchLogs": log, "filters": {"qspThreshold": limit}}]}


SAMPLES = {
    "amp:alert manager": Sample(
        lambda stage: {"workspaceId": workspace(stage), "data": b"alertmanager_config: |\n  route: {}\n"},
        lambda stage: {"data": b"alertmanager_config: |\n  route: {receiver: a}\n"},
        lost=("workspaceId",),
    ),
    "amp:query logging": Sample(
        lambda stage: {"workspaceId": workspace(stage), **destination(stage, 1000)},
        lambda stage: destination(stage, 2000),
    ),
    "amp:workspace configuration": Sample(
        lambda stage: {"workspaceId": workspace(stage), "retentionPeriodInDays": 30},
        lambda stage: {"retentionPeriodInDays": 60},
    ),
    "amp:resource policy": Sample(
        lambda stage: {"workspaceId": workspace(stage), "policyDocument": policy("grafana.amazonaws.com")},
        lambda stage: {"policyDocument": policy("aps.amazonaws.com")},
    ),
    "amp:anomaly detector": Sample(
        lambda stage: {"workspaceId": workspace(stage), "alias": "odd", **detector("rate(a[5m])")},
        lambda stage: detector("rate(b[5m])"),
    ),
    "amp:scraper": Sample(
        lambda stage: {
            "alias": "pods",
            "scrapeConfiguration": {"configurationBlob": b"scrape_configs: []"},
            "source": {
                "eksConfiguration": {
                    "clusterArn": "arn:aws:eks:eu-west-1:222233334444:cluster/gpu",
                    "subnetIds": [stage.subnet()],
                    "securityGroupIds": [stage.group()],
                }
            },
            "destination": {
                "ampConfiguration": {"workspaceArn": f"arn:aws:aps:eu-west-1:222233334444:workspace/{workspace(stage)}"}
            },
        },
        lambda stage: {"alias": "all-pods"},
    ),
    "grafana:workspace": Sample(
        lambda stage: {
            "accountAccessType": "CURRENT_ACCOUNT",
            "permissionType": "SERVICE_MANAGED",
            "authenticationProviders": ["SAML"],
            "workspaceName": "boards",
            "workspaceDataSources": ["PROMETHEUS"],
            "workspaceRoleArn": stage.role("grafana.amazonaws.com"),
            "tags": {"owner": "platform"},
        },
        lambda stage: {"workspaceDataSources": ["PROMETHEUS", "XRAY"]},
    ),
}
