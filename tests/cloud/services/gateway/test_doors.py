"""The REST and WebSocket doors as their components make them, with the handlers that ship, flags and a model behind."""

import json
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from components.api.firewall import Firewall, FirewallArgs
from components.api.rest_api import RestApi, RestApiArgs
from components.api.socket_api import SocketApi, SocketApiArgs
from components.base import Placement
from components.flags.model_flags import ModelFlags, ModelFlagsArgs, Switches
from contracts.workload import read_workload
from estate.cloud.cloud import CloudError
from estate.cloud.provider import CloudProvider
from estate.plan.record import record
from tests.cloud.services.endpoint_kit import endpoint, model, variant
from tests.cloud.services.harness import ACCOUNT, REGION, Ground

ROOT = Path(__file__).parents[4]
HANDLERS = ROOT / "pipelines" / "handlers" / "doors"
PLACE = Placement(
    prefix="mlops-test", path="/mlops/test/", account_id=ACCOUNT, region=REGION, partition="aws", protected=False
)
ROW = {
    "distance_km": 3.5,
    "items": 2,
    "weather_severity": 0,
    "courier_load": 1.5,
    "hour": 12,
    "weekend": 0,
}


@dataclass(frozen=True)
class Doors:
    ground: Ground
    rest: str  # id of the API
    socket: str
    key: str  # of the consumer

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        """A signed request with the consumer's key, unless headers say otherwise."""
        answer = self.told(method, path, body, **headers)
        return answer.status, json.loads(answer.data or b"{}")

    def told(self, method: str, path: str, body: bytes, **headers: str) -> urllib3.BaseHTTPResponse:
        url = f"{self.ground.cloud.endpoint}/_apigw/{self.rest}/live/v1/models/{path}"
        given = {"x-api-key": self.key, "content-type": "application/json", **headers}
        sent = signed(self.ground, method, url, body, {name: value for name, value in given.items() if value})
        return urllib3.PoolManager().request(method, url, body=body, headers=sent, retries=False)

    def count(self, metric: str) -> float:
        self.ground.cloud.flush()
        points = self.ground.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=metric, Dimensions=[{"Name": "ApiName", "Value": "mlops-test-rest"}],
            StartTime=time.time() - 3600, EndTime=time.time() + 3600, Period=86400, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return sum(point["Sum"] for point in points)


