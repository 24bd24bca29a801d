"""What the steps of a pipeline do: one method a type, which returns the step's properties."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from estate.cloud.services.account import token
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.jobs.jobs import Jobs
from estate.cloud.services.jobs.processing import Processing
from estate.cloud.services.jobs.training import Training
from estate.cloud.services.jobs.transforms import Transforms
from estate.cloud.services.jobs.tuning import Tuning
from estate.cloud.services.pipelines.callbacks import Callbacks
from estate.cloud.services.pipelines.definition_parts import Step
from estate.cloud.services.pipelines.retries import kind_of_reason
from estate.cloud.services.pipelines.step_requests import checked
from estate.cloud.services.pipelines.step_runs import StepFailed, StepStopped
from estate.cloud.services.pipelines.values import Scope
from estate.cloud.services.registries.packages import Packages
from estate.cloud.services.wire import Params

MOST_SUMMARIES = 50  # of a tuning step's best jobs


@dataclass(frozen=True)
class Doing:
    """One attempt at a step. `note` keeps what ListPipelineExecutionSteps shows of it."""

    step: Step
    scope: Scope
    execution: str  # ARN
    role: str
    stopping: Callable[[], bool]
    note: Callable[[Params], None]

    @property
    def id(self) -> str:
        return self.execution.rpartition("/")[2]

    def name(self) -> str:
        """Of a job or a model."""
        return f"pipelines-{self.id}-{self.step.name[:20]}-{token(10)}"

    def arguments(self, **variables: str) -> Params:
        """Resolved, with execution variables that only this step knows."""
        scope = replace(self.scope, execution={**self.scope.execution, **variables})
        found = scope.resolve(self.step.arguments)
        found.pop("ExperimentConfig", None)
        return found


@dataclass(frozen=True)
class Workers:
    """What the steps call."""

    processing: Processing
    training: Training
    transforms: Transforms
    tuning: Tuning
    models: Models
    packages: Packages
    functions: Functions
    callbacks: Callbacks

    def run(self, doing: Doing) -> Any:
        """The step's properties; of a condition, its outcome. Raises StepFailed, StepStopped, Unresolved, AwsError."""
        return {
            "Processing": self._process,
            "Training": self._train,
            "Transform": self._transform,
            "Tuning": self._tune,
            "Model": self._model,
            "RegisterModel": self._register,
            "Lambda": self._invoke,
            "Callback": self._call_back,
            "Condition": self._decide,
            "Fail": self._fail,
        }[doing.step.type](doing)

    def _process(self, doing: Doing) -> Params:
        name = doing.name()
        given = doing.arguments(ProcessingJobName=name)
        arguments = checked("CreateProcessingJob", {"RoleArn": doing.role, **given, "ProcessingJobName": name})
        arn = self.processing.create_processing_job(arguments)["ProcessingJobArn"]
        doing.note({"ProcessingJob": {"Arn": arn}})
        return _follow(doing, self.processing.jobs, name)

    def _train(self, doing: Doing) -> Params:
        name = doing.name()
        given = doing.arguments(TrainingJobName=name)
        arguments = checked("CreateTrainingJob", {"RoleArn": doing.role, **given, "TrainingJobName": name})
        doing.note({"TrainingJob": {"Arn": self.training.create_training_job(arguments)["TrainingJobArn"]}})
        return _follow(doing, self.training.jobs, name)

    def _transform(self, doing: Doing) -> Params:
        arguments = checked("CreateTransformJob", {**doing.arguments(), "TransformJobName": doing.name()})
        doing.note({"TransformJob": {"Arn": self.transforms.create_transform_job(arguments)["TransformJobArn"]}})
        return _follow(doing, self.transforms.jobs, arguments["TransformJobName"])

    def _tune(self, doing: Doing) -> Params:
        arguments = doing.arguments()
        name = f"{doing.id}-{doing.step.name[:8]}-{token(8)}"  # 32 characters at most
        arguments["HyperParameterTuningJobName"] = name
        definition = arguments.get("TrainingJobDefinition")
        if isinstance(definition, dict):
            definition.setdefault("RoleArn", doing.role)
        checked("CreateHyperParameterTuningJob", arguments)
        arn = self.tuning.create_hyper_parameter_tuning_job(arguments)["HyperParameterTuningJobArn"]
        doing.note({"TuningJob": {"Arn": arn}})
        record = self.tuning.wait(name, doing.stopping)
        _check_end(doing, record["HyperParameterTuningJobStatus"], record.get("FailureReason", ""))
        maximize = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"] == "Maximize"
        best = self.tuning.list_training_jobs_for_hyper_parameter_tuning_job(
            {
                "HyperParameterTuningJobName": name,
                "SortBy": "FinalObjectiveMetricValue",
                "SortOrder": "Descending" if maximize else "Ascending",
                "MaxResults": MOST_SUMMARIES,
            }
        )
        return {**record, **best}

    def _model(self, doing: Doing) -> Params:
        arguments = checked("CreateModel", {**doing.arguments(), "ModelName": doing.name()})
        doing.note({"Model": {"Arn": self.models.create_model(arguments)["ModelArn"]}})
        return self.models.describe_model({"ModelName": arguments["ModelName"]})

    def _register(self, doing: Doing) -> Params:
        package = self.packages.create(checked("CreateModelPackage", doing.arguments()), doing.execution)
        doing.note({"RegisterModel": {"Arn": package["ModelPackageArn"]}})
        return package

    def _invoke(self, doing: Doing) -> Params:
        arn = doing.scope.resolve(doing.step.own["FunctionArn"])
        doing.note({"Lambda": {"Arn": arn}})
        function = self.functions.find(arn)
        # A function cannot be stopped: it is waited for, as on AWS.
        answer = self.functions.run(function, json.dumps(doing.arguments()).encode())
        if answer.error:
            raise StepFailed(f"ClientError: The function {arn} failed ({answer.error}): {answer.payload.decode()}")
        found = json.loads(answer.payload or b"null")
        outputs = _outputs(doing.step, found if isinstance(found, dict) else {})
        shown = [{"Name": name, "Value": _shown(value)} for name, value in outputs.items()]
        doing.note({"Lambda": {"Arn": arn, "OutputParameters": shown}})
        return {"OutputParameters": outputs}

    def _call_back(self, doing: Doing) -> Params:
        queue = doing.scope.resolve(doing.step.own["SqsQueueUrl"])
        found = self.callbacks.begin(doing.execution)
        doing.note({"Callback": {"CallbackToken": found, "SqsQueueUrl": queue}})
        given = self.callbacks.wait(found, queue, doing.arguments(), doing.stopping)
        outputs = _outputs(doing.step, given)
        shown = [{"Name": name, "Value": _shown(value)} for name, value in outputs.items()]
        doing.note({"Callback": {"CallbackToken": found, "SqsQueueUrl": queue, "OutputParameters": shown}})
        return {"OutputParameters": outputs}

    def _decide(self, doing: Doing) -> bool:
        outcome = all(doing.scope.holds(condition) for condition in doing.step.arguments.get("Conditions", []))
        doing.note({"Condition": {"Outcome": str(outcome)}})
        return outcome

    def _fail(self, doing: Doing) -> None:
        message = str(doing.scope.resolve(doing.step.arguments.get("ErrorMessage", "")))
        doing.note({"Fail": {"ErrorMessage": message}})
        raise StepFailed(message)


