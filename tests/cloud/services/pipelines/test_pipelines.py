"""Pipelines and their jobs through plain boto3; the steps are real processes."""

import json
import time

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.pipelines.gated import create, definition, ended, processing, run


def test_a_pipeline_trains_and_registers_what_passes_the_gate(ground: Ground, pipeline: str) -> None:
    found, steps = run(ground, pipeline, Group="passed")
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(
        ("Rows", "Train", "Evaluate", "Gate", "Register"), "Succeeded"
    )
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    arn = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    package = ground.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert (package["ModelPackageVersion"], package["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert package["CustomerMetadataProperties"] == {"margin": "0.5"}
    data = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    key = data.removeprefix(f"s3://{ground.bucket}/")
    assert ground.client("s3").head_object(Bucket=ground.bucket, Key=key)["ServerSideEncryption"] == "aws:kms"


def test_a_missed_gate_registers_nothing_and_says_why(ground: Ground, pipeline: str) -> None:
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName="missed")
    found, steps = run(ground, pipeline, Group="missed", Margin="-0.25")
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "False"}}
    assert (steps["NotMet"]["StepStatus"], steps["NotMet"]["FailureReason"]) == ("Failed", "margin -0.25")
    assert "Register" not in steps
    listed = ground.client("sagemaker").list_model_packages(ModelPackageGroupName="missed")
    assert listed["ModelPackageSummaryList"] == []


def test_a_job_that_crashes_fails_its_step_and_keeps_its_logs(ground: Ground) -> None:
    code = "(root / 'output/message').write_text('no such column'); print('last words'); sys.exit(3)"
    found, steps = run(ground, create(ground, definition(ground, processing(ground, "Crash", code))))
    assert found["PipelineExecutionStatus"] == "Failed"
    assert steps["Crash"]["FailureReason"] == "AlgorithmError: no such column, exit code: 3"
    arn = steps["Crash"]["Metadata"]["ProcessingJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert ground.cloud.logs(name) == "last words"
    streams = ground.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    assert len(streams) == 1


def test_a_job_sees_only_what_sagemaker_gives(ground: Ground) -> None:
    uri = ground.put("given/inner/a.txt", b"input")
    code = (
        "found = {'env': sorted(os.environ), 'cwd': os.listdir('.'),"
        " 'in': (root / 'processing/in/inner/a.txt').read_text(),"
        " 'config': json.loads((root / 'config/processingjobconfig.json').read_text())['AppSpecification']};"
        "(root / 'processing/out/found.json').write_text(json.dumps(found))"
    )
    step = processing(ground, "Look", code, inputs={"in": uri.removesuffix("/inner/a.txt")})
    found, _ = run(ground, create(ground, definition(ground, step)))
    written = json.loads(ground.get(f"{found['PipelineExecutionArn'].rpartition('/')[2]}/Look/found.json"))
    assert written["in"] == "input"
    assert written["cwd"] == []
    assert written["config"]["ImageUri"] == ground.image
    assert written["env"] == sorted({
        "ESTATE_ML_ROOT", "HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR",
        *ground.cloud.environment(),
    } | ({"LC_CTYPE"} & set(written["env"])))  # fmt: skip


def test_independent_steps_run_at_the_same_time(ground: Ground) -> None:
    steps = [processing(ground, f"Step{index}", "import time; time.sleep(1.5)") for index in range(2)]
    _, found = run(ground, create(ground, definition(ground, *steps)))
    first, second = (found[name] for name in ("Step0", "Step1"))
    assert max(first["StartTime"], second["StartTime"]) < min(first["EndTime"], second["EndTime"])


def test_one_token_starts_one_execution(ground: Ground, pipeline: str) -> None:
    sagemaker = ground.client("sagemaker")
    token = "t" * 32
    given = {"PipelineName": pipeline, "ClientRequestToken": token}
    given["PipelineParameters"] = [{"Name": "Margin", "Value": "-1"}]
    first, second = (sagemaker.start_pipeline_execution(**given)["PipelineExecutionArn"] for _ in range(2))
    assert first == second
    ended(ground, first)


def test_a_stopped_execution_stops_its_job(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    name = create(ground, definition(ground, processing(ground, "Long", "import time; time.sleep(600)")))
    arn = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    refused = answer_of(lambda: sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken="d" * 32))
    assert refused["Error"]["Code"] == "ConflictException"
    time.sleep(0.3)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    found, steps = ended(ground, arn)
    assert (found["PipelineExecutionStatus"], steps["Long"]["StepStatus"]) == ("Stopped", "Stopped")
    job = steps["Long"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"


def test_a_job_is_ended_at_its_maximum_runtime(ground: Ground) -> None:
    step = processing(ground, "Slow", "import time; time.sleep(600)")
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    _, steps = run(ground, create(ground, definition(ground, step)))
    assert steps["Slow"]["StepStatus"] == "Failed"
    assert "MaxRuntimeInSeconds (1) exceeded" in steps["Slow"]["FailureReason"]


def test_an_input_without_objects_fails_its_step(ground: Ground) -> None:
    step = processing(ground, "Empty", "pass", inputs={"in": f"s3://{ground.bucket}/nothing-here"})
    _, steps = run(ground, create(ground, definition(ground, step)))
    assert "No S3 objects found under S3 URL" in steps["Empty"]["FailureReason"]
