import json

import pytest

from stacks.reference import _keys
from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE


def test_without_a_release_everything_comes_up_and_nothing_is_served(estate):
    made = estate()

    assert made.outputs["serving"].endpoints == {}
    assert made.of_type("aws:sagemaker/endpoint:Endpoint") == []
    assert "overview-dashboard" in made.names


def test_a_released_model_is_served_under_the_name_that_was_published_before(estate, released):
    made = estate(models=released)

    assert [goal.inputs["name"] for goal in made.of_type("aws:sagemaker/endpoint:Endpoint")] == ["mlops-test-ride-fare"]
    assert list(made.outputs["serving"].endpoints) == ["ride-fare"]
    assert list(made.outputs["serving"].alarms) == ["ride-fare/errors", "ride-fare/latency"]


def test_settings_reach_rollout_capture_and_scaling(estate, released):
    endpoint = {
        "instance_type": "ml.c5.xlarge",
        "autoscaling": {"minimum": 2, "maximum": 5},
        "rollout": {"strategy": "linear", "step_percent": 25, "bake_seconds": 120},
        "capture_percent": 30,
    }
    made = estate(models={"ride-fare": {**released["ride-fare"], "endpoint": endpoint}})
    traffic = made.named("ride-fare-endpoint-endpoint").inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    kind = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    (configuration,) = [item.inputs for item in made.of_type(kind) if "ride-fare" in item.name]

    assert traffic["trafficRoutingConfiguration"] == {
        "type": "LINEAR",
        "waitIntervalInSeconds": 120,
        "linearStepSize": {"type": "CAPACITY_PERCENT", "value": 25},
    }
    assert configuration["productionVariants"][0]["instanceType"] == "ml.c5.xlarge"
    assert configuration["dataCaptureConfig"]["initialSamplingPercentage"] == 30
    assert made.named("ride-fare-endpoint-capacity").inputs["maxCapacity"] == 5


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_a_gradual_rollout_of_one_instance_is_a_wrong_setting(estate, strategy):
    with pytest.raises(
        SettingsError, match=rf"models\.ride-fare\.endpoint: autoscaling\.minimum 1 .* {strategy} rollout"
    ):
        estate(models={"ride-fare": {"endpoint": {"rollout": {"strategy": strategy}}}})


def release(model: str, version: int) -> dict[str, object]:
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/mlops-test-{model}/{version}"
    return {"version": version, "package_arn": arn}


def test_a_release_is_served_in_several_ways(estate, released):
    more = {
        "bulk": {"mode": "asynchronous"},
        "edge": {"mode": "serverless"},
        "history": {"mode": "multi-model"},
        "nightly": {"mode": "batch", "schedule": "rate(1 day)"},
        "quiet": {"mode": "component"},
    }
    made = estate(models={"ride-fare": {**released["ride-fare"], "more_endpoints": more}})
    outputs = made.outputs["serving"]

    assert list(outputs.more_endpoints) == [f"ride-fare/{name}" for name in ("bulk", "edge", "history", "quiet")]
    assert list(outputs.inference_components) == ["ride-fare/quiet"]
    assert list(outputs.transforms) == ["ride-fare/nightly"]
    assert list(outputs.answer_topics) == ["ride-fare/bulk"]
    assert sorted(goal.inputs["name"] for goal in made.of_type("aws:sagemaker/endpoint:Endpoint")) == [
        "mlops-test-ride-fare",
        "mlops-test-ride-fare-bulk",
        "mlops-test-ride-fare-edge",
        "mlops-test-ride-fare-history",
        "mlops-test-ride-fare-quiet",
    ]
    container = made.named("ride-fare-history-endpoint-model").inputs["primaryContainer"]
    assert container["modelDataUrl"].endswith("/ride-fare/served/")


def test_the_api_asks_what_answers_at_once(estate, released):
    models = {**released, "ride-risk": {"release": release("ride-risk", 1), "endpoint": {"mode": "asynchronous"}}}
    made = estate(models=models, serving={"api": {}})

    assert list(made.outputs["serving"].api) == ["url"]
    assert [goal.name for goal in made.of_type("aws:apigatewayv2/route:Route")] == ["api-ride-fare"]
    statement = json.loads(made.named("api-handler-policy").inputs["policy"])["Statement"][-1]
    assert statement["Resource"] == ["arn:aws:sagemaker:eu-west-1:123456789012:endpoint/mlops-test-ride-fare"]


