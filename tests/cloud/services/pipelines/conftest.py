"""A pipeline that tests of pipelines share."""

import pytest

from tests.cloud.services.harness import Ground
from tests.cloud.services.pipelines.gated import create, whole


@pytest.fixture(scope="module")
def pipeline(ground: Ground) -> str:
    """The gated pipeline, whose models go to the group `passed`."""
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName="passed")
    return create(ground, whole(ground))
