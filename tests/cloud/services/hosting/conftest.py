"""Endpoints that tests of hosting share."""

import pytest

from tests.cloud.services.endpoint_kit import endpoint, model, variant
from tests.cloud.services.harness import Ground


@pytest.fixture(scope="module")
def compared(ground: Ground) -> str:
    """An A/B test: three to one."""
    return endpoint(ground, variant("a", model(ground, "a"), 3, 3.0), variant("b", model(ground, "b"), 1, 1.0))
