"""What can be scaled, beside what moto knows: copies of inference components, and warm serverless workers."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum

KNOWN = {
    "SAGEMAKER_INFERENCE_COMPONENT_DESIRED_COPY_COUNT": "sagemaker:inference-component:DesiredCopyCount",
    "SAGEMAKER_VARIANT_DESIRED_PROVISIONED_CONCURRENCY": "sagemaker:variant:DesiredProvisionedConcurrency",
}


@contextmanager
def dimensions_are_known() -> Generator[None]:
    """Within it, moto's list of scalable dimensions has these too."""
    from moto.applicationautoscaling import models, responses

    before = models.ScalableDimensionValueSet
    longer = Enum("longer", {each.name: each.value for each in before} | KNOWN)
    models.ScalableDimensionValueSet = longer  # ty: ignore[invalid-assignment]
    responses.ScalableDimensionValueSet = longer  # ty: ignore[invalid-assignment]
    try:
        yield
    finally:
        models.ScalableDimensionValueSet = before
        responses.ScalableDimensionValueSet = before
