"""SageMaker endpoints: made, updated, described, listed and deleted; what serves them is in deployments."""

from contextlib import AbstractContextManager

from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting import endpoint_events, guardrails
from estate.cloud.services.hosting.capture import describe as describe_capture
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.endpoint_configs import EndpointConfigs
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.guardrails import Guardrails
from estate.cloud.services.hosting.staffing import Retained
from estate.cloud.services.hosting.variants import Instances
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import Params, Table

BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


class Endpoints:
    def __init__(self, account: Account, store: Store, configs: EndpointConfigs, deployments: Deployments) -> None:
        self._account = account
        self._store = store
        self._configs = configs
        self._deployments = deployments
        deployments.describe = self._describe

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_endpoint,
                self.update_endpoint,
                self.describe_endpoint,
                self.list_endpoints,
                self.delete_endpoint,
            ),
        )

    def serving(self, name: str, preferred: Fleet | None = None) -> AbstractContextManager[Fleet]:
        """See Deployments."""
        return self._deployments.serving(name, preferred)

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
        self._deployments.begin(name, config, Retained(), Guardrails())
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
            traffic = self._deployments.traffic.get(name)
            if traffic is not None:
                guardrails.check_change(traffic.fleet.config, config, deployment)
            rails = guardrails.read(deployment, config["ProductionVariants"], self._account)
            retained = Retained()
            if traffic is not None and params.get("RetainAllVariantProperties"):
                left_out = params.get("ExcludeRetainedVariantProperties", [])
                retained = _retained(traffic.fleet, {item["VariantPropertyType"] for item in left_out})
            record.pop("FailureReason", None)
            record.update(EndpointStatus="Updating", LastModifiedTime=now())
            if deployment is not None:
                record["LastDeploymentConfig"] = deployment
        self._deployments.begin(name, config, retained, rails)
        return {"EndpointArn": record["EndpointArn"]}

    def describe_endpoint(self, params: Params) -> Params:
        with self._account.lock:
            self._find(params["EndpointName"])
            return self._describe(params["EndpointName"])

    def _describe(self, name: str) -> Params:
        with self._account.lock:
            record = dict(self._store.endpoints[name])
            traffic = self._deployments.traffic.get(name)
            rollout = self._deployments.rollouts.get(name)
            if rollout is not None:
                record["PendingDeploymentSummary"] = rollout.summary(traffic)
            if traffic is not None:
                fleet = traffic.fleet
                record |= fleet.describe()
                record |= select(fleet.config, "AsyncInferenceConfig")
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
            described = {**self._describe(name), "EndpointStatus": "Deleting"}
            traffic = self._deployments.traffic.pop(name, None)
            del self._store.endpoints[name]
            self._store.tags.pop(record["EndpointArn"], None)
        if traffic is not None:
            traffic.stop()
        endpoint_events.endpoint_changed(self._account, described)
        return {}

    def _find(self, name: str) -> Params:
        found = self._store.endpoints.get(name)
        if found is None:
            raise invalid(f'Could not find endpoint "{self._store.arn("endpoint", name)}".')
        return found


def _retained(fleet: Fleet, left_out: set[str]) -> Retained:
    """Weights, instances and data capture of the fleet, without the kinds that are left out."""
    members = fleet.everybody()
    counts = {name: member.desired for name, member in members.items() if isinstance(member, Instances)}
    return Retained(
        dict(fleet.weights) if "DesiredWeight" not in left_out else {},
        counts if "DesiredInstanceCount" not in left_out else {},
        fleet.config.get("DataCaptureConfig") if "DataCaptureConfig" not in left_out else None,
    )
