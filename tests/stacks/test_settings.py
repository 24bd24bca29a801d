"""Settings: what is left out is secure and cheap; what is wrong is one line with key, reason and what is allowed."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from stacks import settings as settings_module
from stacks.settings import EstateSettings, Layer, SettingsError, Tier, parse, read_stack_file
from stacks.settings.base import Settings

LEAST: dict[str, Any] = {
    "environment": "test",
    "aws": {"account_id": "123456789012"},
    "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
    "foundation": {"network": {"cidr": "10.9.0.0/16"}},
    "models": {"ride-fare": {}},
}
NOTHING = object()
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


def changed(path: str, value: object) -> Mapping[str, Any]:
    """The least settings, with the value at `path` replaced or taken away."""
    values = deepcopy(LEAST)
    *parents, last = path.split("/")
    place = values
    for part in parents:
        place = place.setdefault(part, {})
    if value is NOTHING:
        del place[last]
    else:
        place[last] = value
    return values


def refusal(path: str, value: object) -> str:
    with pytest.raises(SettingsError) as error:
        parse(changed(path, value))
    return str(error.value)


def test_what_is_left_out_is_secure_and_cheap():
    settings = parse(LEAST)

    network = settings.foundation.network
    assert (network.zones, network.nat, network.interface_endpoints, network.flow_logs) == (2, "none", True, True)
    assert (settings.tier, settings.training.cluster, settings.foundation.github) == (Tier.SANDBOX, None, None)
    assert settings.ownership.data_classification == "confidential"
    assert settings.models["ride-fare"].release is None
    assert settings.layers == tuple(Layer)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "fundation",
            {},
            "mlops-estate:fundation: unknown key; allowed: aws, data, environment, foundation, governance, layers, "
            "models, monitoring, operations, ownership, prefix, registry, serving, tier, training (given: {})",
        ),
        (
            "foundation/network/nats",
            "none",
            "mlops-estate:foundation.network.nats: unknown key; allowed: cidr, endpoint_zones, existing, flow_logs, "
            "interface_endpoints, nat, peers, zones (given: 'none')",
        ),
        (
            "models/ride-fare/endpoint",
            {"instances": 2},
            "mlops-estate:models.ride-fare.endpoint.instances: unknown key; allowed: autoscaling, capture_percent, "
            "challenger_slot, error_percent, instance_type, latency_ms, mode, rollout (given: 2)",
        ),
        (
            "models/ride-fare/endpoint",
            {"mode": "serverless", "instance_type": "ml.m5.large"},
            "mlops-estate:models.ride-fare.endpoint.instance_type: unknown key; allowed: error_percent, latency_ms, "
            "max_concurrency, memory_mb, mode, provisioned_concurrency, provisioned_maximum, rollout "
            "(given: 'ml.m5.large')",
        ),
        (
            "models/ride-fare/endpoint",
            {"mode": "batch"},
            "mlops-estate:models.ride-fare.endpoint: mode must be one of real-time, serverless, asynchronous "
            "(given: {'mode': 'batch'})",
        ),
        (
            "models/ride-fare/more_endpoints",
            {"nightly": {"mode": "batch", "schedule": "daily"}},
            r"mlops-estate:models.ride-fare.more_endpoints.nightly.schedule: must match ^(rate|cron|at)\(.+\)$ "
            "(given: 'daily')",
        ),
        (
            "models/ride-fare/more_endpoints",
            {"rows": {"mode": "batch", "schedule": "rate(1 day)"}},
            "mlops-estate:models.ride-fare: more_endpoints.rows: the name is taken; async, capture, challenger, "
            "events, monitor, quarantine, rows are",
        ),
        (
            "models",
            {"ride": {"more_endpoints": {"fare": {"mode": "serverless"}}}, "ride-fare": {}},
            "mlops-estate: models.ride.more_endpoints.fare has the name of the model ride-fare",
        ),
        (
            "models/ride-fare/endpoint",
            {"rollout": {"strategy": "canary", "rollback_percent": 10}},
            "mlops-estate:models.ride-fare.endpoint.rollout: rollback_percent is for the strategy rolling; canary goes "
            "back all at once",
        ),
        (
            "models/ride-fare/endpoint",
            {"mode": "serverless", "provisioned_concurrency": 9},
            "mlops-estate:models.ride-fare.endpoint: provisioned_concurrency 9 is above max_concurrency 5",
        ),
        (
            "models/ride-fare/more_endpoints",
            {"nightly": {"mode": "batch", "schedule": "rate(1 day)", "instance_type": "ml.m5d.xlarge"}},
            "mlops-estate:models.ride-fare.more_endpoints.nightly.instance_type: ml.m5d.xlarge has local storage, for "
            "which SageMaker takes no volume key, and jobs name one; allowed are types without, such as ml.m5.xlarge",
        ),
        (
            "models/ride-fare/more_endpoints",
            {"Bulk": {"mode": "asynchronous"}},
            "mlops-estate:models.ride-fare.more_endpoints.Bulk: must match ^[a-z][a-z0-9]{0,11}$ (given: 'Bulk')",
        ),
        (
            "serving",
            {"api": {"authorization": "key"}},
            "mlops-estate:serving.api.authorization: Input should be 'iam', 'jwt' or 'cognito' (given: 'key')",
        ),
        (
            "serving",
            {"api": {"domain": {"name": "m.example.com", "certificate_arn": CERTIFICATE}}},
            f"mlops-estate: serving.api.domain.certificate_arn {CERTIFICATE} is of another region than aws.region "
            "us-east-1",
        ),
        (
            "training/cluster",
            {"node_groups": {"gpu": {"spot": True}}},
            "mlops-estate:training.cluster.node_groups.gpu.spot: unknown key; allowed: capacity, disk_gb, "
            "efa, image, instance_type, labels, max_unavailable, maximum, minimum, other_instance_types, "
            "placement_group, release_version, reservation_id, taints, zones (given: True)",
        ),
        (
            "training",
            {"processing_instance_type": "ml.m5d.xlarge"},
            "mlops-estate:training.processing_instance_type: ml.m5d.xlarge has local storage, for which SageMaker "
            "takes no volume key, and jobs name one; allowed are types without, such as ml.m5.xlarge",
        ),
        (
            "training/cluster",
            {"public_access_cidrs": ["203.0.113.0/24", "0.0.0.0/0"]},
            "mlops-estate:training.cluster: public_access_cidrs lets everybody reach the cluster's API; name the "
            "networks that may",
        ),
        (
            "tier",
            "prod",
            "mlops-estate:tier: Input should be 'sandbox', 'staging' or 'production' (given: 'prod')",
        ),
        ("aws/account_id", "1234", r"mlops-estate:aws.account_id: must match ^\d{12}$ (given: '1234')"),
        (
            "aws/account_id",
            123456789012,
            "mlops-estate:aws.account_id: Input should be a valid string (given: 123456789012)",
        ),
        ("aws/account_id", NOTHING, "mlops-estate:aws.account_id: is required"),
        (
            "aws/region",
            "Frankfurt",
            r"mlops-estate:aws.region: must match ^[a-z]{2}(-[a-z]+)+-\d$ (given: 'Frankfurt')",
        ),
        (
            "ownership/email",
            "ml-team",
            r"mlops-estate:ownership.email: must match ^[^@\s]+@[^@\s]+\.[^@\s]+$ (given: 'ml-team')",
        ),
        (
            "foundation/network/cidr",
            "10.9.0.0/29",
            "mlops-estate:foundation.network: cidr 10.9.0.0/29 is a /29; allowed are /16 to /22, such as 10.20.0.0/16",
        ),
        (
            "foundation/network/cidr",
            "8.8.0.0/16",
            "mlops-estate:foundation.network: cidr 8.8.0.0/16 is public; allowed are private ranges, such as "
            "10.20.0.0/16",
        ),
        (
            "foundation/network/cidr",
            "10.9.0.1/16",
            "mlops-estate:foundation.network.cidr: Input is not a valid IPv4 network (given: '10.9.0.1/16')",
        ),
        (
            "foundation/network/zones",
            9,
            "mlops-estate:foundation.network.zones: Input should be less than or equal to 3 (given: 9)",
        ),
        (
            "foundation/network/endpoint_zones",
            3,
            "mlops-estate:foundation.network: endpoint_zones 3 is above zones 2",
        ),
        (
            "foundation/network/interface_endpoints",
            False,
            "mlops-estate:foundation.network: nat is none and interface_endpoints is false: jobs could reach no AWS "
            "service; set one",
        ),
        ("data", 5, "mlops-estate:data: must be a mapping (given: 5)"),
        (
            "models",
            {},
            "mlops-estate:models: Dictionary should have at least 1 item after validation, not 0 (given: {})",
        ),
        (
            "models",
            {"Ride_Fare": {}},
            "mlops-estate:models.Ride_Fare: must match ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ (given: 'Ride_Fare')",
        ),
        (
            "models/ride-fare/endpoint",
            {"autoscaling": {"minimum": 3, "maximum": 2}},
            "mlops-estate:models.ride-fare.endpoint.autoscaling: minimum 3 is above maximum 2",
        ),
        (
            "models/ride-fare/release",
            {"version": 2, "package_arn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/ride-fare/3"},
            "mlops-estate:models.ride-fare.release: version 2 is not the one of package_arn "
            "arn:aws:sagemaker:eu-west-1:123456789012:model-package/ride-fare/3",
        ),
        (
            "monitoring/log_retention_days",
            31,
            "mlops-estate:monitoring.log_retention_days: Input should be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
            "365, 400, 545, 731, 1096, 1827 or 3653 (given: 31)",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_key_reason_and_value(path, value, message):
    assert refusal(path, value) == message


def test_a_model_of_the_apis_name_is_refused_where_there_is_an_api():
    values = {**LEAST, "models": {"api": {}}}
    assert parse(values).serving.api is None

    with pytest.raises(SettingsError, match=r"models\.api has the name of serving\.api; name the model otherwise$"):
        parse({**values, "serving": {"api": {}}})


def test_every_wrong_setting_has_its_line():
    values = {**LEAST, "tier": "prod", "aws": {"account_id": "1"}}

    with pytest.raises(SettingsError) as error:
        parse(values)

    assert [text.split(": ")[0] for text in str(error.value).splitlines()] == [
        "mlops-estate:tier",
        "mlops-estate:aws.account_id",
    ]


def test_every_setting_says_what_it_is_for():
    models = [EstateSettings, *(kind for kind in vars(settings_module).values() if is_settings(kind))]
    undescribed = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description
    ]

    assert undescribed == []


def is_settings(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "config:\n  mlops-estate:models:\n    ride-fare: {}\n    ride-fare: {}\n",
            r"Pulumi\.test\.yaml:4: found duplicate key \"ride-fare\"",
        ),
        ("config:\n  mlops-estate:tier: [\n", r"Pulumi\.test\.yaml:3: "),
        (
            "config:\n  mlops-estate:models: {a: cron(0 8 ? * * *)}\n",
            r"Pulumi\.test\.yaml:2: expected ',' or '}', but got '\?'",
        ),
        ("environment: test\n", r"Pulumi\.test\.yaml: needs a mapping `config`"),
        ("", r"Pulumi\.test\.yaml: needs a mapping `config`"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, message: str):
    path = tmp_path / "Pulumi.test.yaml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=message):
        read_stack_file(path)


def test_an_environment_without_a_file_is_refused_with_those_that_there_are(tmp_path: Path):
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")

    with pytest.raises(SettingsError, match=r"^Pulumi\.tset\.yaml: no such environment; there are: dev, prod$"):
        read_stack_file(tmp_path / "Pulumi.tset.yaml")


def test_keys_of_other_projects_are_none_of_ours(tmp_path: Path):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  aws:region: us-east-1\n  mlops-estate:tier: staging\n")

    assert read_stack_file(path) == {"tier": "staging"}