def signed(ground: Ground, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
    own = ground.cloud.environment()
    request = AWSRequest(method, url, data=body, headers=headers)
    credentials = Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return dict(request.headers.items())


@pytest.fixture(scope="module")
def doors(ground: Ground) -> Doors:
    anybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    logs = {"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}}
    statements = [{**each, "Action": "kms:*", "Resource": "*"} for each in (anybody, logs)]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    ground.client("kms").put_key_policy(KeyId=ground.key, PolicyName="default", Policy=policy)
    name = endpoint(ground, variant("all", model(ground, "eta")))
    bounded = {"permission_boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess", "key_arn": ground.key}
    shared = {
        "placement": PLACE,
        "endpoints": {"eta": name, "off": name},
        "endpoint_arns": {"eta": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}"},
        "code": {f"doors/{path.name}": path.read_text() for path in HANDLERS.glob("*.py")},
        "log_retention_days": 30,
        "requests_per_second": 1000,
        "burst": 1000,
        **bounded,
    }

    def program() -> None:
        switches = {"eta": Switches(largest_rows=3), "off": Switches(enabled=False)}
        flags = ModelFlags(
            "flags",
            ModelFlagsArgs.model_validate(
                {"placement": PLACE, "switches": switches, "alarms": {}, "minutes": 0, "bake_minutes": 0, **bounded}
            ),
        )
        workload = read_workload(ROOT / "pipelines" / "workloads" / "delivery_eta")
        rest = RestApi(
            "rest",
            RestApiArgs.model_validate(
                {
                    **shared,
                    "flags": flags.reader,
                    "workloads": {"eta": workload, "off": workload},
                    "plans": {"gold": {"requests_per_second": 100, "burst": 100, "quota": 9, "period": "day"}},
                    "consumers": {"ann": "gold"},
                    "cache": {"size_gb": "0.5", "seconds": {"eta": 600}},
                }
            ),
        )
        rules = {"managed_rules": ["AWSManagedRulesCommonRuleSet"], "requests_per_address": 40}
        wall = {"placement": PLACE, "stage_arn": rest.stage_arn, "key_arn": ground.key, "log_retention_days": 30}
        Firewall("firewall", FirewallArgs.model_validate({**wall, **rules}))
        SocketApi("socket", SocketApiArgs.model_validate({**shared, "flags": flags.reader, "rows_at_once": 2}))

    made = record(program, provider=CloudProvider(ground.client, ACCOUNT, patience=20)).made
    (key,) = ground.client("apigateway").get_api_keys(includeValues=True)["items"]
    return Doors(ground, made("rest-api").id, made("socket-api").id, key["value"])


def rows(count: int) -> bytes:
    return json.dumps({"instances": [ROW] * count}).encode()


def test_a_known_caller_with_a_key_is_answered_by_the_model(doors: Doors) -> None:
    status, answer = doors.ask("POST", "eta/invocations", rows(1))
    assert (status, answer) == (200, {"model": "eta", "rows": rows(1).decode()})


@pytest.mark.parametrize(
    ("headers", "status"), [({"x-api-key": ""}, 403), ({"x-api-key": "nobody's"}, 403), ({"authorization": "x"}, 403)]
)
def test_who_shows_no_key_or_no_signature_is_not_let_in(doors: Doors, headers: dict[str, str], status: int) -> None:
    if "authorization" in headers:
        url = f"{doors.ground.cloud.endpoint}/_apigw/{doors.rest}/live/v1/models/eta/invocations"
        sent = {**headers, "x-api-key": doors.key, "content-type": "application/json"}
        assert urllib3.PoolManager().request("POST", url, body=rows(1), headers=sent, retries=False).status == status
        return
    assert doors.ask("POST", "eta/invocations", rows(1), **headers)[0] == status


def test_a_request_that_breaks_the_contract_does_not_reach_the_model(doors: Doors) -> None:
    wrong = json.dumps({"instances": [{"items": 1.5}]}).encode()
    assert doors.ask("POST", "eta/invocations", wrong) == (400, {"error": "Invalid request body"})
    found = doors.told("POST", "eta/invocations", wrong, accept="text/plain").data.decode()
    assert "1.5 is not of type 'integer'" in found
    assert "'distance_km' is a required property" in found
    status, answer = doors.ask("GET", "eta/predictions?items=2")
    assert (status, answer["message"].split(": ")[0]) == (400, "Missing required request parameters")


def test_an_answer_is_kept_under_its_row(doors: Doors) -> None:
    before = doors.count("CacheHitCount")
    query = urllib.parse.urlencode(ROW)
    first, second = (doors.ask("GET", f"eta/predictions?{query}") for _ in range(2))
    assert first == second
    assert json.loads(first[1]["rows"]) == {"instances": [{name: float(value) for name, value in ROW.items()}]}
    assert doors.count("CacheHitCount") == before + 1


def test_flags_are_asked_before_the_model(doors: Doors) -> None:
    assert doors.ask("POST", "eta/invocations", rows(4)) == (413, {"error": "the request has 4 rows; 3 are allowed"})
    assert doors.ask("POST", "off/invocations", rows(1)) == (503, {"error": "off is switched off"})


def test_a_used_up_quota_stops_the_consumer(doors: Doors) -> None:
    answers = [doors.ask("POST", "off/invocations", rows(1)) for _ in range(9)]
    assert answers[-1] == (429, {"message": "Limit Exceeded"})


def test_the_firewall_stops_an_address_that_asks_too_often(doors: Doors) -> None:
    answers = [doors.ask("POST", "eta/invocations", rows(1)) for _ in range(40)]
    assert answers[-1] == (403, {"message": "Forbidden"})
    lines = doors.ground.client("logs").filter_log_events(logGroupName="/aws/apigateway/mlops-test-rest")["events"]
    assert json.loads(lines[-1]["message"])["status"] == "403"


def test_an_answer_comes_over_a_socket_in_parts(doors: Doors) -> None:
    url = f"{doors.ground.cloud.endpoint}/_apigw/{doors.socket}/socket"
    connection = doors.ground.cloud.connect(url, signed(doors.ground, "GET", url, b"", {}))
    connection.send(json.dumps({"action": "predict", "id": "7", "model": "eta", "instances": [ROW] * 3}))
    parts = [json.loads(each) for each in connection.received]
    assert [(each["id"], each.get("from"), each.get("done")) for each in parts] == [
        ("7", 0, None),
        ("7", 2, None),
        ("7", None, True),
    ]
    assert json.loads(parts[1]["rows"]) == {"instances": [ROW]}
    connection.send("no json")
    assert json.loads(connection.received[-1]) == {"id": None, "status": 400, "error": "the message is no JSON"}
    connection.close()


def test_nobody_connects_without_a_signature(doors: Doors) -> None:
    with pytest.raises(CloudError, match="403 Forbidden"):
        doors.ground.cloud.connect(f"{doors.ground.cloud.endpoint}/_apigw/{doors.socket}/socket", {})
