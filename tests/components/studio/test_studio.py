import base64
import json
import os
import subprocess

import pytest
from pydantic import ValidationError

from components.studio.domain import StudioDomain, StudioDomainArgs, startup_script
from components.studio.image import StudioImage
from components.studio.profile import StudioProfile, StudioProfileArgs
from components.studio.role import Persona, StudioRole, StudioRoleArgs

DECLARED = "aws:cloudcontrol/resource:Resource"


@pytest.fixture
def domain(record, place):
    def make(**changes):
        args = StudioDomainArgs.model_validate(
            {
                "placement": place,
                "vpc_id": "vpc-1",
                "subnet_ids": ["subnet-1"],
                "security_group_id": "sg-1",
                "key_arn": "arn:key",
                "role_arn": "arn:role",
                **changes,
            }
        )
        return record(lambda: StudioDomain("studio", args))

    return make


def state(result, name):
    return json.loads(result.named(name)["desiredState"])


def test_apps_stay_inside_the_network_and_leave_no_file_system_behind(domain):
    found = state(domain(), "studio-domain")

    assert (found["AppNetworkAccessType"], found["HomeEfsFileSystemCreation"]) == ("VpcOnly", "Disabled")
    assert (found["KmsKeyId"], found["AuthMode"]) == ("arn:key", "IAM")
    assert found["DomainSettings"] == {
        "DockerSettings": {"EnableDockerAccess": "DISABLED"},
        "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",
    }
    assert found["DefaultUserSettings"]["SecurityGroups"] == ["sg-1"]


def test_idle_apps_of_every_kind_are_stopped_and_nobody_switches_that_off(domain):
    settings = state(domain(idle_minutes=90), "studio-domain")["DefaultUserSettings"]

    for app in ("JupyterLabAppSettings", "CodeEditorAppSettings"):
        assert settings[app]["AppLifecycleManagement"]["IdleSettings"] == {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": 90,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": 90,
        }


def test_shared_spaces_have_the_same_disks_and_network(domain):
    found = state(domain(space_gb=10, most_space_gb=20), "studio-domain")
    disks = {"DefaultEbsStorageSettings": {"DefaultEbsVolumeSizeInGb": 10, "MaximumEbsVolumeSizeInGb": 20}}

    assert found["DefaultSpaceSettings"]["SpaceStorageSettings"] == disks
    assert found["DefaultUserSettings"]["SpaceStorageSettings"] == disks
    assert found["DefaultSpaceSettings"]["SecurityGroups"] == ["sg-1"]


def test_apps_start_with_the_variables_that_they_are_told(domain):
    result = domain(environment={"ESTATE_ENVIRONMENT": "test"})
    lab = result.named("studio-jupyterlab-startup")

    assert lab["studioLifecycleConfigAppType"] == "JupyterLab"
    script = base64.b64decode(lab["studioLifecycleConfigContent"]).decode()
    assert script == startup_script({"ESTATE_ENVIRONMENT": "test"})
    named = state(result, "studio-domain")["DefaultUserSettings"]["CodeEditorAppSettings"]["LifecycleConfigArns"]
    assert named == [result.made("studio-codeeditor-startup").outputs["arn"]]


def test_without_variables_nothing_is_run_at_the_start(domain):
    result = domain()

    assert result.names("aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig") == []
    assert "LifecycleConfigArns" not in state(result, "studio-domain")["DefaultUserSettings"]["JupyterLabAppSettings"]


def test_shells_and_notebooks_find_the_variables_after_every_start(tmp_path):
    script = startup_script({"A": "it's 1 $HOME", "B": "2"})
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for _ in range(2):
        subprocess.run(["bash", "-c", script], env=home, check=True)

    assert (tmp_path / ".bashrc").read_text() == ". ~/.estate\n"
    shown = subprocess.run(["bash", "-c", '. ~/.bashrc; echo "$A|$B"'], env=home, check=True, capture_output=True)
    assert shown.stdout.decode() == "it's 1 $HOME|2\n"
    found: dict[str, dict[str, str]] = {}
    notebook = (tmp_path / ".ipython/profile_default/startup/00-estate.py").read_text()
    exec(notebook.replace("import os\n", ""), {"os": type("os", (), {"environ": found})})  # noqa: S102
    assert found == {"A": "it's 1 $HOME", "B": "2"}


def test_an_image_of_ones_own_is_offered_in_jupyterlab(domain):
    image = StudioImage(uri="1.dkr.ecr.us-east-1.amazonaws.com/lab:1")
    found = state(domain(image=image), "studio-domain")["DefaultUserSettings"]

    assert found["JupyterLabAppSettings"]["CustomImages"][0]["AppImageConfigName"] == "mlops-test-studio-lab"
    assert "CustomImages" not in found["CodeEditorAppSettings"]


def test_another_image_is_another_version(domain):
    def version(tag):
        return domain(image=StudioImage(uri=f"1.dkr.ecr.us-east-1.amazonaws.com/lab:{tag}")).names(
            "aws:sagemaker/imageVersion:ImageVersion"
        )

    assert version(1) != version(2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"idle_minutes": 59}, "greater than or equal to 60"),
        ({"idle_minutes": 120, "most_idle_minutes": 60}, "most_idle_minutes 60 is below idle_minutes 120"),
        ({"space_gb": 200}, "most_space_gb 100 is below space_gb 200"),
        ({"subnet_ids": []}, "at least 1 item"),
    ],
)
def test_wrong_arguments_are_refused(domain, changes, said):
    with pytest.raises(ValidationError, match=said):
        domain(**changes)


