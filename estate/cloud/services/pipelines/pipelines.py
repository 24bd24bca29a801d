"""SageMaker Pipelines: definitions are checked when they come, and really run when they are started."""

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now, token
from estate.cloud.services.checks import invalid
from estate.cloud.services.clock import Clock
from estate.cloud.services.pipelines.definition import find, parse, values_of_parameters
from estate.cloud.services.pipelines.definition_parts import Step
from estate.cloud.services.pipelines.execution import Earlier, Execution
from estate.cloud.services.pipelines.selection import chosen
from estate.cloud.services.pipelines.step_runs import StepRun
from estate.cloud.services.pipelines.steps import Workers
from estate.cloud.services.pipelines.values import as_text
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import AwsError, Params, Table

RUNNING = frozenset({"Executing", "Stopping"})
SHOWN = ("ParallelismConfiguration", "SelectiveExecutionConfig")


class Pipelines:
    def __init__(self, account: Account, clock: Clock, store: Store, workers: Workers) -> None:
        self._account = account
        self._clock = clock
        self._store = store
        self._workers = workers

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_pipeline,
                self.update_pipeline,
                self.describe_pipeline,
                self.delete_pipeline,
                self.list_pipelines,
                self.start_pipeline_execution,
                self.retry_pipeline_execution,
                self.stop_pipeline_execution,
                self.describe_pipeline_execution,
                self.list_pipeline_executions,
                self.list_pipeline_execution_steps,
                self.list_pipeline_parameters_for_execution,
                self.describe_pipeline_definition_for_execution,
            ),
        )

    def create_pipeline(self, params: Params) -> Params:
        name = params["PipelineName"]
        arn = self._store.arn("pipeline", name)
        text = self._definition(params)
        parse(text)
        checks.role(self._account, params["RoleArn"])
        with self._account.lock:
            known = self._store.pipelines.get(name)
            if known is not None:
                if known["Token"] == params["ClientRequestToken"]:
                    return {"PipelineArn": arn}
                raise invalid(
                    "Pipeline names must be unique within an AWS account and region. "
                    f"Pipeline with name ({name}) already exists."
                )
            moment = now()
            self._store.pipelines[name] = {
                "PipelineArn": arn,
                "PipelineName": name,
                "PipelineDisplayName": params.get("PipelineDisplayName", name),
                "PipelineDefinition": text,
                "PipelineDescription": params.get("PipelineDescription", ""),
                "RoleArn": params["RoleArn"],
                "PipelineStatus": "Active",
                "CreationTime": moment,
                "LastModifiedTime": moment,
                "Token": params["ClientRequestToken"],
                **select(params, "ParallelismConfiguration"),
            }
            self._store.tag(arn, params.get("Tags", []))
        return {"PipelineArn": arn}

    def update_pipeline(self, params: Params) -> Params:
        record = self._find(params["PipelineName"])
        changes = select(params, "PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")
        if "PipelineDefinition" in params or "PipelineDefinitionS3Location" in params:
            changes["PipelineDefinition"] = self._definition(params)
            parse(changes["PipelineDefinition"])
        if "RoleArn" in params:
            checks.role(self._account, params["RoleArn"])
        with self._account.lock:
            record.update(changes, LastModifiedTime=now())
        return {"PipelineArn": record["PipelineArn"]}

    def describe_pipeline(self, params: Params) -> Params:
        record = self._find(params["PipelineName"])
        return {name: value for name, value in record.items() if name != "Token"}

    def delete_pipeline(self, params: Params) -> Params:
        with self._account.lock:
            record = self._find(params["PipelineName"])
            arn = record["PipelineArn"]
            mine = [run for run in self._store.executions.values() if run.pipeline["PipelineArn"] == arn]
            if any(run.status in RUNNING for run in mine):
                raise AwsError("ConflictException", f"Pipeline {arn} has running executions; stop them first")
            for run in mine:
                del self._store.executions[run.arn]
            del self._store.pipelines[record["PipelineName"]]
            self._store.tags.pop(arn, None)
        return {"PipelineArn": arn}

    def list_pipelines(self, params: Params) -> Params:
        wanted = {**params, "NameContains": params.get("PipelineNamePrefix")}
        found, more = page(
            list(self._store.pipelines.values()),
            wanted,
            name="PipelineName",
            sorts={"CreationTime": "CreationTime", "Name": "PipelineName"},
            keep=lambda record: record["PipelineName"].startswith(params.get("PipelineNamePrefix", "")),
        )
        members = ("PipelineArn", "PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn",
                   "CreationTime", "LastModifiedTime")  # fmt: skip
        return {"PipelineSummaries": [select(record, *members) for record in found], **more}

    def start_pipeline_execution(self, params: Params) -> Params:
        with self._account.lock:
            pipeline = self._find(params["PipelineName"])
            for run in self._store.executions.values():
                same = run.pipeline["PipelineArn"] == pipeline["PipelineArn"]
                if same and run.request["Token"] == params["ClientRequestToken"]:
                    return {"PipelineExecutionArn": run.arn}
            definition = parse(pipeline["PipelineDefinition"])
            arn = f"{pipeline['PipelineArn']}/execution/{token()}"
            selection = params.get("SelectiveExecutionConfig")
            source = self._source(pipeline, selection)
            given = params.get("PipelineParameters", source.request["Given"] if source is not None else [])
            request = {
                "Token": params["ClientRequestToken"],
                "Values": values_of_parameters(definition, given),
                "RoleArn": params.get("RoleArn", pipeline["RoleArn"]),
                "Definition": pipeline["PipelineDefinition"],
                "Given": given,
                "DisplayName": params.get("PipelineExecutionDisplayName", f"execution-{token(13)}"),
                "Description": params.get("PipelineExecutionDescription", ""),
                "ParallelismConfiguration": params.get(
                    "ParallelismConfiguration", pipeline.get("ParallelismConfiguration")
                ),
                "SelectiveExecutionConfig": selection,
            }
            execution = Execution(
                self._account,
                self._clock,
                self._workers,
                pipeline,
                definition,
                request,
                arn,
                self._earlier(arn),
                *chosen(definition, selection, source),
            )
            self._store.executions[arn] = execution
            pipeline["LastRunTime"] = execution.created
        execution.start()
        return {"PipelineExecutionArn": arn}

    def retry_pipeline_execution(self, params: Params) -> Params:
        with self._account.lock:
            run = self._execution(params["PipelineExecutionArn"])
            if run.status in RUNNING:
                raise AwsError(
                    "ConflictException", f"Pipeline execution {run.arn} is {run.status}; it cannot be retried"
                )
            if run.status == "Succeeded":
                raise invalid(
                    f"Pipeline execution {run.arn} is {run.status}; only a failed or stopped one can be retried"
                )
            run.retry(params.get("ParallelismConfiguration"))
        return {"PipelineExecutionArn": run.arn}

    def stop_pipeline_execution(self, params: Params) -> Params:
        with self._account.lock:
            run = self._execution(params["PipelineExecutionArn"])
            if run.status not in RUNNING:
                raise AwsError(
                    "ConflictException",
                    f"Pipeline execution {run.arn} is {run.status}; only one that executes can be stopped",
                )
            run.stop()
        return {"PipelineExecutionArn": run.arn}

    def describe_pipeline_execution(self, params: Params) -> Params:
        with self._account.lock:
            run = self._execution(params["PipelineExecutionArn"])
            return self._summary(run) | {
                "PipelineArn": run.pipeline["PipelineArn"],
                "CreationTime": run.created,
                "LastModifiedTime": run.modified,
                **({"FailureReason": run.reason} if run.reason else {}),
                **{name: run.request[name] for name in SHOWN if run.request.get(name)},
            }

    def list_pipeline_executions(self, params: Params) -> Params:
        with self._account.lock:
            arn = self._find(params["PipelineName"])["PipelineArn"]
            mine = [self._summary(run) for run in self._store.executions.values() if run.pipeline["PipelineArn"] == arn]
        wanted = {
            **params,
            "CreationTimeAfter": params.get("CreatedAfter"),
            "CreationTimeBefore": params.get("CreatedBefore"),
        }
        records = [{**summary, "CreationTime": summary["StartTime"]} for summary in mine]
        sorts = {"CreationTime": "StartTime", "PipelineExecutionArn": "PipelineExecutionArn"}
        found, more = page(records, wanted, name="PipelineExecutionArn", sorts=sorts)
        for record in found:
            del record["CreationTime"]
        return {"PipelineExecutionSummaries": found, **more}

    def list_pipeline_execution_steps(self, params: Params) -> Params:
        with self._account.lock:
            steps = [step.answer() for step in self._execution(params["PipelineExecutionArn"]).steps.values()]
        found, more = page(steps, params, name="StepName", sorts={"StartTime": "StartTime"})
        return {"PipelineExecutionSteps": found, **more}

    def list_pipeline_parameters_for_execution(self, params: Params) -> Params:
        run = self._execution(params["PipelineExecutionArn"])
        pairs = [{"Name": name, "Value": as_text(value)} for name, value in run.parameters.items()]
        return {"PipelineParameters": pairs}

    def describe_pipeline_definition_for_execution(self, params: Params) -> Params:
        run = self._execution(params["PipelineExecutionArn"])
        return {"PipelineDefinition": run.request["Definition"], "CreationTime": run.created}

    def _summary(self, run: Execution) -> Params:
        return {
            "PipelineExecutionArn": run.arn,
            "StartTime": run.created,
            "PipelineExecutionStatus": run.status,
            "PipelineExecutionDescription": run.request["Description"],
            "PipelineExecutionDisplayName": run.request["DisplayName"],
            **({"PipelineExecutionFailureReason": run.reason} if run.reason else {}),
        }

    def _find(self, name: str) -> Params:
        arn = name if name.startswith("arn:") else self._store.arn("pipeline", name)
        return find(self._store.pipelines, name, arn)

    def _execution(self, arn: str) -> Execution:
        found = self._store.executions.get(arn)
        if found is None:
            raise AwsError("ResourceNotFound", f"Pipeline execution with ARN '{arn}' does not exist.")
        return found

    def _source(self, pipeline: Params, selection: Params | None) -> Execution | None:
        """The execution whose results stand for the steps that are not selected."""
        if selection is None or "SourcePipelineExecutionArn" not in selection:
            return None
        found = self._execution(selection["SourcePipelineExecutionArn"])
        if found.pipeline["PipelineArn"] != pipeline["PipelineArn"]:
            raise invalid(f"Pipeline execution {found.arn} is one of another pipeline")
        if found.status in RUNNING:
            raise invalid(f"Pipeline execution {found.arn} is {found.status}; it must have ended")
        return found

    def _earlier(self, arn: str) -> Earlier:
        """Finds the newest result of a step in this pipeline's other executions, if it is young enough."""
        pipeline = arn.partition("/execution/")[0]

        def find_result(step: Step, key: str) -> tuple[str, StepRun] | None:
            found: list[tuple[str, StepRun]] = []
            with self._account.lock:
                for execution in self._store.executions.values():
                    run = execution.steps.get(step.name)
                    if run is None or execution.arn == arn or execution.pipeline["PipelineArn"] != pipeline:
                        continue
                    real = run.status == "Succeeded" and not run.cached_from and not run.reused_from
                    if real and run.key == key and self._age_s(run) <= (step.cache_s or 0.0):
                        found.append((execution.arn, run))
            return max(found, key=lambda item: item[1].end or item[1].start, default=None)

        return find_result

    def _age_s(self, run: StepRun) -> float:
        """Seconds of the clock since it ended."""
        ended = run.end if run.end is not None else run.start
        return self._clock.now_s() - self._clock.at(ended.timestamp())

    def _definition(self, params: Params) -> str:
        if "PipelineDefinition" in params:
            return params["PipelineDefinition"]
        location = params.get("PipelineDefinitionS3Location")
        if location is None:
            raise invalid("Either PipelineDefinition or PipelineDefinitionS3Location must be given")
        s3 = self._account.client("s3")
        try:
            found = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"])
        except s3.exceptions.ClientError as error:
            raise invalid(
                f"Pipeline definition s3://{location['Bucket']}/{location['ObjectKey']} cannot be read: "
                f"{error.response['Error']['Code']}"
            ) from None
        return found["Body"].read().decode()
