"""Traces, canaries, users' browsers, Prometheus' alerts, Grafana: what watches the estate from outside it."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.kind import Codes, Kind

_XRAY = Codes("InvalidRequestException", "InvalidRequestException", "InvalidRequestException")


def _has_workspace(account: Account, id: str) -> bool:
    return id in account.backend("amp").workspaces


KINDS = (
    Kind(
        "xray",
        "group",
        create="CreateGroup",
        read="GetGroup",
        update=("UpdateGroup",),
        delete="DeleteGroup",
        list="GetGroups",
        key=("GroupName",),
        ids=("GroupARN",),
        made={"GroupARN": "arn:{partition}:xray:{region}:{account}:group/{GroupName}/{uuid}"},
        defaults={"InsightsConfiguration": {"InsightsEnabled": False, "NotificationsEnabled": False}},
        wraps=("Group",),
        arn="GroupARN",
        codes=_XRAY,
    ),
)
