"""Multi-model endpoints through plain boto3: models are loaded when asked for, and make room for others."""

import uuid
from typing import Any

import pytest

from tests.cloud.services.endpoint_kit import ask, config, endpoint, metric, settled, variant
from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.hosting.test_endpoints import archive


def many(ground: Ground, *texts: str, setting: str = "Enabled", **environment: str) -> str:
    """A multi-model model: an archive under `<text>.tar.gz` for each text."""
    name = f"many-{uuid.uuid4().hex[:8]}"
    for text in texts:
        ground.put(f"{name}/{text}.tar.gz", archive(text))
    ground.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=ground.role,
        PrimaryContainer={
            "Image": ground.image,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{ground.bucket}/{name}/",
            "MultiModelConfig": {"ModelCacheSetting": setting},
            "Environment": environment,
        },
    )
    return name


@pytest.fixture(scope="module")
def small(ground: Ground) -> str:
    """An endpoint for three models, of which its container holds two."""
    return endpoint(ground, variant("all", many(ground, "one", "two", "three", MOST="2")))


def test_models_load_on_demand_and_make_room(ground: Ground, small: str) -> None:
    order = ("one", "one", "two", "three", "two", "one")
    assert [ask(ground, small, TargetModel=f"{name}.tar.gz")["text"]["model"] for name in order] == list(order)
    # one: loaded; one: hit; two: loaded; three takes one's place; two: hit; one takes three's.
    assert metric(ground, "ModelCacheHit", small) == 2
    assert metric(ground, "ModelCacheHit", small, "SampleCount") == 6
    assert metric(ground, "ModelLoadingWaitTime", small, "SampleCount") == 4
    assert metric(ground, "ModelDownloadingTime", small, "SampleCount") == 4
    assert metric(ground, "ModelLoadingTime", small, "SampleCount") == 4
    assert metric(ground, "ModelUnloadingTime", small, "SampleCount") == 2


def test_a_model_that_is_put_later_is_found(ground: Ground, small: str) -> None:
    sagemaker = ground.client("sagemaker")
    found = sagemaker.describe_endpoint_config(EndpointConfigName=small)["ProductionVariants"][0]["ModelName"]
    ground.put(f"{found}/deep/late.tar.gz", archive("late"))
    assert ask(ground, small, TargetModel="deep/late.tar.gz")["text"]["model"] == "late"


def test_without_a_cache_every_request_loads_its_model(ground: Ground) -> None:
    name = endpoint(ground, variant("all", many(ground, "one", setting="Disabled")))
    for _ in range(3):
        ask(ground, name, TargetModel="one.tar.gz")
    assert metric(ground, "ModelCacheHit", name) == 0
    assert metric(ground, "ModelLoadingTime", name, "SampleCount") == 3


def test_a_container_without_room_for_any_model_says_so(ground: Ground) -> None:
    name = endpoint(ground, variant("all", many(ground, "one", MOST="0")))
    error = answer_of(lambda: ask(ground, name, TargetModel="one.tar.gz"))
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 507)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "TargetModel is required"),
        ({"TargetModel": "nothing.tar.gz"}, "Failed to download model data (bucket: estate-test-bucket, key: many-"),
        ({"TargetModel": "one.tar.gz", "SessionId": "NEW_SESSION"}, "stateful sessions need instances that host one"),
    ],
)
def test_a_wrong_target_is_refused(ground: Ground, small: str, given: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: ask(ground, small, **given))
    assert error["Error"]["Code"] == "ValidationError"
    assert message in error["Error"]["Message"]


def test_a_rollout_takes_over_with_nothing_loaded(ground: Ground) -> None:
    name = endpoint(ground, variant("all", many(ground, "one")))
    ask(ground, name, TargetModel="one.tar.gz")
    new = config(ground, variant("all", many(ground, "two")))
    ground.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=new)
    assert settled(ground, name)["EndpointConfigName"] == new
    assert ask(ground, name, TargetModel="two.tar.gz")["text"]["model"] == "two"
    assert "Failed to download" in answer_of(lambda: ask(ground, name, TargetModel="one.tar.gz"))["Error"]["Message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ModelDataUrl": "s3://estate-test-bucket/models"}, "must be the S3 prefix of its models"),
        ({"ModelDataUrl": "s3://nobodys-bucket/models/"}, "bucket nobodys-bucket does not exist"),
        ({"Mode": "SingleModel"}, "MultiModelConfig is only for containers whose Mode is MultiModel"),
        ({"ModelDataSource": {"S3DataSource": {
            "S3Uri": "s3://x/y", "S3DataType": "S3Prefix", "CompressionType": "None"}}}, "ModelDataSource is not"),
    ],
)  # fmt: skip
def test_a_wrong_container_is_refused(ground: Ground, change: dict[str, Any], message: str) -> None:
    container = {
        "Image": ground.image,
        "Mode": "MultiModel",
        "ModelDataUrl": f"s3://{ground.bucket}/models/",
        "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
        **change,
    }
    create = ground.client("sagemaker").create_model
    error = answer_of(lambda: create(ModelName="wrong", ExecutionRoleArn=ground.role, PrimaryContainer=container))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_multi_model_endpoint_has_no_shadow(ground: Ground) -> None:
    name = many(ground, "one")
    error = answer_of(lambda: config(ground, variant("all", name), ShadowProductionVariants=[variant("next", name)]))
    assert "Multi-model endpoints do not support shadow variants" in error["Error"]["Message"]
