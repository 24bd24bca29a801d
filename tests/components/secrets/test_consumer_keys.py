"""Keys of consumers: what is declared, and what a rotation really does in the emulated AWS."""

import json
import time
from pathlib import Path

import pytest

from components.audit.audit_trail import trail_arn
from components.secrets.consumer_keys import ConsumerKeys, ConsumerKeysArgs
from components.security.keys import Domain, Keys, KeysArgs
from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs
from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.engine.program import destroy, run_body
from estate.engine.project import Project
from estate.engine.result import EMPTY, Deployment
from tests.components.places import placement
from tests.components.security.decide import may

CODE = {"rotate.py": (Path(__file__).parents[3] / "pipelines" / "handlers" / "rotate.py").read_text(encoding="utf-8")}
PLACE = placement()
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mlops-test-rest-key-couriers-AbCdEf"
GATEWAY = "arn:aws:apigateway:eu-west-1::"
PATIENCE_S = 20


def keys(place, plans, key=KEY, boundary=BOUNDARY):
    return ConsumerKeysArgs(
        placement=place,
        api="rest",
        plans=plans,
        days=90,
        code=CODE,
        secrets_key_arn=key,
        permission_boundary_arn=boundary,
        key_arn=key,
        log_retention_days=30,
    )


@pytest.fixture
def made(record, place):
    return record(lambda: ConsumerKeys("keys", keys(place, {"couriers": "abc123"})))


def test_a_secret_is_encrypted_and_rotated_and_has_no_value_in_the_state(made):
    assert made.named("keys-couriers-secret")["name"] == "mlops-test-rest-key-couriers"
    assert made.named("keys-couriers-secret")["kmsKeyId"] == KEY
    assert made.named("keys-couriers-rotation")["rotationRules"] == {"automaticallyAfterDays": 90}
    assert made.names("aws:secretsmanager/secretVersion:SecretVersion") == []


def test_nobody_outside_the_account_reads_a_secret(made):
    assert made.named("keys-couriers-policy")["blockPublicPolicy"] is True
    assert made.statements("keys-couriers-policy")["OnlyThisAccount"] == {
        "Sid": "OnlyThisAccount",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "secretsmanager:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
    }


def test_secrets_manager_calls_the_function_for_this_secret_only(made):
    permission = made.named("keys-couriers-rotates")

    assert (permission["principal"], permission["sourceAccount"]) == ("secretsmanager.amazonaws.com", "123456789012")
    assert permission["sourceArn"] == made.id("keys-couriers-secret")
    assert made.goal("keys-couriers-rotates").urn in made.goal("keys-couriers-rotation").dependencies


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("secretsmanager:PutSecretValue", SECRET, True),
        ("secretsmanager:PutSecretValue", SECRET.replace("mlops-test", "others"), False),
        ("secretsmanager:DeleteSecret", SECRET, False),
        ("apigateway:POST", f"{GATEWAY}/apikeys", True),
        ("apigateway:POST", f"{GATEWAY}/usageplans/abc123/keys", True),
        ("apigateway:DELETE", f"{GATEWAY}/apikeys/k1", True),
        ("apigateway:POST", f"{GATEWAY}/restapis", False),
        ("apigateway:DELETE", f"{GATEWAY}/usageplans/abc123", False),
        ("apigateway:PATCH", f"{GATEWAY}/usageplans/abc123", False),
    ],
)
def test_what_the_function_may(made, action, resource, allowed):
    assert may(list(made.statements("keys-rotation-policy").values()), action, resource) is allowed


def test_a_removed_secret_can_be_had_back_where_it_is_protected(record, place, protected_place):
    def window(where):
        made = record(lambda: ConsumerKeys("keys", keys(where, {"couriers": "abc123"})))
        return made.named("keys-couriers-secret")["recoveryWindowInDays"]

    assert (window(place), window(protected_place)) == (0, 30)


class Consumers:
    """A plan or two, and the keys of a consumer in the emulated AWS."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.gateway, self.secrets = cloud.client("apigateway"), cloud.client("secretsmanager")
        self.provider = CloudProvider(cloud.client, PLACE.account_id, patience=10)
        self.plans = {name: self.gateway.create_usage_plan(name=name)["id"] for name in ("small", "large")}
        self.deployment: Deployment = EMPTY

    def deploy(self, plan: str) -> None:
        def program() -> None:
            boundary = PermissionBoundary("boundary", PermissionBoundaryArgs(placement=PLACE)).arn
            own = Keys("own", KeysArgs(placement=PLACE, trail_arn=trail_arn(PLACE))).arns
            ConsumerKeys("keys", keys(PLACE, {"couriers": self.plans[plan]}, own[Domain.LOGS], boundary))

        here = Path.cwd()
        project = Project("mlops-estate", here / "__main__.py", here, {})
        self.deployment = run_body(program, project, "test", self.provider, self.deployment).deployment

    def settled(self, version: str | None = None) -> dict:
        """The secret, once no version of it is pending."""
        for _ in range(PATIENCE_S * 20):
            found = self.secrets.describe_secret(SecretId="mlops-test-rest-key-couriers")
            stages = found.get("VersionIdsToStages", {})
            current = [id for id, its in stages.items() if "AWSCURRENT" in its]
            if current and version in (None, *current):
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing was rotated: {found}")

    def rotate(self) -> None:
        version = self.secrets.rotate_secret(SecretId="mlops-test-rest-key-couriers")["VersionId"]
        self.settled(version)
        self.quiet()

    def quiet(self) -> None:
        """Waits until a finished rotation has tidied up, which it does after the stages have moved."""
        for _ in range(PATIENCE_S * 20):
            if len(self.keys()) <= 2:
                return
            time.sleep(0.05)
        raise AssertionError(f"more keys than two: {sorted(self.keys())}")

    def value(self, stage: str = "AWSCURRENT") -> str:
        found = self.secrets.get_secret_value(SecretId="mlops-test-rest-key-couriers", VersionStage=stage)
        return json.loads(found["SecretString"])["apiKey"]

    def keys(self) -> dict[str, str]:
        """IDs of the keys by value."""
        return {key["value"]: key["id"] for key in self.gateway.get_api_keys(includeValues=True)["items"]}

    def members(self, plan: str) -> set[str]:
        """IDs of the keys of a plan; moto leaves those that are gone."""
        listed = self.gateway.get_usage_plan_keys(usagePlanId=self.plans[plan])["items"]
        return {each["id"] for each in listed} & set(self.keys().values())


@pytest.fixture(scope="module")
def consumers(cloud: Cloud) -> Consumers:
    return Consumers(cloud)


def test_a_consumers_keys_live_and_go(consumers):
    consumers.deploy("small")
    consumers.settled()
    first = consumers.value()
    assert len(first) == 40
    assert consumers.members("small") == {consumers.keys()[first]}

    consumers.rotate()
    second = consumers.value()
    assert consumers.value("AWSPREVIOUS") == first
    assert consumers.keys().keys() == {first, second}, "the key of before works until the next rotation"

    consumers.rotate()
    third = consumers.value()
    assert consumers.keys().keys() == {second, third}
    assert len({first, second, third}) == 3

    consumers.deploy("large")
    assert consumers.members("small") == set()
    assert consumers.members("large") == set(consumers.keys().values())

    destroy(consumers.deployment, consumers.provider)
    assert consumers.keys() == {}
    assert consumers.secrets.list_secrets()["SecretList"] == []
