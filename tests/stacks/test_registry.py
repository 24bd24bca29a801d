def test_every_model_has_a_group_described_by_its_problem(estate):
    made = estate()
    group = made.named("ride-fare-registry-group").inputs

    assert group["modelPackageGroupName"] == "mlops-test-ride-fare"
    assert group["modelPackageGroupDescription"] == "Estimates ride-fare."
    assert list(made.outputs["registry"].package_groups) == ["ride-fare", "ride-risk"]
