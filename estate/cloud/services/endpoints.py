"""SageMaker endpoints: fleets of serving processes, replaced step by step and, if need be, back."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from estate.cloud.services import guardrails
from estate.cloud.services.account import Account, now
from estate.cloud.services.capture import describe as describe_capture
from estate.cloud.services.checks import invalid
from estate.cloud.services.clock import Clock
from estate.cloud.services.endpoint_configs import EndpointConfigs
from estate.cloud.services.fleets import DRAIN_S, Fleet, Traffic
from estate.cloud.services.guardrails import Guardrails
from estate.cloud.services.hosts import STARTUP_S, Host, HostFailed
from estate.cloud.services.logs import Logs
from estate.cloud.services.models import Models
from estate.cloud.services.processes import Closed
from estate.cloud.services.rollouts import Abandoned, RolledBack, Rollout, Tripped
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import AwsError, Params, Table

STARTUP_MEMBER = "ContainerStartupHealthCheckTimeoutInSeconds"
BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


class Endpoints:
    def __init__(
        self,
        account: Account,
        store: Store,
        logs: Logs,
        models: Models,
        configs: EndpointConfigs,
        clock: Clock,
        tripped: Tripped,
    ) -> None:
        self._account = account
        self._store = store
        self._logs = logs
        self._models = models
        self._configs = configs
        self._clock = clock
        self._tripped = tripped
        self._traffic: dict[str, Traffic] = {}
        self._rollouts: dict[str, Rollout] = {}  # deployments in progress

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_endpoint,
                self.update_endpoint,
                self.describe_endpoint,
                self.list_endpoints,
                self.delete_endpoint,
                self.update_endpoint_weights_and_capacities,
            ),
        )

    def create_endpoint(self, params: Params) -> Params:
        name = params["EndpointName"]
        arn = self._store.arn("endpoint", name)
        config = self._configs.find(params["EndpointConfigName"])
        guardrails.read(params.get("DeploymentConfig"), config["ProductionVariants"], self._account)
        with self._account.lock:
            if name in self._store.endpoints:
                raise invalid(f'Cannot create already existing endpoint "{arn}".')
            moment = now()
            self._store.endpoints[name] = {
                "EndpointName": name,
                "EndpointArn": arn,
                "EndpointConfigName": config["EndpointConfigName"],
                "EndpointStatus": "Creating",
                "CreationTime": moment,
                "LastModifiedTime": moment,
            }
            if "DeploymentConfig" in params:
                self._store.endpoints[name]["LastDeploymentConfig"] = params["DeploymentConfig"]
            self._store.tag(arn, params.get("Tags", []))
        # Nothing serves yet: there is nothing to shift traffic from, nor to roll back to.
        self._deploy(name, config, None, Guardrails())
        return {"EndpointArn": arn}

    def update_endpoint(self, params: Params) -> Params:
        name = params["EndpointName"]
        with self._account.lock:
            record = self._find(name)
            config = self._configs.find(params["EndpointConfigName"])
            if record["EndpointStatus"] in BUSY:
                raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
            if record["EndpointStatus"] == "Failed":
                raise invalid(f'Cannot update failed endpoint "{record["EndpointArn"]}"; it can only be deleted.')
            deployment = params.get("DeploymentConfig")
            if deployment is None and params.get("RetainDeploymentConfig"):
                deployment = record.get("LastDeploymentConfig")
            rails = guardrails.read(deployment, config["ProductionVariants"], self._account)
            record.pop("FailureReason", None)
            record.update(EndpointStatus="Updating", LastModifiedTime=now())
            if deployment is not None:
                record["LastDeploymentConfig"] = deployment
            traffic = self._traffic.get(name)
            retained = traffic is not None and params.get("RetainAllVariantProperties")
            weights = dict(traffic.fleet.weights) if traffic is not None and retained else None
        self._deploy(name, config, weights, rails)
        return {"EndpointArn": record["EndpointArn"]}

    def describe_endpoint(self, params: Params) -> Params:
        with self._account.lock:
            record = dict(self._find(params["EndpointName"]))
            traffic = self._traffic.get(record["EndpointName"])
            rollout = self._rollouts.get(record["EndpointName"])
            if rollout is not None:
                record["PendingDeploymentSummary"] = rollout.summary(traffic)
            if traffic is not None:
                fleet = traffic.fleet
                record["ProductionVariants"] = fleet.variants()
                if "DataCaptureConfig" in fleet.config:
                    record["DataCaptureConfig"] = describe_capture(fleet.config["DataCaptureConfig"])
            return record

    def list_endpoints(self, params: Params) -> Params:
        wanted = params.get("StatusEquals")
        found, more = page(
            list(self._store.endpoints.values()),
            params,
            name="EndpointName",
            sorts={"CreationTime": "CreationTime", "Name": "EndpointName", "Status": "EndpointStatus"},
            keep=lambda record: wanted in (None, record["EndpointStatus"]),
        )
        members = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return {"Endpoints": [select(record, *members) for record in found], **more}

    def delete_endpoint(self, params: Params) -> Params:
        name = params["EndpointName"]
        with self._account.lock:
            record = self._find(name)
            if record["EndpointStatus"] in BUSY:
                raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
            traffic = self._traffic.pop(name, None)
            del self._store.endpoints[name]
            self._store.tags.pop(record["EndpointArn"], None)
        if traffic is not None:
            traffic.stop()
        return {}

    def update_endpoint_weights_and_capacities(self, params: Params) -> Params:
        with self._account.lock:
            record = self._find(params["EndpointName"])
            traffic = self._traffic.get(params["EndpointName"])
            if traffic is None or record["EndpointStatus"] != "InService":
                raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
            fleet = traffic.fleet
            for wanted in params["DesiredWeightsAndCapacities"]:
                if wanted["VariantName"] not in fleet.weights:
                    raise invalid(f'The variant name "{wanted["VariantName"]}" was not found in the endpoint.')
            for wanted in params["DesiredWeightsAndCapacities"]:
                if "DesiredWeight" in wanted:
                    fleet.weights[wanted["VariantName"]] = float(wanted["DesiredWeight"])
                for variant in fleet.config["ProductionVariants"]:
                    if variant["VariantName"] == wanted["VariantName"] and "DesiredInstanceCount" in wanted:
                        variant["InitialInstanceCount"] = wanted["DesiredInstanceCount"]
            record["LastModifiedTime"] = now()
        return {"EndpointArn": record["EndpointArn"]}

    @contextmanager
    def serving(self, name: str) -> Generator[Fleet]:
        """The fleet for one request to an endpoint, which outlives the block.

        Raises AwsError (ValidationError) where nothing serves.
        """
        with self._account.lock:
            traffic = self._traffic.get(name)
        if traffic is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._account.account_id} not found.")
        with traffic.lease() as fleet:
            yield fleet

    def stop(self) -> None:
        """Stops every host."""
        with self._account.lock:
            everything = list(self._traffic.values())
            self._traffic.clear()
        for traffic in everything:
            traffic.stop()

    def _deploy(self, name: str, config: Params, weights: dict[str, float] | None, rails: Guardrails) -> None:
        # A later change of the configuration's record must not reach what runs.
        copy = {**config, "ProductionVariants": [dict(item) for item in config["ProductionVariants"]]}
        rollout = Rollout(Fleet(copy), rails, self._clock, self._tripped, self._account.processes.closing)
        with self._account.lock:
            self._rollouts[name] = rollout
        self._account.processes.spawn(lambda: self._run(name, rollout, weights or {}), f"endpoint-{name}")

    def _run(self, name: str, rollout: Rollout, weights: dict[str, float]) -> None:
        try:
            failure = self._replace(name, rollout, weights)
        except (Abandoned, Closed):
            rollout.fleet.stop()
            return
        with self._account.lock:
            if self._account.processes.closing.is_set():
                return
            record = self._store.endpoints[name]
            del self._rollouts[name]
            if failure is None:
                record["EndpointConfigName"] = rollout.fleet.config["EndpointConfigName"]
            else:
                record["FailureReason"] = failure
            record["EndpointStatus"] = "InService" if name in self._traffic else "Failed"
            record["LastModifiedTime"] = now()
        self._tell(record)

    def _replace(self, name: str, rollout: Rollout, weights: dict[str, float]) -> str | None:
        """Why the deployment failed; nothing of it then runs. Raises Abandoned, Closed."""
        with self._account.lock:
            before = self._traffic.get(name)
        try:
            for variant in rollout.fleet.config["ProductionVariants"]:
                self._start(name, rollout.fleet, variant, weights)
            if before is not None:
                rollout.check_time()
                rollout.shift(before)
        except (Abandoned, Closed):
            raise
        except Exception as error:  # an endpoint must come to rest, whatever happened to it
            known = isinstance(error, HostFailed | AwsError | RolledBack)
            failure = str(error) if known else f"InternalServerError: {type(error).__name__}: {error}"
            self._take_back(name, rollout, before, failure)
            return failure
        if before is None:
            with self._account.lock:
                if self._account.processes.closing.is_set():
                    raise Abandoned
                self._traffic[name] = Traffic(rollout.fleet)
            return None
        # Traffic has moved for good; what was asked to wait is the old fleet's end.
        left = before.complete()
        try:
            rollout.linger()
        finally:
            left.stop(DRAIN_S)
        return None

    def _take_back(self, name: str, rollout: Rollout, before: Traffic | None, failure: str) -> None:
        if before is None:
            rollout.fleet.stop()
            return
        if len(rollout.guardrails.back) == 1:
            before.give_up()
        with self._account.lock:
            if self._account.processes.closing.is_set():
                raise Abandoned
            record = self._store.endpoints[name]
            record.update(EndpointStatus="RollingBack", FailureReason=failure, LastModifiedTime=now())
        self._tell(record)
        rollout.take_back(before)

    def _start(self, name: str, fleet: Fleet, variant: Params, weights: dict[str, float]) -> None:
        label = variant["VariantName"]
        host = Host(self._account, self._logs, name, label, self._models.serving(variant["ModelName"]))
        fleet.hosts[label] = host
        fleet.weights[label] = weights.get(label, float(variant.get("InitialVariantWeight", 1.0)))
        host.start(min(STARTUP_S, float(variant.get(STARTUP_MEMBER, STARTUP_S))))

    def _tell(self, record: Params) -> None:
        detail = {
            name: value.isoformat() if name.endswith("Time") else value
            for name, value in record.items()
            if name != "LastDeploymentConfig"
        }
        detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", record["EndpointStatus"]).upper()
        self._account.publish("aws.sagemaker", "SageMaker Endpoint State Change", detail, [record["EndpointArn"]])

    def _find(self, name: str) -> Params:
        found = self._store.endpoints.get(name)
        if found is None:
            raise invalid(f'Could not find endpoint "{self._store.arn("endpoint", name)}".')
        return found
