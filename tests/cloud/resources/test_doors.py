"""What the serving layer's newer components are made of comes up, reads back without loss and goes away again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.api.firewall import Firewall, FirewallArgs
from components.api.gateway_log import GatewayLog, GatewayLogArgs
from components.api.rest_api import RestApi, RestApiArgs
from components.api.socket_api import SocketApi, SocketApiArgs
from components.base import Placement
from components.callers.token_issuer import TokenIssuer, TokenIssuerArgs
from components.endpoint.component_endpoint import ComponentEndpoint, ComponentEndpointArgs
from components.flags.model_flags import ModelFlags, ModelFlagsArgs, Switches
from contracts.workload import read_workload
from estate.cloud import Cloud
from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.cloud.resources.table import row
from estate.engine.program import destroy
from estate.engine.resource import State
from estate.plan.record import record

ACCOUNT, REGION = "222233334444", "eu-west-1"
PLACE = Placement(
    prefix="mlops-test", path="/mlops/test/", account_id=ACCOUNT, region=REGION, partition="aws", protected=False
)
BOUNDED = {"permission_boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess"}
# What moto takes and does not answer with.
KNOWN_LOSS = {
    ("aws:lambda/function:Function", "loggingConfig"),
    ("aws:apigatewayv2/stage:Stage", "deploymentId"),
}
WORKLOADS = Path(__file__).parents[3] / "pipelines" / "workloads"


def flags(_cloud: Cloud, key: str) -> Callable[[], object]:
    args: dict[str, Any] = {"placement": PLACE, "switches": {"eta": Switches(largest_rows=5)}, "key_arn": key}
    return lambda: ModelFlags("flags", ModelFlagsArgs.model_validate({**args, "alarms": {"eta": ["a"]}, **BOUNDED}))


def callers(_cloud: Cloud, _key: str) -> Callable[[], object]:
    clients = {"couriers": {}, "page": {"kind": "people", "callbacks": ("https://a.example/in",)}}
    args = {"placement": PLACE, "clients": clients}
    return lambda: TokenIssuer("callers", TokenIssuerArgs.model_validate(args))


def _shared(key: str) -> dict[str, Any]:
    return {
        "placement": PLACE,
        "endpoints": {"eta": "e"},
        "endpoint_arns": {"eta": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/e"},
        "code": {"doors/answer.py": "def handle(event, context): return None"},
        "key_arn": key,
        "log_retention_days": 30,
        "requests_per_second": 10,
        "burst": 20,
        **BOUNDED,
    }


def rest(_cloud: Cloud, key: str) -> Callable[[], object]:
    more = {
        "workloads": {"eta": read_workload(WORKLOADS / "delivery_eta")},
        "plans": {"gold": {"requests_per_second": 1, "burst": 2, "quota": 10, "period": "day"}},
        "consumers": {"ann": "gold"},
        "cache": {"size_gb": "0.5", "seconds": {"eta": 60}},
        "networks": ["10.0.0.0/8"],
    }
    wall = {"placement": PLACE, "managed_rules": ["AWSManagedRulesCommonRuleSet"], "key_arn": key}

    def program() -> None:
        log = GatewayLog("gateway-log", GatewayLogArgs.model_validate({"placement": PLACE, **BOUNDED}))
        api = RestApi("rest", RestApiArgs.model_validate({**_shared(key), **more}), account=log.account)
        own = {**wall, "stage_arn": api.stage_arn, "log_retention_days": 30}
        Firewall("firewall", FirewallArgs.model_validate(own))

    return program


def socket(_cloud: Cloud, key: str) -> Callable[[], object]:
    return lambda: SocketApi("socket", SocketApiArgs.model_validate(_shared(key)))


def component(cloud: Cloud, key: str) -> Callable[[], object]:
    trusts = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusts]})
    role = cloud.client("iam").create_role(RoleName="models", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    ec2, s3, sagemaker = (cloud.client(service) for service in ("ec2", "s3", "sagemaker"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="models", Description="models", VpcId=vpc)["GroupId"]
    cloud.client("ecr").create_repository(repositoryName="serving")
    s3.create_bucket(Bucket="kept-models", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="kept-models", Key="model.tar.gz", Body=b"")
    sagemaker.create_model_package_group(ModelPackageGroupName="eta")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/serving:1"
    package = sagemaker.create_model_package(
        ModelPackageGroupName="eta", ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": "s3://kept-models/model.tar.gz"}],
            "SupportedContentTypes": ["application/json"], "SupportedResponseMIMETypes": ["application/json"],
        },
    )["ModelPackageArn"]  # fmt: skip
    args = {
        "placement": PLACE,
        "model": "eta-quiet",
        "endpoint_name": "mlops-test-eta-quiet",
        "serving": {"mode": "component"},
        "release": {"version": 1, "package_arn": package},
        "runtime": {"role_arn": role, "subnet_ids": {"a": subnet}, "security_group_id": group},
        "key_arn": key,
        "log_key_arn": key,
        "log_retention_days": 30,
    }
    return lambda: ComponentEndpoint("quiet", ComponentEndpointArgs.model_validate(args))


@pytest.fixture(scope="module")
def key(cloud: Cloud) -> str:
    principals = {"AWS": "*", "Service": f"logs.{REGION}.amazonaws.com"}
    open = [{"Effect": "Allow", "Principal": {k: v}, "Action": "kms:*", "Resource": "*"} for k, v in principals.items()]
    policy = json.dumps({"Version": "2012-10-17", "Statement": open})
    return cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("made", [flags, callers, rest, socket, component], ids=lambda made: made.__name__)
def test_it_comes_up_reads_back_and_goes(cloud: Cloud, provider: CloudProvider, key: str, made: Any) -> None:
    result = record(made(cloud, key), provider=provider)
    states = [state for state in result.deployment.states.values() if state.goal.type.startswith("aws:")]
    lost = {(state.goal.type, name) for state in states for name in read_back(provider, state).lost - {"tags"}}
    assert lost <= KNOWN_LOSS
    destroy(result.deployment, provider)
    assert [state.goal.type for state in states if not _is_gone(provider, state)] == []


def _is_gone(provider: CloudProvider, state: State) -> bool:
    return row(state.goal.type).adopted or provider.reading(state) is None
