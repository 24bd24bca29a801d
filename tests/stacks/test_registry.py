import json


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


def test_the_owner_is_told_only_where_wanted(estate):
    assert "approvals-topic" in estate().names
    assert "approvals-topic" not in estate(registry={"notify_approvals": False}).names


CENTRAL = {"central": {"account_id": "999999999999", "prefix": "mlops-shared"}}
GROUP = "arn:aws:sagemaker:eu-west-1:999999999999:model-package-group/mlops-shared-ride-fare"


def test_with_a_central_registry_pipelines_register_there_and_there_are_no_groups_of_ones_own(estate):
    made = estate(registry=CENTRAL)

    assert "ride-fare-registry-group" not in made.names
    definition = json.loads(made.named("ride-fare-pipelines-training").inputs["pipelineDefinition"])
    assert {"Name": "PackageGroup", "Type": "String", "DefaultValue": GROUP} in definition["Parameters"]

    policy = json.loads(made.named("pipeline-permissions-jobs").inputs["policy"])
    (register,) = [statement for statement in policy["Statement"] if statement["Sid"] == "RegisterModels"]

    assert [arn for arn in register["Resource"] if "999999999999" in arn] == [
        GROUP,
        GROUP.replace("ride-fare", "ride-risk"),
        GROUP.replace("package-group", "package") + "/*",
        GROUP.replace("package-group", "package").replace("ride-fare", "ride-risk") + "/*",
    ]


def test_pinned_versions_are_told_to_what_looks_after_old_ones(estate, released):
    made = estate(registry={"retention": {"action": "archive"}}, models=released)
    variables = made.named("version-retention-handler-function").inputs["environment"]["variables"]

    pinned = [model["release"]["package_arn"] for model in released.values() if "release" in model]
    assert json.loads(variables["PINNED"]) == sorted(pinned)
    assert json.loads(variables["GROUPS"]) == {
        "ride-fare": "mlops-test-ride-fare",
        "ride-risk": "mlops-test-ride-risk",
    }


def test_every_model_has_a_card_unless_nobody_wants_one(estate):
    made = estate()

    assert made.named("ride-fare-card-card").inputs["modelCardName"] == "mlops-test-ride-fare"
    assert "ride-fare-card-card" not in estate(registry={"cards": False}).names
