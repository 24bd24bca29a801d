"""One emulated AWS a test module, and the provider under test on it."""

from collections.abc import Iterator

import pytest

from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider

ACCOUNT = "222233334444"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(account_id=ACCOUNT, region="eu-west-1", workdir=tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture
def provider(cloud: Cloud) -> CloudProvider:
    return CloudProvider(cloud.client, ACCOUNT, patience=10)
