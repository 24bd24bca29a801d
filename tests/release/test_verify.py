from collections.abc import Callable
from pathlib import Path

import pytest

from estate.cloud import Cloud
from estate.release.account import Estate, ReleaseError, connect
from estate.release.promote import promote
from estate.release.teardown import empty
from estate.release.verify import _difference, verify
from tests.release.conftest import ROOT

PINNED = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-dev-delivery-eta/2"
OTHER = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-dev-delivery-eta/1"


@pytest.mark.parametrize(
    ("wanted", "served", "status", "failure", "expected"),
    [
        ({}, {}, "absent", None, None),
        ({"AllTraffic": PINNED}, {"AllTraffic": PINNED}, "InService", None, None),
        ({}, {"AllTraffic": OTHER}, "InService", None, "an endpoint is InService, but no release is pinned"),
        ({"AllTraffic": PINNED}, {}, "absent", None, "the endpoint is absent"),
        (
            {"AllTraffic": PINNED},
            {"AllTraffic": OTHER},
            "InService",
            "alarm",
            f"serves {OTHER}, not the pinned {PINNED}: alarm",
        ),
        ({"AllTraffic": PINNED}, {"AllTraffic": PINNED}, "Failed", "no room", "the endpoint is Failed: no room"),
        (
            {"AllTraffic": OTHER, "Challenger": PINNED},
            {"AllTraffic": OTHER, "Challenger": OTHER},
            "InService",
            None,
            f"variant Challenger serves {OTHER}, not the pinned {PINNED}",
        ),
        (
            {"AllTraffic": OTHER, "Shadow": PINNED},
            {"AllTraffic": OTHER},
            "InService",
            None,
            f"variant Shadow is missing, which should serve {PINNED}",
        ),
        (
            {"AllTraffic": PINNED},
            {"AllTraffic": OTHER, "Challenger": PINNED},
            "InService",
            None,
            f"serves {OTHER}, not the pinned {PINNED}; variant Challenger serves {PINNED}, and nothing asks for it",
        ),
    ],
)
def test_every_variant_is_held_against_the_requested_one(wanted, served, status, failure, expected):
    assert _difference(wanted, served, status, failure) == expected


def reload(estate: Estate) -> Estate:
    return connect(ROOT, "dev", estate.stack_file, estate.client)


def test_a_release_whose_approval_was_taken_back_is_blocked_before_up(
    estate: Estate, cloud: Cloud, register: Callable[..., str]
):
    arn = register()
    promote(estate, "delivery-eta")
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="worse on rainy days"
    )

    (verdict,) = [v for v in verify(reload(estate), live=False) if v.model == "delivery-eta"]

    assert verdict.difference == "the pinned version 1 is blocked, its status is Rejected: worse on rainy days"


def test_a_pinned_release_without_an_endpoint_is_a_difference(estate: Estate, register: Callable[..., str]):
    register()
    promote(estate, "delivery-eta")

    differences = {v.model: v.difference for v in verify(reload(estate))}

    assert differences == {"delivery-eta": "the endpoint is absent", "tumor-screening": None}


def test_credentials_of_another_account_are_refused(cloud: Cloud, tmp_path: Path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text((ROOT / "Pulumi.dev.yaml").read_text().replace("111111111111", "999999999999"))

    with pytest.raises(ReleaseError, match=r"account 111111111111; dev allows 999999999999 only"):
        connect(ROOT, "dev", file, cloud.client)


def test_only_an_unprotected_environment_is_emptied(estate: Estate, register: Callable[..., str]):
    estate.stack_file.write_text(estate.stack_file.read_text().replace("tier: sandbox", "tier: production"))
    with pytest.raises(ReleaseError, match=r"dev is protected \(tier production\)"):
        empty(reload(estate))
