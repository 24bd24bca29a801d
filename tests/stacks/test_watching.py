"""What monitoring and operations make where it is asked for."""

import json

import pytest

from tests.stacks.conftest import MODELS, release, run_estate

CLUSTER = {"cluster": {}}
FARE = {"ride-fare": release("ride-fare"), "ride-risk": {}}
CANARY = {"through": "endpoint", "row": {"distance": 3}}
LAYER = "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python-arm64-ver-1-25-0:1"
MONITOR = "arn:aws:ce::123456789012:anomalymonitor/0f5c2a3e-0000-4000-8000-1a2b3c4d5e6f"
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


@pytest.fixture(scope="module")
def whole():
    """All of it, made once, in production."""
    return run_estate(
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


@pytest.fixture(scope="module")
def sandbox():
    """The other choices, in a sandbox without a GPU cluster."""
    return run_estate(
        training={"studio": {}},
        models=FARE,
        serving={"api": {}},
        monitoring={
            "canaries": {"ride-fare": {"row": {"distance": 3}}},
            "tracing": {"adot_layer_arn": LAYER},
        },
        operations={
            "faults": {},
            "backup": {"restore_test": "cron(0 6 ? * SUN *)"},
            "cost_anomalies": {"monitor_arn": MONITOR},
            "idle": {},
        },
    )


def test_what_needs_a_release_waits_for_it_and_nothing_else_is_there():
    """No canary without an answer, and no experiment without an alarm that could stop it."""
    assert (
        kinds(run_estate(training=CLUSTER, operations={"faults": {}}, monitoring={"canaries": {"ride-fare": CANARY}}))
        == set()
    )


def test_alerts_of_prometheus_wake_the_incidents_handler(whole):
    alerts = whole.named("operations-prometheus-alerts").inputs
    permission = whole.named("operations-prometheus-permission").inputs

    assert (alerts["protocol"], permission["principal"]) == ("lambda", "sns.amazonaws.com")
    assert alerts["topic"] == permission["sourceArn"] == whole.result.made("metrics-alerts").outputs["arn"]
    assert sorted(whole.outputs["monitoring"].prometheus) == ["endpoint", "topic", "workspace"]


def test_handlers_trace_what_they_call_where_the_layer_is_named(whole, sandbox):
    with_layer, without = (each.named("operations-healing-function").inputs for each in (sandbox, whole))

    assert with_layer["layers"] == [LAYER]
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


def test_a_cluster_that_the_collector_reads_has_what_tells_of_its_nodes(whole, sandbox):
    def told(made):
        return {goal.inputs.get("addonName") for goal in made.result.goals} & {"kube-state-metrics"}

    assert told(whole)
    assert not told(sandbox)


def test_executions_of_the_environments_pipelines_are_traced_when_they_end(whole):
    pattern = json.loads(whole.named("pipeline-traces-rule").inputs["eventPattern"])
    own = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/mlops-test-"
    policy = json.loads(whole.named("pipeline-traces-policy").inputs["policy"])["Statement"]
    by_sid = {each["Sid"]: each for each in policy}

    assert pattern["detail"] == {
        "pipelineArn": [{"prefix": own}],
        "currentPipelineExecutionStatus": ["Failed", "Stopped", "Succeeded"],
    }
    assert by_sid["SeeExecutions"]["Resource"] == f"{own}*"
    assert "xray:PutTraceSegments" in by_sid["Trace"]["Action"]
    assert 'annotation.environment = "test"' in whole.named("tracing-group").inputs["filterExpression"]


def test_traces_of_every_door_that_is_open_are_found_together(estate):
    serving = {"rest": {}, "socket": {}}
    models = {MODELS[0]: release(MODELS[0]), MODELS[1]: {}}
    made = estate(monitoring={"tracing": {}}, serving=serving, models=models)

    assert made.named("tracing-group").inputs["filterExpression"].split(" OR ") == [
        'service("mlops-test-healing")',
        'service("mlops-test-incidents")',
        'service("mlops-test-rest")',
        'service("mlops-test-rest/live")',
        'service("mlops-test-socket")',
        'annotation.environment = "test"',
    ]


def test_a_canary_may_ask_its_own_model_only(whole):
    (asking, *_) = json.loads(whole.named("ride-fare-canary-policy").inputs["policy"])["Statement"]

    assert (asking["Action"], asking["Resource"]) == (
        "sagemaker:InvokeEndpoint",
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/mlops-test-ride-fare",
    )
    environment = whole.named("ride-fare-canary-canary").inputs["runConfig"]["environmentVariables"]
    # Active tracing is of runtimes of Node.js; AWS refuses it here.
    assert "activeTracing" not in whole.named("ride-fare-canary-canary").inputs["runConfig"]
    assert environment == {"ENDPOINT": "mlops-test-ride-fare", "ROW": '{"distance": 3}', "SLOWEST_MS": "2000"}


def test_a_canary_through_the_api_asks_from_outside_and_signs(sandbox):
    canary = sandbox.named("ride-fare-canary-canary").inputs
    (asking, *_) = json.loads(sandbox.named("ride-fare-canary-policy").inputs["policy"])["Statement"]

    assert "vpcConfig" not in canary
    assert canary["runConfig"]["environmentVariables"]["URL"].endswith("/v1/models/ride-fare/invocations")
    assert asking["Action"] == "execute-api:Invoke"
    assert asking["Resource"].endswith(":*/*/POST/v1/models/ride-fare/invocations")


def test_browsers_report_as_guests_of_the_pool_by_the_flow_that_it_allows(whole):
    """CloudWatch RUM's web client asks by the classic flow where it is told a role, and by the enhanced one else."""
    told = whole.named("console-monitor").inputs["appMonitorConfiguration"]

    assert "guestRoleArn" not in told
    assert told["identityPoolId"] == whole.result.made("console-guests").id
    assert whole.named("console-guests").inputs.get("allowClassicFlow", False) is False
    assert list(whole.named("console-guest-role").inputs["roles"]) == ["unauthenticated"]


def test_a_protected_vault_is_locked_and_a_sandboxes_goes_with_what_is_in_it(whole, sandbox):
    assert whole.named("backups-vault-lock").inputs["minRetentionDays"] == 35
    assert whole.result.named("backups-vault").protect is True
    assert "backups-vault-lock" not in sandbox.names
    assert [each.named("backups-vault").inputs["forceDestroy"] for each in (whole, sandbox)] == [False, True]


def test_experiments_stop_on_the_alarms_that_roll_back_errors_first(whole):
    stops = whole.named("faults-zone-cut").inputs["stopConditions"]

    assert [each["value"].rpartition(":")[2] for each in stops] == [
        "mlops-test-errors-ride-fare",
        "mlops-test-latency-ride-fare",
    ]


def test_without_nodes_none_can_be_lost(sandbox):
    assert {name for name in sandbox.names if name.startswith("faults-")} == {
        "faults-log",
        "faults-policy",
        "faults-role",
        "faults-zone-cut",
    }


def test_a_sandbox_scales_down_and_production_only_writes(whole, sandbox):
    settings = [
        json.loads(each.named("idle-handler-function").inputs["environment"]["variables"]["SETTINGS"])
        for each in (sandbox, whole)
    ]

    assert [(each["act"], each["endpoints"]) for each in settings] == [(True, False), (False, False)]
    assert settings[1]["kinds"] == ["endpoints", "node-groups"]  # no Studio is there


def test_apps_are_stopped_in_the_environments_own_studio(sandbox):
    domain = sandbox.result.made("studio-domain").id
    statements = json.loads(sandbox.named("idle-handler-policy").inputs["policy"])["Statement"]

    assert {each["Resource"] for each in statements if each["Sid"] in ("LookAtApps", "StopApps")} == {
        f"arn:aws:sagemaker:eu-west-1:123456789012:app/{domain}/*"
    }
    settings = json.loads(sandbox.named("idle-handler-function").inputs["environment"]["variables"]["SETTINGS"])
    assert (settings["kinds"], settings["domain"]) == (["endpoints", "apps"], domain)


def test_costs_may_be_watched_by_a_monitor_that_is_there(sandbox):
    assert sandbox.named("cost-anomalies-subscription").inputs["monitorArnLists"] == [MONITOR]
    assert "cost-anomalies-monitor" not in sandbox.names


def test_a_fault_cuts_subnets_of_this_environment_with_lists_of_its_own(whole):
    statements = json.loads(whole.named("faults-policy").inputs["policy"])["Statement"]
    changes = {
        (each["Sid"], json.dumps(each.get("Condition")))
        for each in statements
        if each["Sid"] in ("CutOwnSubnets", "FillAndDropList", "MakeList")
    }
    own = {"aws:ResourceTag/environment": "test", "aws:ResourceTag/managed-by": "mlops-estate"}

    assert changes == {
        ("CutOwnSubnets", json.dumps({"StringEquals": own})),
        ("FillAndDropList", '{"StringEquals": {"aws:ResourceTag/managedByFIS": "true"}}'),
        ("MakeList", '{"StringEquals": {"aws:RequestTag/managedByFIS": "true"}}'),
    }
    assert all(each["Effect"] == "Allow" for each in statements)


def test_restored_backups_are_chosen_by_tags_alone(sandbox):
    """The provider takes either ARNs or conditions."""
    for kind in ("dynamodb", "s3"):
        selection = sandbox.named(f"backups-restore-test-{kind}").inputs
        assert "protectedResourceArns" not in selection
        assert [each["key"] for each in selection["protectedResourceConditions"]["stringEquals"]] == [
            "aws:ResourceTag/environment",
            "aws:ResourceTag/managed-by",
        ]


def test_the_schedule_starts_the_handler_with_the_schedulers_role(whole):
    target = whole.named("idle-schedule").inputs["target"]

    assert target["arn"] == whole.result.made("idle-handler-function").outputs["arn"]
    assert whole.named("idle-start").inputs["role"] == whole.named("roles-scheduler").inputs["name"]
