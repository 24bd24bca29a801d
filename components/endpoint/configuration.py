"""Endpoint configurations: what SageMaker cannot change, and so makes anew."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sagemaker

from components.base import Component
from components.endpoint.model import content_name


@dataclass(frozen=True)
class Wanted:
    """A configuration before it has a name."""

    variants: Sequence[sagemaker.EndpointConfigurationProductionVariantArgsDict]
    shadows: Sequence[sagemaker.EndpointConfigurationShadowProductionVariantArgsDict] = ()
    key_arn: pulumi.Input[str] | None = None
    capture: sagemaker.EndpointConfigurationDataCaptureConfigArgsDict | None = None
    results: sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict | None = None


def configuration(
    parent: Component, subject: str, mark: str, plain: Mapping[str, object], wanted: Wanted
) -> sagemaker.EndpointConfiguration:
    """A configuration that stays beside the one before it until the endpoint has left that one.

    `plain` are the settings that it is made of, which tell two of them apart before anything exists: a rollout that is
    taken back leaves the old one, a resource of its own, as it was. `mark` is the release's part of the name.
    """
    digest = hashlib.sha256(json.dumps(dict(plain), sort_keys=True).encode()).hexdigest()[:8]
    content = {
        "variants": list(wanted.variants),
        "shadows": list(wanted.shadows),
        "key": wanted.key_arn,
        "capture": wanted.capture,
        "results": wanted.results,
    }
    return sagemaker.EndpointConfiguration(
        f"{parent.name}-configuration-{mark}-{digest}",
        name=content_name(parent.placement, subject, mark, content=content),
        kms_key_arn=wanted.key_arn,
        production_variants=list(wanted.variants),
        shadow_production_variants=list(wanted.shadows) or None,
        data_capture_config=wanted.capture,
        async_inference_config=wanted.results,
        opts=parent.child(),
    )
