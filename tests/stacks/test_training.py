import json

PIPELINE = "aws:sagemaker/pipeline:Pipeline"


def parameters(estate, name):
    definition = json.loads(estate.named(name).inputs["pipelineDefinition"])
    return {entry["Name"]: entry.get("DefaultValue") for entry in definition["Parameters"]}


def test_every_model_has_its_three_pipelines_under_the_names_that_are_published(estate):
    made = estate()

    assert {goal.inputs["pipelineName"] for goal in made.of_type(PIPELINE)} == {
        f"mlops-test-{model}-{kind}" for model in ("ride-fare", "ride-risk") for kind in ("data", "training", "monitor")
    }
    assert list(made.outputs["training"].training_pipelines) == ["ride-fare", "ride-risk"]


def test_pipelines_know_their_model_its_data_and_their_images(estate):
    values = parameters(estate(training={"image_tag": "7"}), "ride-fare-pipelines-training")

    assert values["Workload"] == "ride-fare"
    assert values["Environment"] == "test"
    assert values["TrainingInstanceType"] == "ml.c5.xlarge"
    assert values["PackageGroup"] == "mlops-test-ride-fare"
    assert values["FeaturesUri"].endswith("/ride-fare")
    assert values["JobsImage"].endswith(":7")
    assert values["Release"] == "none"
    assert values["Trigger"] == "manual"


def test_pipelines_know_the_release_that_is_served(estate, released):
    values = parameters(estate(models=released), "ride-fare-pipelines-monitor")

    assert values["Release"].endswith(":model-package/mlops-test-ride-fare/3")


def test_jobs_and_models_may_pull_the_images(estate):
    made = estate()

    assert {made.named(f"images-pull-{actor}").inputs["role"] for actor in ("jobs", "models")} == {
        "mlops-test-jobs",
        "mlops-test-models",
    }


def test_there_is_a_cluster_only_where_one_is_asked_for(estate):
    without, with_one = estate(), estate(training={"cluster": {}})

    assert without.outputs["training"].cluster_name == {}
    assert list(with_one.outputs["training"].cluster_name) == ["gpu"]
    assert "gpu-cluster" not in without.names
    assert with_one.named("gpu-cluster").inputs["name"] == "mlops-test-gpu"


def test_ci_administers_the_cluster_where_a_repository_deploys(estate):
    foundation = {"network": {"cidr": "10.9.0.0/16"}, "github": {"repository": "acme/estate"}}
    made = estate(foundation=foundation, training={"cluster": {}})

    assert made.named("gpu-ci-access").inputs["principalArn"] == made.result.made("delivery-role").outputs["arn"]
    assert "gpu-ci-access" not in estate(training={"cluster": {}}).names


def test_schedules_exist_where_they_are_asked_for(estate):
    models = {
        "ride-fare": {"retrain_schedule": "rate(7 days)", "ingest_schedule": "cron(0 2 * * ? *)"},
        "ride-risk": {},
    }
    made = estate(models=models)
    schedules = {
        goal.inputs["name"]: goal.inputs["scheduleExpression"]
        for goal in made.of_type("aws:scheduler/schedule:Schedule")
    }

    assert schedules == {
        "mlops-test-ride-fare-retrain": "rate(7 days)",
        "mlops-test-ride-fare-ingest": "cron(0 2 * * ? *)",
    }


def train_step(made, model):
    definition = json.loads(made.named(f"{model}-pipelines-training").inputs["pipelineDefinition"])
    return next(step["Arguments"] for step in definition["Steps"] if step["Name"] == "Train")


def test_a_models_training_runs_on_the_machines_that_are_asked_for(estate):
    capacity = {"ride-fare": {"spot": True, "spot_patience_seconds": 600}, "ride-risk": {"keep_alive_seconds": 900}}
    made = estate(training={"capacity": capacity})
    spot, warm = train_step(made, "ride-fare"), train_step(made, "ride-risk")

    assert spot["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400, "MaxWaitTimeInSeconds": 87000}
    assert "KeepAlivePeriodInSeconds" not in spot["ResourceConfig"]
    assert warm["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 900
    assert "EnableManagedSpotTraining" not in warm


def read_in_studio(made):
    """Objects that a data scientist's apps may read, by zone."""
    statements = json.loads(made.named("studio-data-scientist-policy").inputs["policy"])["Statement"]
    (found,) = [each["Resource"] for each in statements if each.get("Sid") == "ReadObjects"]
    return {arn.partition(":::")[2].split("-")[2] + "/" + arn.partition("/")[2] for arn in found}


def test_people_and_pipelines_have_studio_and_a_tracking_server_where_asked_for(estate):
    profiles = {"ana": {}, "ben": {"persona": "ml-engineer"}, "eve": {"role_arn": "arn:aws:iam::123456789012:role/eve"}}
    made = estate(training={"studio": {"profiles": profiles}, "tracking": {}})

    def arn(name):
        return made.result.made(name).outputs["arn"]

    def role(profile):
        state = json.loads(made.named(f"studio-{profile}-profile").inputs["desiredState"])
        return state["UserSettings"]["ExecutionRole"]

    assert role("ana") == arn("studio-data-scientist-role")
    assert role("ben") == arn("studio-ml-engineer-role")
    assert role("eve") == "arn:aws:iam::123456789012:role/eve"
    assert parameters(made, "ride-fare-pipelines-training")["Tracking"] == arn("experiments-server")
    assert {"curated/*", "features/*", "models/mlflow/*"} < read_in_studio(made)
    assert made.named("experiments-record-jobs").inputs["role"] == "mlops-test-jobs"
    assert (list(made.outputs["training"].tracking), list(made.outputs["training"].studio)) == (["arn"], ["domain_id"])


def test_people_in_studio_reach_what_lake_formation_governs_through_it_only(estate):
    administrator = "arn:aws:iam::123456789012:role/administrator"
    made = estate(training={"studio": {}}, data={"lake_formation": {"administrators": [administrator]}})

    assert read_in_studio(made) == {"features/*", "models/studio/*", "curated/queries/*"}
    grant = made.named("lake-grant-studio-data-scientist-tables").inputs
    assert grant["permissions"] == ["DESCRIBE", "SELECT"]
    assert grant["lfTagPolicy"]["expressions"] == [{"key": "mlops-test-personal", "values": ["no"]}]


def test_builds_push_and_sign_what_they_push(estate):
    connection = "arn:aws:codeconnections:eu-west-1:123456789012:connection/1"
    builds = {"connection_arn": connection, "repository": "acme/estate", "in_network": False}
    made = estate(training={"builds": builds, "images": {"signed": True}})

    role = made.named("image-builds-role").inputs["name"]
    assert {made.named(name).inputs["role"] for name in ("images-push-builds", "image-signing-sign-builds")} == {role}


def test_by_default_there_is_nothing_that_costs(estate):
    made = estate()

    assert not made.names & {"studio-domain", "experiments-server", "image-builds-project", "image-signing-profile"}
    assert parameters(made, "ride-fare-pipelines-training")["Tracking"] == "none"
    assert made.outputs["training"].tracking == {}
