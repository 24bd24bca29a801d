"""What monitoring and operations make where it is asked for, and what they refuse."""

import json

import pytest

from contracts.workload import WorkloadError
from estate.engine.result import ProgramError
from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE, release

CLUSTER = {"cluster": {}}
FARE = {"ride-fare": release("ride-fare"), "ride-risk": {}}
CANARY = {"through": "endpoint", "row": {"distance": 3}}
SAML = {"metadata_url": "https://idp.example.com/m", "admin_roles": ["ml"]}
MINE = (
    "aws:amp/",
    "aws:backup/",
    "aws:cognito/identityPool",
    "aws:costexplorer/",
    "aws:fis/",
    "aws:grafana/",
    "aws:rum/",
    "aws:synthetics/",
    "aws:xray/",
)


def kinds(made) -> set[str]:
    return {goal.type for goal in made.result.goals if goal.type.startswith(MINE)}


KNOWN: list = []


@pytest.fixture
def whole(estate):
    """All of it, made once."""
    if not KNOWN:
        KNOWN.append(
            estate(
                tier="production",
                training=CLUSTER,
                models=FARE,
                monitoring={
                    "log_anomalies": True,
                    "mask_personal_data": True,
                    "prometheus": {},
                    "managed_grafana": {"authentication": "identity-center", "admin_groups": ["g-1"]},
                    "tracing": {"sampled_percent": 10},
                    "canaries": {"ride-fare": CANARY},
                    "real_users": {"domain": "console.example.com"},
                },
                operations={"faults": {}, "backup": {}, "cost_anomalies": {}, "idle": {}},
            )
        )
    return KNOWN[0]


def test_nothing_of_it_is_there_where_nobody_asked(estate):
    assert kinds(estate(models=FARE)) == set()


def test_alerts_of_prometheus_wake_the_incidents_handler(whole):
    alerts = whole.named("operations-prometheus-alerts").inputs
    permission = whole.named("operations-prometheus-permission").inputs

    assert (alerts["protocol"], permission["principal"]) == ("lambda", "sns.amazonaws.com")
    assert alerts["topic"] == permission["sourceArn"] == whole.result.made("metrics-alerts").outputs["arn"]
    assert sorted(whole.outputs["monitoring"].prometheus) == ["endpoint", "topic", "workspace"]