def _follow(doing: Doing, jobs: Jobs, name: str) -> Params:
    record = jobs.wait(name, doing.stopping)
    reason = record.get("FailureReason", "")
    if not reason:
        reason = record.get("ExitMessage", record.get("SecondaryStatus", "the job was stopped"))
    _check_end(doing, record[f"{jobs.kind.member}Status"], reason)
    return record


def _check_end(doing: Doing, status: str, reason: str) -> None:
    if status == "Completed":
        return
    if doing.stopping():
        raise StepStopped
    raise StepFailed(reason if ":" in reason else f"ClientError: {reason}", kind_of_reason(reason))


def _outputs(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The declared outputs, each of its type. Raises StepFailed."""
    found = {}
    for item in step.own.get("OutputParameters", []):
        name, kind = item["OutputName"], item["OutputType"]
        if name not in given:
            raise StepFailed(f"ClientError: Output parameter {name} is missing in what the step was answered")
        found[name] = _typed(name, kind, given[name])
    return found


def _typed(name: str, kind: str, value: Any) -> Any:
    try:
        if kind == "Boolean":
            return {"true": True, "false": False}[str(value).lower()]
        return {"String": _shown, "Integer": int, "Float": float}[kind](value)
    except (ValueError, TypeError, KeyError):
        raise StepFailed(f"ClientError: Output parameter {name} is {value!r}, which is no {kind}") from None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
