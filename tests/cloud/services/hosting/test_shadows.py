"""Shadows behind an endpoint: they get its requests and never answer, through plain boto3."""

import json

import pytest

from tests.cloud.services.endpoint_kit import ask, captured, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


@pytest.fixture(scope="module")
def shadowed(ground: Ground) -> str:
    """An endpoint whose shadow gets every request; all is captured."""
    return endpoint(
        ground,
        variant("live", model(ground, "live")),
        ShadowProductionVariants=[variant("next", model(ground, "next"))],
        DataCaptureConfig={**CAPTURE, "DestinationS3Uri": f"s3://{ground.bucket}/shadowed"},
    )


def test_a_shadow_gets_the_requests_and_never_answers(ground: Ground, shadowed: str) -> None:
    answers = [ask(ground, shadowed, f"{row}".encode(), InferenceId=f"id-{row}") for row in range(10)]
    assert {(found["text"]["model"], found["InvokedProductionVariant"]) for found in answers} == {("live", "live")}
    assert metric(ground, "Invocations", shadowed, variant="next") == 10
    assert metric(ground, "ModelLatency", shadowed, "SampleCount", "next") == 10
    both = {}
    for name in ("live", "next"):
        lines = captured(ground, f"shadowed/{shadowed}/{name}/")
        both[name] = {
            line["eventMetadata"]["inferenceId"]: json.loads(line["captureData"]["endpointOutput"]["data"])
            for line in lines
        }
    assert both["live"] == {f"id-{row}": {"model": "live", "rows": f"{row}"} for row in range(10)}
    assert both["next"] == {f"id-{row}": {"model": "next", "rows": f"{row}"} for row in range(10)}


def test_a_shadow_is_described_apart(ground: Ground, shadowed: str) -> None:
    found = ground.client("sagemaker").describe_endpoint(EndpointName=shadowed)
    assert [item["VariantName"] for item in found["ProductionVariants"]] == ["live"]
    assert [item["VariantName"] for item in found["ShadowProductionVariants"]] == ["next"]
    kept = ground.client("sagemaker").describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    assert kept["ShadowProductionVariants"][0]["VariantName"] == "next"


def test_a_shadow_cannot_be_targeted(ground: Ground, shadowed: str) -> None:
    error = answer_of(lambda: ask(ground, shadowed, TargetVariant="next"))
    assert error["Error"]["Message"] == f"Variant next not found for endpoint {shadowed}"


def test_a_shadows_weight_says_how_much_is_mirrored_and_its_failures_harm_nobody(ground: Ground) -> None:
    shadow = variant("next", model(ground, "next", FAIL="1"), weight=0.25)
    name = endpoint(ground, variant("live", model(ground, "live")), ShadowProductionVariants=[shadow])
    assert {ask(ground, name)["text"]["model"] for _ in range(60)} == {"live"}
    mirrored = metric(ground, "Invocations", name, variant="next")
    assert 1 <= mirrored <= 32  # five standard deviations
    assert metric(ground, "Invocation5XXErrors", name, variant="next") == mirrored
    assert metric(ground, "Invocation5XXErrors", name, variant="live") == 0


def test_a_shadow_is_added_and_then_takes_over(ground: Ground) -> None:
    sagemaker, old, new = ground.client("sagemaker"), model(ground, "old"), model(ground, "new")
    name = endpoint(ground, variant("all", old))
    steps = {
        config(ground, variant("all", old), ShadowProductionVariants=[variant("next", new)]): "old",
        config(ground, variant("all", new)): "new",
    }
    for each, answers in steps.items():
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=each)
        assert settled(ground, name)["EndpointConfigName"] == each
        assert ask(ground, name)["text"]["model"] == answers
    assert metric(ground, "Invocations", name, variant="next") == 1
    assert "ShadowProductionVariants" not in settled(ground, name)
