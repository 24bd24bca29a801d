"""The serving side of SageMaker: endpoints, their runtime, and what goes on by itself."""

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.hosting.asynchronous import Asynchronous
from estate.cloud.services.hosting.capacity import Capacity
from estate.cloud.services.hosting.capture import Capture
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.endpoint_configs import EndpointConfigs
from estate.cloud.services.hosting.endpoints import Endpoints
from estate.cloud.services.hosting.instance_metrics import InstanceMetrics
from estate.cloud.services.hosting.invoker import Invoker
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.hosting.rollouts import Tripped
from estate.cloud.services.hosting.runtime import Runtime
from estate.cloud.services.hosting.scaling.autoscaling import Autoscaling
from estate.cloud.services.hosting.serverless import Serverless
from estate.cloud.services.hosting.staffing import Staff
from estate.cloud.services.logs import Logs
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Table


class Serving:
    def __init__(
        self,
        account: Account,
        store: Store,
        logs: Logs,
        models: Models,
        configs: EndpointConfigs,
        clock: Clock,
        tripped: Tripped,
        measures: Measures,
        capture: Capture,
    ) -> None:
        self._deployments = Deployments(account, store, Staff(account, logs, models, clock), clock, tripped)
        endpoints = Endpoints(account, store, configs, self._deployments)
        invoker = Invoker(account, measures)
        capacity = Capacity(account, store, self._deployments)
        self._runtime = Runtime(account, endpoints, invoker, capture, clock)
        self._asynchronous = Asynchronous(account, self._deployments, invoker, capture, measures, clock)
        self._autoscaling = Autoscaling(account, self._deployments, capacity, measures, clock)
        self._instances = InstanceMetrics(self._deployments, measures, clock)
        self._services = (endpoints, capacity, self._runtime, self._asynchronous, self._autoscaling)

    def register(self, table: Table) -> None:
        for service in self._services:
            service.register(table)

    def acted(self, arn: str, _change: object) -> None:
        """An alarm's action of the service `autoscaling`. Raises AwsError."""
        self._autoscaling.acted(arn)

    def tick(self) -> None:
        """What is due now."""
        for fleet in self._deployments.fleets().values():
            for member in fleet.members.values():
                if isinstance(member, Serverless):
                    member.rest()
        self._asynchronous.tick()
        self._autoscaling.tick()
        self._instances.tick()

    def flush(self) -> None:
        """Waits for what was begun, and puts what is measured from time to time."""
        self._runtime.shadows.flush()
        self._asynchronous.flush()
        self._instances.put()

    def stop(self) -> None:
        """Stops every host."""
        self._deployments.stop()
