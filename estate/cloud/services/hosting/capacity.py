"""How much of each variant there is: weights, instances, serverless concurrency, changed while it serves."""

from collections.abc import Callable

from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting import endpoint_events
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.hosts import HostFailed
from estate.cloud.services.hosting.serverless import Serverless
from estate.cloud.services.hosting.variants import Instances, Variant
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Params, Table


class Capacity:
    def __init__(self, account: Account, store: Store, deployments: Deployments) -> None:
        self._account = account
        self._store = store
        self._deployments = deployments

    def register(self, table: Table) -> None:
        table.add("sagemaker", (self.update_endpoint_weights_and_capacities,))

    def update_endpoint_weights_and_capacities(self, params: Params) -> Params:
        done = self.change(params["EndpointName"], params["DesiredWeightsAndCapacities"])
        self._account.processes.spawn(done, f"capacity-{params['EndpointName']}")
        return {"EndpointArn": self._store.arn("endpoint", params["EndpointName"])}

    def change(self, name: str, wanted: list[Params]) -> Callable[[], None]:
        """Checks and begins the change, the endpoint is Updating; what is returned carries it out.

        Raises AwsError (ValidationException); nothing has then changed.
        """
        with self._account.lock:
            record = self._store.endpoints.get(name)
            if record is None:
                raise invalid(f'Could not find endpoint "{self._store.arn("endpoint", name)}".')
            traffic = self._deployments.traffic.get(name)
            if traffic is None or record["EndpointStatus"] != "InService":
                raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
            fleet = traffic.fleet
            names = [each["VariantName"] for each in wanted]
            if len(set(names)) < len(names):
                raise invalid(f"DesiredWeightsAndCapacities: variant names must be unique: {', '.join(names)}")
            for each in wanted:
                member = fleet.everybody().get(each["VariantName"])
                if member is None:
                    raise invalid(f'The variant name "{each["VariantName"]}" was not found in the endpoint.')
                _check(each, member, fleet)
            for each in wanted:
                if "DesiredWeight" in each:
                    fleet.desired[each["VariantName"]] = float(each["DesiredWeight"])
                member = fleet.everybody()[each["VariantName"]]
                if "DesiredInstanceCount" in each and isinstance(member, Instances):
                    member.desired = each["DesiredInstanceCount"]
            record.pop("FailureReason", None)
            record.update(EndpointStatus="Updating", LastModifiedTime=now())
        endpoint_events.deployment_changed(self._account, self._deployments.describe(name))
        return lambda: self._carry_out(name, fleet, wanted)

    def _carry_out(self, name: str, fleet: Fleet, wanted: list[Params]) -> None:
        failure = None
        for each in wanted:
            try:
                self._apply(fleet, each)
            except HostFailed as error:
                failure = str(error)
        with self._account.lock:
            if self._account.processes.closing.is_set():
                return
            record = self._store.endpoints[name]
            record.update(EndpointStatus="InService", LastModifiedTime=now())
            if failure is not None:
                record["FailureReason"] = failure
        endpoint_events.endpoint_changed(self._account, self._deployments.describe(name))

    def _apply(self, fleet: Fleet, wanted: Params) -> None:
        name = wanted["VariantName"]
        member = fleet.everybody()[name]
        if "DesiredWeight" in wanted:
            fleet.weights[name] = fleet.desired.pop(name)
        if isinstance(member, Instances) and "DesiredInstanceCount" in wanted:
            member.resize(wanted["DesiredInstanceCount"])
        if isinstance(member, Serverless) and "ServerlessUpdateConfig" in wanted:
            member.change(wanted["ServerlessUpdateConfig"])


def _check(wanted: Params, member: Variant, fleet: Fleet) -> None:
    name, count = wanted["VariantName"], wanted.get("DesiredInstanceCount")
    if isinstance(member, Serverless):
        if count is not None:
            raise invalid(f"Variant {name} is serverless; it has no DesiredInstanceCount")
        limits = {**member.limits, **wanted.get("ServerlessUpdateConfig", {})}
        if limits.get("ProvisionedConcurrency", 0) > limits["MaxConcurrency"]:
            raise invalid(f"Variant {name}: ProvisionedConcurrency must be less than or equal to MaxConcurrency")
    elif "ServerlessUpdateConfig" in wanted:
        raise invalid(f"Variant {name} is not serverless; it takes no ServerlessUpdateConfig")
    if count == 0 and not fleet.asynchronous:
        raise invalid(f"Variant {name}: DesiredInstanceCount must be at least 1; only asynchronous endpoints go to 0")
