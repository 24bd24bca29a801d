"""SageMaker endpoints: fleets of serving processes, replaced as a whole.

Every update is blue/green with all traffic shifted at once: a new fleet is brought into service before the old one is
stopped, and a fleet that does not come up leaves the old one serving. A DeploymentConfig is stored and answered, but
its traffic shifting, baking time and alarms are not acted on.
"""

import random
from dataclasses import dataclass, field

from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.endpoint_configs import EndpointConfigs
from estate.cloud.services.hosts import STARTUP_S, Host, HostFailed
from estate.cloud.services.logs import Logs
from estate.cloud.services.models import Models
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import AwsError, Params, Table

STARTUP_MEMBER = "ContainerStartupHealthCheckTimeoutInSeconds"
BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@dataclass(frozen=True)
class Fleet:
    """The hosts of one configuration, by variant, and the weights that route to them."""

    config: Params
    hosts: dict[str, Host] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    def choose(self) -> str:
        """A variant, as often as its weight among all weights says."""
        names = list(self.weights)
        if sum(self.weights.values()) <= 0:
            return names[0]
        return random.choices(names, [self.weights[name] for name in names])[0]  # noqa: S311 - routing, not a secret

    def stop(self) -> None:
        for host in self.hosts.values():
            host.stop()


class Endpoints:
    def __init__(self, account: Account, store: Store, logs: Logs, models: Models, configs: EndpointConfigs) -> None:
        self._account = account
        self._store = store
        self._logs = logs
        self._models = models
        self._configs = configs
        self._fleets: dict[str, Fleet] = {}

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
        self._deploy(name, config, None)
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
            deployment = params.get("DeploymentConfig", {})
            if "RollingUpdatePolicy" in deployment and "BlueGreenUpdatePolicy" in deployment:
                raise invalid("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be given")
            record.pop("FailureReason", None)
            record.update(EndpointStatus="Updating", LastModifiedTime=now())
            if "DeploymentConfig" in params:
                record["LastDeploymentConfig"] = params["DeploymentConfig"]
            weights = dict(self._fleets[name].weights) if params.get("RetainAllVariantProperties") else None
        self._deploy(name, config, weights)
        return {"EndpointArn": record["EndpointArn"]}

    def describe_endpoint(self, params: Params) -> Params:
        with self._account.lock:
            record = dict(self._find(params["EndpointName"]))
            fleet = self._fleets.get(record["EndpointName"])
            if fleet is not None:
                record["ProductionVariants"] = [_variant(item, fleet) for item in fleet.config["ProductionVariants"]]
                capture = fleet.config.get("DataCaptureConfig")
                if capture is not None:
                    record["DataCaptureConfig"] = {
                        "EnableCapture": capture.get("EnableCapture", False),
                        "CaptureStatus": "Started" if capture.get("EnableCapture", False) else "Stopped",
                        "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
                        "DestinationS3Uri": capture["DestinationS3Uri"],
                        "KmsKeyId": capture.get("KmsKeyId", ""),
                    }
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
            fleet = self._fleets.pop(name, None)
            del self._store.endpoints[name]
            self._store.tags.pop(record["EndpointArn"], None)
        if fleet is not None:
            fleet.stop()
        return {}

    def update_endpoint_weights_and_capacities(self, params: Params) -> Params:
        with self._account.lock:
            record = self._find(params["EndpointName"])
            fleet = self._fleets.get(params["EndpointName"])
            if fleet is None or record["EndpointStatus"] != "InService":
                raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
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

    def fleet(self, name: str) -> Fleet:
        """What serves an endpoint now. Raises AwsError (ValidationError) where nothing does."""
        with self._account.lock:
            fleet = self._fleets.get(name)
        if fleet is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._account.account_id} not found.")
        return fleet

    def stop(self) -> None:
        """Stops every host."""
        with self._account.lock:
            fleets = list(self._fleets.values())
            self._fleets.clear()
        for fleet in fleets:
            fleet.stop()

    def _deploy(self, name: str, config: Params, weights: dict[str, float] | None) -> None:
        # A later change of the configuration's record must not reach what runs.
        copy = {**config, "ProductionVariants": [dict(item) for item in config["ProductionVariants"]]}
        self._account.processes.spawn(lambda: self._replace(name, copy, weights), f"endpoint-{name}")

    def _replace(self, name: str, config: Params, weights: dict[str, float] | None) -> None:
        fleet = Fleet(config)
        failure = None
        try:
            for variant in config["ProductionVariants"]:
                self._start(name, fleet, variant, weights or {})
        except (HostFailed, AwsError) as error:
            failure = str(error)
        except Exception as error:  # an endpoint must come to rest, whatever happened to it
            failure = f"InternalServerError: {type(error).__name__}: {error}"
        with self._account.lock:
            record = self._store.endpoints.get(name)
            if record is None or self._account.processes.closing.is_set():
                leaving: Fleet | None = fleet
                record = None
            elif failure is None:
                leaving = self._fleets.get(name)
                self._fleets[name] = fleet
                record.update(EndpointConfigName=config["EndpointConfigName"], EndpointStatus="InService")
            else:
                leaving = fleet
                record["FailureReason"] = failure
                record["EndpointStatus"] = "InService" if name in self._fleets else "Failed"
            if record is not None:
                record["LastModifiedTime"] = now()
        if leaving is not None:
            leaving.stop()
        if record is not None:
            self._tell(record)

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
        detail["EndpointStatus"] = record["EndpointStatus"].replace("InService", "IN_SERVICE").upper()
        self._account.publish("aws.sagemaker", "SageMaker Endpoint State Change", detail, [record["EndpointArn"]])

    def _find(self, name: str) -> Params:
        found = self._store.endpoints.get(name)
        if found is None:
            raise invalid(f'Could not find endpoint "{self._store.arn("endpoint", name)}".')
        return found


def _variant(variant: Params, fleet: Fleet) -> Params:
    name, count = variant["VariantName"], variant.get("InitialInstanceCount", 1)
    return {
        "VariantName": name,
        "CurrentWeight": fleet.weights[name],
        "DesiredWeight": fleet.weights[name],
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }
