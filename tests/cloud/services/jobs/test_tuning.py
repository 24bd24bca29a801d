"""Hyperparameter tuning through plain boto3: the jobs of a search really train, and the search learns from them."""

from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import name, training, until

METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
X = {"Name": "x", "MinValue": "0", "MaxValue": "10", "ScalingType": "Linear"}


def request(ground: Ground, strategy: str = "Random", **more: Any) -> dict[str, Any]:
    """A search for the lowest loss; its lowest is at x = 3."""
    trained = training(ground, "", metrics=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}])
    definition = {key: trained[key] for key in ("RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition")}
    specification = {k: v for k, v in trained["AlgorithmSpecification"].items() if k != "ContainerEntrypoint"}
    most = more.pop("most", 4)
    return {
        "HyperParameterTuningJobName": name("h"),
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxParallelTrainingJobs": more.pop("parallel", 2)}
            | ({"MaxNumberOfTrainingJobs": most} if most else {}),
            "ParameterRanges": more.pop("ranges", {"ContinuousParameterRanges": [X]}),
            "RandomSeed": 7,
            **more.pop("config", {}),
        },
        "TrainingJobDefinition": {
            **definition,
            "AlgorithmSpecification": specification,
            "StaticHyperParameters": {"depth": "3"},
            **more.pop("definition", {}),
        },
        **more,
    }


def tuned(ground: Ground, wanted: dict[str, Any]) -> dict[str, Any]:
    sagemaker, job = ground.client("sagemaker"), wanted["HyperParameterTuningJobName"]
    sagemaker.create_hyper_parameter_tuning_job(**wanted)

    def look() -> dict[str, Any] | None:
        found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
        return found if found["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping") else None

    return until(look)


def jobs_of(ground: Ground, job: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return ground.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=job["HyperParameterTuningJobName"], **more
    )["TrainingJobSummaries"]


def test_a_random_search_finds_the_best_of_its_jobs(ground: Ground) -> None:
    job = tuned(ground, request(ground))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"] == {
        "Completed": 4, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0,
    }  # fmt: skip
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    trials = jobs_of(ground, job, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    assert [round(trial[METRIC]["Value"], 4) for trial in trials] == sorted(
        round((float(trial["TunedHyperParameters"]["x"]) - 3) ** 2, 4) for trial in trials
    )
    assert job["BestTrainingJob"]["TrainingJobName"] == trials[0]["TrainingJobName"]
    best = ground.client("sagemaker").describe_training_job(TrainingJobName=trials[0]["TrainingJobName"])
    assert best["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert best["HyperParameters"] == {
        "depth": "3",
        "_tuning_objective_metric": "loss",
        **trials[0]["TunedHyperParameters"],
    }


def test_a_bayesian_search_learns(ground: Ground) -> None:
    job = tuned(ground, request(ground, "Bayesian", most=18, parallel=1))
    values = [trial[METRIC]["Value"] for trial in jobs_of(ground, job, SortBy="CreationTime", SortOrder="Ascending")]
    random, learned = values[:6], values[6:]
    assert sum(learned) / len(learned) < sum(random) / len(random) / 2
    assert job["BestTrainingJob"][METRIC]["Value"] < 0.2


def test_a_grid_tries_every_combination(ground: Ground) -> None:
    ranges = {"CategoricalParameterRanges": [
        {"Name": "x", "Values": ["1", "3"]}, {"Name": "kind", "Values": ["a", "b"]}]}  # fmt: skip
    job = tuned(ground, request(ground, "Grid", ranges=ranges, most=None))
    tried = {tuple(sorted(trial["TunedHyperParameters"].items())) for trial in jobs_of(ground, job)}
    assert tried == {(("kind", kind), ("x", x)) for kind in "ab" for x in "13"}
    assert job["BestTrainingJob"]["TunedHyperParameters"]["x"] == "3"


def test_values_stay_in_their_ranges(ground: Ground) -> None:
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "x", "MinValue": "0.001", "MaxValue": "10", "ScalingType": "Logarithmic"},
            {"Name": "keep", "MinValue": "0.9", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "4"}],
    }
    job = tuned(ground, request(ground, ranges=ranges, definition={"StaticHyperParameters": {}}, most=6))
    for values in (trial["TunedHyperParameters"] for trial in jobs_of(ground, job)):
        assert 0.001 <= float(values["x"]) <= 10
        assert 0.9 <= float(values["keep"]) <= 0.999
        assert values["depth"] in ("2", "3", "4")


