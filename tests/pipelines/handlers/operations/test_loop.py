"""The shipped archive, started by EventBridge: alarm, rule, incident, rule, action, on an endpoint that serves."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.base import Placement
from components.incidents.operations import incident_events
from pipelines.handlers.operations.actions import Task, restart
from pipelines.handlers.operations.graph import Graph
from pipelines.handlers.operations.observation import written
from pipelines.handlers.operations.refusals import Refused
from pipelines.handlers.operations.setup import Setup
from stacks.operations import ALL, code
from tests.cloud.services.conftest import ground as ground
from tests.cloud.services.endpoint_kit import ask, settled
from tests.cloud.services.harness import ACCOUNT, REGION, Ground, trust
from tests.cloud.services.hosting.test_endpoints import archive

PREFIX, MODEL, TABLE, SWITCH = "t-dev", "eta", "t-dev-incidents", "/mlops-estate/dev/switches/healing"
ENDPOINT = f"{PREFIX}-{MODEL}"
OTHER = f"{PREFIX}-fare"  # another model, without an endpoint
PLACE = Placement(prefix=PREFIX, path="/t/dev/", account_id=ACCOUNT, region=REGION, partition="aws", protected=False)
SEVERITIES = {"errors": "page", "burn-fast": "page", "drift": "ticket"}


@pytest.fixture(scope="module")
def speed() -> float:
    return 60.0


@pytest.fixture(scope="module")
def image_path() -> Path:
    return Path(__file__).parents[3] / "cloud" / "services" / "image"


def package(ground: Ground, text: str) -> str:
    """A registered, approved version of the model."""
    data = ground.put(f"{text}/model.tar.gz", archive(text))
    container = {"Image": ground.image, "ModelDataUrl": data}
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["application/json"],
    }
    return ground.client("sagemaker").create_model_package(
        ModelPackageGroupName=ENDPOINT, InferenceSpecification=specification, ModelApprovalStatus="Approved"
    )["ModelPackageArn"]


def configuration(ground: Ground, arn: str) -> str:
    name = f"{PREFIX}-{MODEL}-v{arn.rpartition('/')[2]}-abc"
    sagemaker = ground.client("sagemaker")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ground.role, PrimaryContainer={"ModelPackageName": arn})
    variant = {
        "VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 2,
    }  # fmt: skip
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for path, text in sorted(code().items()):
            made.writestr(path, text)
    return buffer.getvalue()


def function(ground: Ground, subject: str, pattern: dict[str, object], role: str) -> None:
    """A handler behind its rule, as components/incidents/handler.py wires it."""
    told: dict[str, object] = {
        "environment": "dev", "prefix": PREFIX, "table": TABLE, "severities": SEVERITIES,
    }  # fmt: skip
    if subject == "healing":
        told |= {"switch": SWITCH, "act": sorted(ALL)}
    arn = ground.client("lambda").create_function(
        FunctionName=f"{PREFIX}-{subject}", Runtime="python3.13", Role=role, Handler=f"operations.{subject}.handle",
        Timeout=120, Code={"ZipFile": zipped()}, Environment={"Variables": {"SETTINGS": json.dumps(told)}},
    )["FunctionArn"]  # fmt: skip
    events = ground.client("events")
    rule = events.put_rule(Name=f"{PREFIX}-{subject}", EventPattern=json.dumps(pattern))["RuleArn"]
    ground.client("lambda").add_permission(
        FunctionName=arn, StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com",
        SourceArn=rule,
    )  # fmt: skip
    events.put_targets(Rule=f"{PREFIX}-{subject}", Targets=[{"Id": "handler", "Arn": arn}])


@pytest.fixture(scope="module")
def estate(ground: Ground) -> Ground:
    """A model whose second version is on its way as a canary, its training pipeline, and both handlers."""
    sagemaker = ground.client("sagemaker")
    ground.client("dynamodb").create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )  # fmt: skip
    ground.client("ssm").put_parameter(Name=SWITCH, Value="on", Type="String")
    for name in (ENDPOINT, OTHER):
        outputs = {f"{kind}_pipeline": f"{name}-{kind}" for kind in ("data", "training", "monitor")}
        path = f"/mlops-estate/dev/models/{name.removeprefix(f'{PREFIX}-')}"
        ground.client("ssm").put_parameter(Name=path, Type="String", Value=json.dumps({**outputs, "endpoint": name}))
    steps = [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no rows"}}]
    definition = {
        "Version": "2020-12-01", "Steps": steps,
        "Parameters": [{"Name": "Trigger", "Type": "String", "DefaultValue": "manual"}],
    }  # fmt: skip
    sagemaker.create_pipeline(
        PipelineName=f"{OTHER}-training", PipelineDefinition=json.dumps(definition), RoleArn=ground.role,
        ClientRequestToken="x" * 32,
    )  # fmt: skip
    ground.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{PREFIX}-errors-{MODEL}", Namespace="Test", MetricName="errors", Period=60, EvaluationPeriods=1,
        Threshold=1.0, ComparisonOperator="GreaterThanOrEqualToThreshold", Statistic="Maximum",
    )  # fmt: skip
    role = ground.client("iam").create_role(
        RoleName="handlers", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    ground.client("iam").attach_role_policy(
        RoleName="handlers", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
    sagemaker.create_model_package_group(ModelPackageGroupName=ENDPOINT)
    first, second = (configuration(ground, package(ground, text)) for text in ("first", "second"))
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=first)
    assert settled(ground, ENDPOINT)["EndpointStatus"] == "InService"
    function(ground, "incidents", incident_events(PLACE), role)
    healing: dict[str, object] = {"source": [f"{PREFIX}.operations"], "detail-type": ["Incident Changed"]}
    function(ground, "healing", healing, role)
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName=second,
        DeploymentConfig={
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "CANARY", "CanarySize": size, "WaitIntervalInSeconds": 3600}
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"{PREFIX}-errors-{MODEL}"}]},
        },
    )  # fmt: skip
    until(lambda: sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "Updating")
    return ground


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.05)
    return found


def records(ground: Ground) -> list[dict[str, Any]]:
    items = ground.client("dynamodb").query(
        TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "incident"}}
    )["Items"]
    return [json.loads(item["body"]["S"])["record"] for item in items]


def acted(ground: Ground, kind: str) -> dict[str, Any] | None:
    found = [each for record in records(ground) for each in record["actions"] if each["kind"] == kind]
    assert len(found) <= 1
    return next(iter(found), None)


def alarm(name: str, state: str, at: str) -> dict[str, Any]:
    detail = {"alarmName": f"{PREFIX}-{name}-fare", "state": {"value": state, "reason": "crossed", "timestamp": at}}
    return {"detail-type": "CloudWatch Alarm State Change", "time": at, "detail": detail}


def test_a_bad_canary_is_stopped_and_its_package_rejected(estate: Ground) -> None:
    sagemaker = estate.client("sagemaker")
    # What its rollout made worse: an alarm beside those of the rollout, so that self-healing stops it and nobody else.
    estate.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{PREFIX}-burn-fast-{MODEL}", Namespace="Test", MetricName="burn", Period=60, EvaluationPeriods=1,
        Threshold=1.0, ComparisonOperator="GreaterThanOrEqualToThreshold", Statistic="Maximum",
    )  # fmt: skip
    estate.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[{"MetricName": "burn", "Value": 2.0}])
    done = until(lambda: acted(estate, "rollback"))
    found = settled(estate, ENDPOINT)
    assert done["status"] == "done", done
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", f"{ENDPOINT}-v1-abc")
    assert ask(estate, ENDPOINT)["text"]["model"] == "first"
    versions = sagemaker.list_model_packages(ModelPackageGroupName=ENDPOINT)["ModelPackageSummaryList"]
    states = {each["ModelPackageVersion"]: each["ModelApprovalStatus"] for each in versions}
    assert states == {1: "Approved", 2: "Rejected"}


def test_events_of_two_deliveries_in_another_order_start_one_action(estate: Ground) -> None:
    now = datetime.now(UTC)
    later, first = (written(now + timedelta(seconds=each)) for each in (2, 1))
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda event: sent(estate, event),
                [alarm("drift", "ALARM", later)] * 3 + [alarm("drift", "OK", first)] * 3,
            )
        )
    done = until(lambda: acted(estate, "retrain"))
    assert done["status"] == "done", done
    (record,) = [each for each in records(estate) if any(alert["signal"] == "drift" for alert in each["alerts"])]
    assert [each["at"] for each in record["alerts"] if each["signal"] == "drift"] == [later]
    runs = estate.client("sagemaker").list_pipeline_executions(PipelineName=f"{OTHER}-training")
    assert len(runs["PipelineExecutionSummaries"]) == 1


def test_a_restart_gives_a_serving_endpoint_new_instances_and_is_begun_once(estate: Ground) -> None:
    graph = Graph({}, {MODEL: {"endpoint": ENDPOINT, "pipelines": {}}})
    asked = {"signal": "errors", "name": f"{PREFIX}-errors-{MODEL}", "at": written(datetime.now(UTC))}
    task = Task("i1", MODEL, asked, "", written(datetime.now(UTC)), graph, Setup("dev", PREFIX, TABLE), estate.client)
    restart(task)
    found = estate.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
    pending = found["PendingDeploymentSummary"]["EndpointConfigName"]
    assert (found["EndpointStatus"], pending.rpartition("-")[0]) == ("Updating", f"{ENDPOINT}-v1-abc-restart")
    with pytest.raises(Refused, match="only one in service is restarted"):
        restart(task)
    assert ask(estate, ENDPOINT)["text"]["model"] == "first"


def sent(ground: Ground, event: dict[str, Any]) -> None:
    answer = ground.client("lambda").invoke(FunctionName=f"{PREFIX}-incidents", Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