def test_by_default_there_is_no_api_and_nothing_takes_events(estate, released):
    made = estate(models=released)

    assert (made.outputs["serving"].api, made.outputs["serving"].streams) == ({}, {})
    assert not {name for name in made.names if name.startswith("api") or name.endswith("-events")}


def test_one_configuration_of_notices_serves_all_models_that_take_objects(estate):
    takes = {"stream": {"source": "objects"}}
    models = {model: {"release": release(model, 1), **takes} for model in ("ride-fare", "ride-risk")}
    made = estate(models=models)

    assert [goal.name for goal in made.of_type("aws:s3/bucketNotification:BucketNotification")] == ["landings-events"]
    assert list(made.outputs["serving"].streams) == ["ride-fare", "ride-risk"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"challenger": {"release": release("ride-fare", 4), "percent": 5}}, "a challenger needs a release beside"),
        (
            {"release": release("ride-fare", 3), "challenger": {"release": release("ride-fare", 4), "percent": 5}},
            r"a challenger needs endpoint\.challenger_slot",
        ),
        (
            {"release": release("ride-fare", 3), "shadow": {"release": release("ride-fare", 3)}},
            r"shadow\.release is version 3, which is served already",
        ),
        (
            {"release": release("ride-fare", 3), "shadow": {"release": release("ride-risk", 4)}},
            r"shadow\.release is of another package group than release",
        ),
        (
            {
                "release": release("ride-fare", 3),
                "endpoint": {"mode": "serverless"},
                "shadow": {"release": release("ride-fare", 4)},
            },
            "a shadow is for an endpoint of mode real-time, whose instances it stands beside; not",
        ),
        (
            {"endpoint": {"mode": "asynchronous"}, "stream": {"source": "queue"}},
            "stream asks an endpoint that answers at once; endpoint has the mode asynchronous",
        ),
        ({"stream": {"source": "queue", "shards": 2}}, r"stream: shards is for the source kinesis, not queue"),
        ({"stream": {"source": "kinesis", "attempts": 1}}, r"stream: attempts 1 is for queues and objects"),
        (
            {"stream": {"source": "queue", "batch": 50, "window_seconds": 0}},
            "batch 50 needs a window_seconds",
        ),
    ],
)
def test_parts_of_a_model_that_do_not_fit_are_a_wrong_setting(estate, wrong, said):
    with pytest.raises(SettingsError, match=said):
        estate(models={"ride-fare": wrong})


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ({"authorization": "jwt"}, "authorization jwt needs jwt"),
        ({"jwt": {"issuer": "https://a.example", "audience": ["m"]}}, "jwt is for authorization jwt"),
        ({"cors": {"origins": ["https://a.example"]}}, "cors is for authorization jwt"),
        ({"burst": 10}, "burst 10 is below requests_per_second 50"),
        ({"domain": {"name": "models.example.com"}}, r"serving\.api\.domain\.certificate_arn: is required"),
    ],
)
def test_an_api_that_cannot_be_is_a_wrong_setting(estate, api, said):
    with pytest.raises(SettingsError, match=said):
        estate(serving={"api": api})


def test_where_nothing_answers_at_once_no_other_stack_looks_for_an_api_and_no_canary_waits():
    models = {"ride-fare": {"release": release("ride-fare", 3), "endpoint": {"mode": "asynchronous"}}}
    later = {**BASE, "models": models, "serving": {"api": {}}}

    assert _keys(parse(later))("api") == []
    with pytest.raises(SettingsError, match="the mode asynchronous, and gives it later"):
        parse({**later, "monitoring": {"canaries": {"ride-fare": {"row": {"distance": 3}}}}})


CALLERS = {"clients": {"couriers": {}}}
PLANNED = {"plans": {"gold": {}}, "consumers": {"ann": "gold"}}


def test_every_door_is_opened_and_told_where(estate, released):
    serving = {
        "api": {"authorization": "cognito"},
        "rest": {"authorization": "cognito", **PLANNED, "firewall": {}, "cache": {"models": {"ride-fare": 60}}},
        "socket": {},
        "callers": CALLERS,
        "flags": {},
        "gateway_log_role": True,
    }
    made = estate(models=released, serving=serving)

    assert sorted(made.outputs["serving"].api) == ["issuer", "rest", "socket", "tokens", "url"]
    assert {"flags-ride-fare", "callers-pool", "firewall-acl", "gateway-log-account"} <= made.names
    assert "flags-ride-risk" not in made.names  # which is not served
    monitors = made.named("flags-ride-fare").inputs["monitors"]
    assert [each["alarmArn"].rpartition(":")[2] for each in monitors] == [
        made.named(f"ride-fare-endpoint-alarms-{signal}").inputs["name"] for signal in ("errors", "latency")
    ]