def test_a_search_ends_when_its_target_is_met(ground: Ground) -> None:
    criteria = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1000.0}}
    job = tuned(ground, request(ground, config=criteria, most=20, parallel=1))
    assert (job["HyperParameterTuningJobStatus"], len(jobs_of(ground, job))) == ("Completed", 1)


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ({"StaticHyperParameters": {"breaks": "yes"}}, "All training jobs failed."),
        (
            {"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "loss", "Regex": "error=([0-9.]+)"}]}},
            "No objective metrics found after running 2 training jobs.",
        ),
    ],
)
def test_a_search_without_a_value_fails(ground: Ground, definition: dict[str, Any], reason: str) -> None:
    wanted = request(ground, most=2)
    specification = wanted["TrainingJobDefinition"]["AlgorithmSpecification"]
    changed = {**specification, **definition.get("AlgorithmSpecification", {})}
    wanted["TrainingJobDefinition"] |= {**definition, "AlgorithmSpecification": changed}
    job = tuned(ground, wanted)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert job["ObjectiveStatusCounters"]["Failed"] == 2
    assert "BestTrainingJob" not in job


def test_a_stopped_search_stops_its_jobs(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    wanted = request(ground, most=50, parallel=1)
    job = wanted["HyperParameterTuningJobName"]
    sagemaker.create_hyper_parameter_tuning_job(**wanted)
    until(lambda: jobs_of(ground, wanted))
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)

    def look() -> bool:
        found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
        return found["HyperParameterTuningJobStatus"] == "Stopped"

    until(look)
    assert len(jobs_of(ground, wanted)) < 50
    assert {trial["TrainingJobStatus"] for trial in jobs_of(ground, wanted)} <= {"Completed", "Stopped"}
    refused = answer_of(lambda: sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=job))["Error"]
    assert refused["Code"] == "ValidationException"
    assert "in status Stopped" in refused["Message"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"strategy": "Hyperband"}, "Strategy Hyperband is not supported offline"),
        ({"config": {"TrainingJobEarlyStoppingType": "Auto"}}, "TrainingJobEarlyStoppingType Auto is not supported"),
        ({"parallel": 5}, "MaxParallelTrainingJobs (5) must not be above MaxNumberOfTrainingJobs (4)"),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "20"}]}}, "MinValue 20.0 is above MaxValue 10.0"),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "ScalingType": "Logarithmic"}]}}, "needs values above 0"),
        ({"ranges": {"IntegerParameterRanges": [{**X, "MinValue": "a"}]}}, "is no range of numbers"),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "MaxValue": "inf"}]}}, "is no range of numbers"),
        ({"ranges": {"ContinuousParameterRanges": [X, X]}}, "Hyperparameter [x] has more than one range"),
        ({"definition": {"StaticHyperParameters": {"x": "1"}}}, "Hyperparameter [x] is static and has a range"),
        ({"ranges": {}}, "at least one range is required"),
        ({"strategy": "Grid"}, "only CategoricalParameterRanges are supported"),
        (
            {"config": {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"}}},
            "The objective metric for the hyperparameter tuning job, [auc], isn't valid",
        ),
        ({"WarmStartConfig": {"ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "a"}],
                              "WarmStartType": "TransferLearning"}}, "WarmStartConfig is not supported offline"),
    ],
)  # fmt: skip
def test_a_wrong_search_is_refused(ground: Ground, more: dict[str, Any], message: str) -> None:
    wanted = request(ground, **more)
    error = answer_of(lambda: ground.client("sagemaker").create_hyper_parameter_tuning_job(**wanted))["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


def test_unknown_and_taken_names_and_exceeded_limits(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    unknown = answer_of(lambda: sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="nobody"))[
        "Error"
    ]
    assert unknown["Code"] == "ResourceNotFound"
    wanted = request(ground, most=1, parallel=1)
    tuned(ground, wanted)
    taken = answer_of(lambda: sagemaker.create_hyper_parameter_tuning_job(**wanted))["Error"]
    assert taken["Code"] == "ResourceInUse"
    wide = answer_of(lambda: sagemaker.create_hyper_parameter_tuning_job(**request(ground, most=20, parallel=11)))
    assert wide["Error"]["Code"] == "ResourceLimitExceeded"
