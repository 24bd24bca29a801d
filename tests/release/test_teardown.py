"""What goes before an environment can."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from estate.cloud import Cloud
from estate.release import teardown
from estate.release.account import Estate
from stacks.settings.registry import CentralSettings
from tests.release.conftest import GROUP, MODEL


def versions(cloud: Cloud) -> int:
    return len(cloud.client("sagemaker").list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"])


@pytest.fixture
def one(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """The environment with its one model; no pipeline was made."""
    monkeypatch.setattr(teardown, "_running", lambda *_: [])
    models = {MODEL: estate.settings.models[MODEL]}
    return replace(estate, settings=estate.settings.model_copy(update={"models": models}))


def test_versions_of_ones_own_go(one: Estate, cloud: Cloud, register: Callable[..., str]) -> None:
    register()

    assert teardown.empty(one) == {"stopped_executions": 0, "model_packages": 1}
    assert versions(cloud) == 0


def test_versions_in_a_central_registry_are_that_accounts(
    one: Estate, cloud: Cloud, register: Callable[..., str]
) -> None:
    register()
    central = CentralSettings(account_id="999999999999", prefix="mlops-shared")
    registry = one.settings.registry.model_copy(update={"central": central})

    shared = replace(one, settings=one.settings.model_copy(update={"registry": registry}))
    assert teardown.empty(shared) == {"stopped_executions": 0, "model_packages": 0}
    assert versions(cloud) == 1
