"""What is seen around an alert speaks against the node that it is about."""

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers.operations.gather import gather
from pipelines.handlers.operations.graph import Graph, Node
from pipelines.handlers.operations.observation import Naming, read
from pipelines.handlers.operations.store import Store

GRAPH = Graph(
    {"endpoint": Node("aws:sagemaker/endpoint:Endpoint", "t-dev-eta", None, ())}, {"eta": {"endpoint": "t-dev-eta"}}
)
ALERT = {
    "detail-type": "CloudWatch Alarm State Change",
    "time": "2026-01-02T10:00:00Z",
    "detail": {"alarmName": "t-dev-latency-eta", "state": {"value": "ALARM", "reason": "slow"}},
}


class Service:
    """An AWS that knows the state of one endpoint, and refuses all else."""

    def __init__(self, status: str) -> None:
        self._status = status

    def describe_endpoint(self, EndpointName: str) -> dict[str, str]:
        return {"EndpointName": EndpointName, "EndpointStatus": self._status}

    def query(self, **_request: object) -> dict[str, list[object]]:
        return {"Items": []}

    def __getattr__(self, operation: str):
        def refuse(**_request: object) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

        return refuse


@pytest.mark.parametrize(
    ("status", "blamed"), [("RollingBack", "release:eta"), ("Failed", "endpoint"), ("InService", None)]
)
def test_a_rollback_speaks_against_the_release_and_a_failure_against_the_endpoint(status: str, blamed: str | None):
    observation = read(ALERT, Naming("t-dev", {"latency": "ticket"}, ("eta",)))
    assert observation is not None
    service = Service(status)
    found = gather([observation], GRAPH, Store("t", service), lambda _name: service, "dev", "t-dev")
    against = {node for node, pieces in found.evidence.items() if any(status in piece.why for piece in pieces)}
    assert against == ({blamed} if blamed is not None else set())
