import io
import json
import zipfile

import pytest
from pydantic import ValidationError

from components.base import Placement
from components.incidents.retrain_on_drift import RetrainOnDrift, RetrainOnDriftArgs
from estate.plan.record import record

PLACE = Placement(
    prefix="mlops-test",
    path="/mlops/test/",
    account_id="111111111111",
    region="us-east-1",
    partition="aws",
    protected=False,
)
CODE = {"retrain.py": "def handle(event, context): ...\n", "aid.py": "X = 1\n"}
ARGS = {
    "placement": PLACE,
    "code": CODE,
    "pipelines": {"mlops-test-drift-eta": "mlops-test-eta-training"},
    "pipeline_arns": ["arn:aws:sagemaker:us-east-1:111111111111:pipeline/mlops-test-eta-training"],
    "role_arn": "arn:role",
    "role_name": "handlers",
    "key_arn": "arn:key",
    "log_retention_days": 30,
}


def made(**changes):
    args = RetrainOnDriftArgs.model_validate({**ARGS, **changes})
    return record(lambda: RetrainOnDrift("retrain", args) and None)


def arn(result, name):
    return result.made(name).outputs["arn"]


def test_drift_alarms_that_go_off_reach_the_handler():
    result = made()
    pattern = json.loads(result.named("retrain-rule").inputs["eventPattern"])
    target = result.named("retrain-target").inputs

    assert pattern["detail"] == {"alarmName": [{"prefix": "mlops-test-drift-"}], "state": {"value": ["ALARM"]}}
    assert target["rule"] == "mlops-test-retrain-on-drift"
    assert target["arn"] == arn(result, "retrain-function")
    assert target["deadLetterConfig"]["arn"] == arn(result, "retrain-dead-letters")


@pytest.mark.parametrize(("enabled", "state"), [(True, "ENABLED"), (False, "DISABLED")])
def test_switched_off_everything_is_there_but_no_alarm_gets_through(enabled, state):
    assert made(enabled=enabled).named("retrain-rule").inputs["state"] == state


def test_only_the_rule_may_call_the_handler():
    result = made()
    permission = result.named("retrain-permission").inputs

    assert (permission["principal"], permission["action"]) == ("events.amazonaws.com", "lambda:InvokeFunction")
    assert permission["sourceArn"] == arn(result, "retrain-rule")


def test_the_handler_knows_which_alarm_starts_which_pipeline():
    result = made()
    inputs = result.named("retrain-function").inputs

    assert json.loads(inputs["environment"]["variables"]["PIPELINES"]) == ARGS["pipelines"]
    assert (inputs["runtime"], inputs["architectures"], inputs["handler"]) == (
        "python3.13",
        ["arm64"],
        "retrain.handle",
    )
    assert (inputs["kmsKeyArn"], inputs["tracingConfig"]) == ("arn:key", {"mode": "Active"})
    assert inputs["deadLetterConfig"]["targetArn"] == arn(result, "retrain-dead-letters")


def test_the_archive_holds_the_code_and_has_the_same_bytes_in_any_order():
    code = made().named("retrain-function").inputs["code"]
    turned = made(code=dict(reversed(CODE.items()))).named("retrain-function").inputs["code"]

    with zipfile.ZipFile(io.BytesIO(code.content)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == ARGS["code"]
    assert code.content == turned.content


def test_the_role_may_start_these_pipelines_keep_failures_and_trace():
    result = made()
    statements = {
        statement["Sid"]: statement
        for statement in json.loads(result.named("retrain-policy").inputs["policy"])["Statement"]
    }

    assert statements["StartTraining"]["Action"] == "sagemaker:StartPipelineExecution"
    assert statements["StartTraining"]["Resource"] == ARGS["pipeline_arns"]
    assert statements["KeepFailures"]["Resource"] == arn(result, "retrain-dead-letters")
    assert [sid for sid, statement in statements.items() if statement["Resource"] == "*"] == ["Trace"]


def test_the_function_waits_for_its_permissions_and_its_log():
    result = made()
    needed = {result.named("retrain-policy").urn, result.named("retrain-log").urn}

    assert needed <= set(result.named("retrain-function").dependencies)
    assert result.named("retrain-log").inputs == {
        "name": "/aws/lambda/mlops-test-retrain",
        "kmsKeyId": "arn:key",
        "retentionInDays": 30,
    }


def test_what_cannot_be_delivered_is_kept_encrypted_and_noticed():
    result = made()
    queue = result.named("retrain-dead-letters").inputs
    allow, deny = json.loads(result.named("retrain-dead-letters-policy").inputs["policy"])["Statement"]
    alarm = result.named("retrain-dead-letters-alarm").inputs

    assert (queue["kmsMasterKeyId"], queue["messageRetentionSeconds"]) == ("arn:key", 1_209_600)
    assert allow["Condition"]["ArnEquals"]["aws:SourceArn"] == arn(result, "retrain-rule")
    assert deny["Effect"] == "Deny"
    assert (alarm["name"], alarm["dimensions"]) == (
        "mlops-test-dead-letters-retrain",
        {"QueueName": "mlops-test-retrain-dead-letters"},
    )
    retries = result.named("retrain-retries").inputs
    assert (retries["maximumRetryAttempts"], retries["maximumEventAgeInSeconds"]) == (2, 3600)


@pytest.mark.parametrize(
    "wrong", [{"pipelines": {}}, {"pipeline_arns": []}, {"log_retention_days": 0}, {"runtime": "python3.9"}]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        RetrainOnDriftArgs.model_validate({**ARGS, **wrong})
