"""An endpoint of one model, as the tests of endpoints have it."""

from pydantic import TypeAdapter

from components.endpoint.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.endpoint.modes import Hosted
from components.endpoint.results import AsyncResults, AsyncResultsArgs
from estate.plan.record import record
from tests.components.places import VIRGINIA

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-eta"
SUBNETS = {"a": "subnet-a", "b": "subnet-b"}
RUNTIME = {"role_arn": "arn:role", "subnet_ids": SUBNETS, "security_group_id": "sg"}
ARGS = {
    "placement": VIRGINIA,
    "model": "eta",
    "endpoint_name": "mlops-test-eta",
    "runtime": RUNTIME,
    "key_arn": "arn:models-key",
    "capture": {"uri": "s3://raw/eta/capture", "key_arn": "arn:data-key"},
    "log_key_arn": "arn:logs-key",
    "log_retention_days": 30,
}
ARCHIVES = {"image": "serving:1", "prefix": "s3://models/eta/served/", "environment": {"ESTATE_WORKLOAD": "eta"}}
SLOT = {"challenger_slot": {"minimum": 2, "maximum": 3}, "autoscaling": {"minimum": 2, "maximum": 6}}


def release(version):
    return {"version": version, "package_arn": f"{GROUP}/{version}"}


def args(serving=None, version=3, **changes):
    given = TypeAdapter(Hosted).validate_python({"mode": "real-time", **(serving or {})})
    return ModelEndpointArgs.model_validate({**ARGS, "serving": given, "release": release(version), **changes})


def made(serving=None, **changes):
    wanted = args(serving, **changes)
    results = wanted.serving.mode == "asynchronous"
    return record(lambda: ModelEndpoint("eta-endpoint", wanted, results=_results() if results else None) and None)


def _results():
    uris = {key: f"s3://curated/eta/async/{key}" for key in ("answers", "failures")}
    return AsyncResults(
        "eta-answers",
        AsyncResultsArgs(
            placement=VIRGINIA,
            subject="eta",
            bucket_arn="arn:aws:s3:::curated",
            prefix="eta/async",
            answers_uri=uris["answers"],
            failures_uri=uris["failures"],
            data_key_arn="arn:data-key",
            message_key_arn="arn:logs-key",
            role_name="models",
        ),
    )


def configuration(result):
    (found,) = [item.inputs for item in result.goals if item.type == CONFIGURATION]
    return found


def named(result, kind):
    return {item.name: item.inputs for item in result.goals if item.type == kind}
