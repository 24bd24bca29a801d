import json

import pytest


def test_every_model_has_a_group_described_by_its_problem(estate):
    made = estate()
    group = made.named("ride-fare-registry-group").inputs

    assert group["modelPackageGroupName"] == "mlops-test-ride-fare"
    assert group["modelPackageGroupDescription"] == "Estimates ride-fare."
    assert list(made.outputs["registry"].package_groups) == ["ride-fare", "ride-risk"]


def test_the_owner_hears_of_approvals(estate):
    made = estate()
    pattern = json.loads(made.named("approvals-rule").inputs["eventPattern"])

    assert pattern["detail"] == {"ModelPackageGroupName": [{"prefix": "mlops-test-"}]}
    assert made.named("approvals-email").inputs["endpoint"] == "ml@example.com"


@pytest.mark.parametrize("notify", [True, False])
def test_the_owner_is_told_only_where_wanted(estate, notify):
    assert ("approvals-topic" in estate(registry={"notify_approvals": notify}).names) is notify