def test_a_person_comes_in_by_identity_center_where_named(record, place):
    def profile(sso_user):
        args = StudioProfileArgs(
            placement=place,
            profile="ana",
            domain_id="d-1",
            role_arn="arn:role",
            security_group_id="sg-1",
            persona="ml-engineer",
            sso_user=sso_user,
        )
        return state(record(lambda: StudioProfile("studio-ana", args)), "studio-ana-profile")

    assert profile("ana@example.com")["SingleSignOnUserValue"] == "ana@example.com"
    assert "SingleSignOnUserIdentifier" not in profile(None)
    assert profile(None)["UserSettings"] == {"ExecutionRole": "arn:role", "SecurityGroups": ["sg-1"]}


@pytest.fixture
def role(record, place):
    def make(persona, **changes):
        args = StudioRoleArgs.model_validate(
            {
                "placement": place,
                "persona": persona,
                "environment": "test",
                "permission_boundary_arn": "arn:boundary",
                "readable_arns": ["arn:features"],
                "answers_arn": "arn:curated",
                "work_arn": "arn:models",
                "key_arns": ["arn:key"],
                "workgroup": "lake",
                "database": "lake",
                "repository_arns": ["arn:jobs"],
                "subnet_ids": ["subnet-1", "subnet-2"],
                "instance_types": ["ml.t3.*", "ml.m5.*"],
                **changes,
            }
        )
        return record(lambda: StudioRole("people", args))

    return make


@pytest.mark.parametrize(
    ("changes", "folders"),
    [({}, ["arn:models/studio/*"]), ({"tracking_arn": "arn:mlflow"}, ["arn:models/studio/*", "arn:models/mlflow/*"])],
)
def test_apps_write_their_own_work_and_the_artifacts_of_runs_and_nothing_else(role, changes, folders):
    statements = role(Persona.DATA_SCIENTIST, **changes).statements("people-policy")
    writes = [one for one in statements.values() if "s3:PutObject" in one["Action"]]

    assert [one["Resource"] for one in writes] == [[*folders, "arn:curated/queries/*"]]


def test_trials_run_inside_the_network_on_machines_that_are_named(role):
    statements = role(Persona.DATA_SCIENTIST).statements("people-policy")

    assert statements["TryOut"]["Action"] == ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
    assert statements["TryOut"]["Condition"] == {
        "Null": {"sagemaker:InstanceTypes": "false", "sagemaker:VpcSubnets": "false"},
        "ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.t3.*", "ml.m5.*"]},
        "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": ["subnet-1", "subnet-2"]},
    }
    assert "ec2:CreateNetworkInterface" in statements["JoinNetwork"]["Action"]


def test_trials_pull_the_estates_images(role):
    statements = role(Persona.DATA_SCIENTIST).statements("people-policy")

    assert statements["PullImages"]["Resource"] == ["arn:jobs"]
    assert statements["LogInToEcr"]["Action"] == "ecr:GetAuthorizationToken"


def test_an_app_runs_in_a_space_of_ones_own_on_machines_that_are_named(role):
    statements = role(Persona.DATA_SCIENTIST).statements("people-policy")
    condition = statements["WorkInOwnSpace"]["Condition"]

    assert condition["StringEquals"] == {"sagemaker:SpaceSharingType": "Private"}
    assert condition["ForAllValues:StringLike"] == {"sagemaker:InstanceTypes": ["ml.t3.*", "ml.m5.*"]}
    assert statements["TagOwnSpace"]["Condition"]["StringEquals"] == {
        "sagemaker:TaggingAction": ["CreateApp", "CreateSpace"]
    }


def test_trials_have_the_apps_own_role(role):
    result = role(Persona.DATA_SCIENTIST)
    passing = result.statements("people-policy")["HandOwnRoleToTrials"]

    assert passing["Resource"] == result.made("people-role").outputs["arn"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_an_ml_engineer_starts_pipelines_and_a_data_scientist_does_not(role):
    assert "RunPipelines" in role(Persona.ML_ENGINEER).statements("people-policy")
    assert "RunPipelines" not in role(Persona.DATA_SCIENTIST).statements("people-policy")


def test_nobody_approves_or_deploys_from_an_app(role):
    actions = {
        action
        for statement in role(Persona.ML_ENGINEER, tracking_arn="arn:mlflow").statements("people-policy").values()
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }

    assert not actions & {"sagemaker:UpdateModelPackage", "sagemaker:UpdateEndpoint", "sagemaker:CreateEndpoint"}
    assert not [action for action in actions if "*" in action]


def test_the_role_keeps_to_the_boundary_and_says_whose_app_it_is(role):
    made = role(Persona.DATA_SCIENTIST).named("people-role")

    assert made["permissionsBoundary"] == "arn:boundary"
    (trust,) = json.loads(made["assumeRolePolicy"])["Statement"]
    assert trust["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