def test_handlers_trace_what_they_call_where_the_layer_is_named(whole, estate):
    layer = "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python-arm64-ver-1-25-0:1"
    made = estate(monitoring={"tracing": {"adot_layer_arn": layer}})
    with_layer, without = (each.named("operations-healing-function").inputs for each in (made, whole))

    assert with_layer["layers"] == [layer]
    assert with_layer["environment"]["variables"]["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/otel-instrument"
    assert "layers" not in without
    assert "AWS_LAMBDA_EXEC_WRAPPER" not in without["environment"]["variables"]


def test_the_logs_of_models_and_handlers_are_watched_and_those_of_models_masked(whole):
    detectors = {goal.name for goal in whole.of_type("aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector")}
    masked = {goal.name for goal in whole.of_type("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy")}

    assert detectors == {f"{each}-log-watch-detector" for each in ("ride-fare", "incidents", "healing")}
    assert masked == {"ride-fare-log-watch-masked"}


def test_only_the_workspace_publishes_alerts(whole):
    allow, deny = json.loads(whole.named("metrics-alerts").inputs["policy"])["Statement"]

    assert allow["Principal"] == {"Service": "aps.amazonaws.com"}
    assert allow["Condition"]["ArnEquals"] == {"aws:SourceArn": whole.result.made("metrics-workspace").outputs["arn"]}
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_canary_may_ask_its_own_model_only(whole):
    (asking, *_) = json.loads(whole.named("ride-fare-canary-policy").inputs["policy"])["Statement"]

    assert (asking["Action"], asking["Resource"]) == (
        "sagemaker:InvokeEndpoint",
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/mlops-test-ride-fare",
    )
    environment = whole.named("ride-fare-canary-canary").inputs["runConfig"]["environmentVariables"]
    assert environment == {"ENDPOINT": "mlops-test-ride-fare", "ROW": '{"distance": 3}', "SLOWEST_MS": "2000"}


def test_a_canary_through_the_api_asks_from_outside_and_signs(estate):
    made = estate(models=FARE, serving={"api": {}}, monitoring={"canaries": {"ride-fare": {"row": {"distance": 3}}}})
    canary = made.named("ride-fare-canary-canary").inputs
    (asking, *_) = json.loads(made.named("ride-fare-canary-policy").inputs["policy"])["Statement"]

    assert "vpcConfig" not in canary
    assert canary["runConfig"]["environmentVariables"]["URL"].endswith("/v1/models/ride-fare/invocations")
    assert asking["Action"] == "execute-api:Invoke"
    assert asking["Resource"].endswith(":*/*/POST/v1/models/ride-fare/invocations")


def test_a_canary_waits_for_the_first_release(estate):
    made = estate(monitoring={"canaries": {"ride-fare": CANARY}})

    assert kinds(made) == set()


def test_a_protected_vault_is_locked_and_a_sandboxes_is_not(whole, estate):
    assert whole.named("backups-vault-lock").inputs["minRetentionDays"] == 35
    assert whole.result.named("backups-vault").protect is True
    sandbox = estate(operations={"backup": {}})
    assert "backups-vault-lock" not in sandbox.names


def test_experiments_stop_on_the_alarms_that_roll_back_errors_first(whole):
    stops = whole.named("faults-zone-cut").inputs["stopConditions"]

    assert [each["value"].rpartition(":")[2] for each in stops] == [
        "mlops-test-errors-ride-fare",
        "mlops-test-latency-ride-fare",
    ]


def test_without_an_alarm_that_could_stop_it_there_is_no_experiment(estate):
    assert kinds(estate(training=CLUSTER, operations={"faults": {}})) == set()


def test_without_nodes_none_can_be_lost(estate):
    made = estate(models=FARE, operations={"faults": {}})

    assert {name for name in made.names if name.startswith("faults-")} == {
        "faults-log",
        "faults-policy",
        "faults-role",
        "faults-zone-cut",
    }


@pytest.mark.parametrize(
    ("tier", "act", "acts", "deletes"),
    [
        ("sandbox", None, True, True),
        ("sandbox", False, False, False),
        ("production", None, False, False),
        ("production", True, True, False),
    ],
)
def test_idle_things_are_scaled_down_in_a_sandbox_and_no_protected_endpoint_is_ever_deleted(
    estate, tier, act, acts, deletes
):
    idle = {} if act is None else {"act": act}
    made = estate(tier=tier, training=CLUSTER, operations={"idle": idle})
    settings = json.loads(made.named("idle-handler-function").inputs["environment"]["variables"]["SETTINGS"])
    allowed = {
        action
        for statement in json.loads(made.named("idle-handler-policy").inputs["policy"])["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }

    assert (settings["act"], settings["endpoints"]) == (acts, deletes)
    assert ("sagemaker:DeleteEndpoint" in allowed) is deletes
    assert ({"sagemaker:DeleteApp", "eks:UpdateNodegroupConfig"} <= allowed) is acts


def test_the_schedule_starts_the_handler_with_the_schedulers_role(whole):
    target = whole.named("idle-schedule").inputs["target"]

    assert target["arn"] == whole.result.made("idle-handler-function").outputs["arn"]
    assert whole.named("idle-start").inputs["role"] == whole.named("roles-scheduler").inputs["name"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"models": FARE, "monitoring": {"canaries": {"ride-fare": {"row": {"distance": 3}}}}},
            "monitoring.canaries.ride-fare goes through the api, and there is no serving.api",
        ),
        (
            {
                "models": FARE,
                "serving": {
                    "api": {"authorization": "jwt", "jwt": {"issuer": "https://a.example.com", "audience": ["m"]}}
                },
                "monitoring": {"canaries": {"ride-fare": {"row": {"distance": 3}}}},
            },
            "signs its requests as an AWS identity, and serving.api.authorization is jwt",
        ),
        (
            {"monitoring": {"canaries": {"tips": CANARY}}},
            "monitoring.canaries.tips: no such model; there are ride-fare, ride-risk",
        ),
        (
            {"monitoring": {"prometheus": {}}},
            "monitoring.prometheus.scrape_cluster has no cluster to scrape: set training.cluster, or false",
        ),
        (
            {
                "training": CLUSTER,
                "monitoring": {"prometheus": {}},
                "models": {"ride-fare": {"slos": {"fast": {"kind": "latency", "objective": 99, "latency_ms": 123}}}},
            },
            "models.ride-fare.slos.fast: latency_ms 123 cannot be counted by monitoring.prometheus; allowed there are",
        ),
        ({"monitoring": {"managed_grafana": {"authentication": "saml"}}}, "authentication saml needs saml"),
        (
            {"monitoring": {"managed_grafana": {"authentication": "identity-center"}}},
            "authentication identity-center needs admin_groups",
        ),
        (
            {"monitoring": {"managed_grafana": {"authentication": "identity-center", "saml": SAML}}},
            "saml is for authentication saml",
        ),
        ({"monitoring": {"managed_grafana": {}}}, "monitoring.managed_grafana.authentication: is required"),
        ({"operations": {"idle": {"schedule": "cron(0 20 * * ?)"}}}, "has 5 fields; cron has 6"),
        (
            {"operations": {"idle": {"schedule": "cron(*/5 * * * ? *)"}}},
            "runs more than once an hour; once an hour is enough",
        ),
        ({"operations": {"idle": {"schedule": "rate(1 hour)"}}}, "operations.idle.schedule: must match"),
        (
            {"operations": {"idle": {"kinds": ["node-groups"]}}},
            "operations.idle.kinds has node-groups, and there is no training.cluster",
        ),
        (
            {"operations": {"faults": {"experiments": ["lost-nodes"]}}},
            "there is no training.cluster with nodes to lose",
        ),
        ({"operations": {"faults": {"experiments": ["zone-cut", "zone-cut"]}}}, "experiments names zone-cut twice"),
        (
            {"operations": {"backup": {"keep_days": 60, "cold_after_days": 30}}},
            "keep_days 60 is below cold_after_days 30 plus 90",
        ),
        ({"operations": {"backup": {"lock": {}}}}, "operations.backup.lock is for good: a sandbox"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_own_message(changes, says):
    with pytest.raises(SettingsError) as error:
        parse({**BASE, **changes})

    assert says in str(error.value)


def test_a_canary_that_sends_other_features_is_refused(estate):
    with pytest.raises(ProgramError) as error:
        estate(models=FARE, monitoring={"canaries": {"ride-fare": {**CANARY, "row": {"way": 3}}}})

    cause = error.value.__cause__
    assert isinstance(cause, WorkloadError)
    assert "must have exactly the features of the workload; differs in distance, way" in str(cause)