def test_doors_of_one_kind_need_nothing_of_the_others(estate, released):
    made = estate(models=released, serving={"rest": {}})

    assert list(made.outputs["serving"].api) == ["rest"]
    assert not made.of_type("aws:wafv2/webAcl:WebAcl") + made.of_type("aws:cognito/userPool:UserPool")
    assert not made.of_type("aws:apigateway/account:Account") + made.of_type("aws:apigateway/apiKey:ApiKey")


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        ({"api": {"cache": {"models": {"ride-fare": 1}}}}, r"serving\.api: cache is for serving\.rest; .* no answers"),
        ({"api": {"firewall": {}}}, r"firewall is for serving\.rest; .* AWS WAF cannot be associated with it"),
        ({"api": {"plans": {"gold": {}}}}, r"plans is for serving\.rest; .* it has no usage plans"),
        ({"socket": {"consumers": {"ann": "gold"}}}, r"consumers is for serving\.rest; .* it has no API keys"),
        ({"socket": {"firewall": {}}}, r"serving\.socket: firewall is for serving\.rest"),
        ({"rest": {"plans": {"gold": {}}}}, r"plans\.gold counts by API key, and no consumer has it"),
        ({"rest": {"consumers": {"ann": "gold"}}}, r"consumers\.ann has the plan gold, .* there are none"),
        ({"rest": {"burst": 1}}, "burst 1 is below requests_per_second 50"),
        ({"rest": {"cache": {"models": {"nobody": 60}}}}, r"serving\.rest\.cache\.models\.nobody is no model"),
        ({"rest": {"authorization": "cognito"}}, r"rest\.authorization cognito needs callers"),
        ({"rest": {}, "callers": CALLERS}, "callers are for a door with authorization cognito; with iam"),
        (
            {"rest": {"authorization": "cognito", "accounts": ["1" * 12]}, "callers": CALLERS},
            "accounts are for authorization iam; cognito knows no AWS identity",
        ),
        ({"rest": {"firewall": {"requests_per_address": 5}}}, r"rest\.firewall\.requests_per_address: .* 10"),
        (
            {"rest": {"firewall": {"managed_rules": ["AWSManagedRulesCommonRuleSet"] * 2}}},
            "managed_rules names AWSManagedRulesCommonRuleSet twice",
        ),
        (
            {"api": {"authorization": "cognito", "jwt": {"issuer": "https://a.example", "audience": ["m"]}}},
            "jwt is for",
        ),
        (
            {"rest": {"authorization": "cognito"}, "callers": {"clients": {"page": {"kind": "people"}}}},
            "callbacks are for kind people, which needs at least one",
        ),
    ],
)
def test_doors_that_cannot_be_are_a_wrong_setting(estate, serving, said):
    with pytest.raises(SettingsError, match=said):
        estate(serving=serving)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"flags": {"enabled": False}}, r"models\.ride-fare\.flags are read from serving\.flags, which is not set"),
        ({"flags": {"explore_percent": 5}}, r"flags\.explore_percent needs a challenger"),
        ({"endpoint": {"mode": "component"}}, r"models\.ride-fare\.endpoint"),
        (
            {"more_endpoints": {"quiet": {"mode": "component", "rollout": {"strategy": "canary"}}}},
            "a canary rollout moves an endpoint's traffic",
        ),
        (
            {"endpoint": {"mode": "serverless", "max_concurrency": 5, "provisioned_concurrency": 6}},
            "provisioned_concurrency 6 is above max_concurrency 5",
        ),
        ({"slos": {"up": {"kind": "availability", "objective": 101}}}, r"objective: objective 101 % is more than all"),
        (
            {"challenger": {"release": release("ride-fare", 4), "percent": 101}},
            r"challenger\.percent: 101 % is no share",
        ),
    ],
)
def test_a_model_that_cannot_be_served_so_is_a_wrong_setting(estate, model, said):
    with pytest.raises(SettingsError, match=said):
        estate(models={"ride-fare": model})
