"""Which services of ours there are, started and stopped together."""

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from estate.cloud.services.account import Account
from estate.cloud.services.automation.automation import Automation
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloud_control import CloudControl, Native
from estate.cloud.services.cloudwatch.alarms import Alarms
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.cloudwatch.metric_filters import MetricFilters
from estate.cloud.services.cloudwatch.saved_queries import SavedQueries
from estate.cloud.services.clusters.clusters import Clusters
from estate.cloud.services.detection import Detection
from estate.cloud.services.events.destinations import Destinations
from estate.cloud.services.events.event_source_mappings import EventSourceMappings
from estate.cloud.services.events.events import Events
from estate.cloud.services.events.patterns import Patterns
from estate.cloud.services.events.pipes import Pipes
from estate.cloud.services.events.schedules import Schedules
from estate.cloud.services.events.targets import Targets
from estate.cloud.services.flags.rollouts import Rollouts
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.gateway.api_front import ApiFront
from estate.cloud.services.gateway.rest_front import RestFront
from estate.cloud.services.gateway.sockets import Sockets
from estate.cloud.services.hosting.capture import Capture
from estate.cloud.services.hosting.components import COMPONENT, CONFIG, Components
from estate.cloud.services.hosting.endpoint_configs import EndpointConfigs
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.hosting.serving import Serving
from estate.cloud.services.jobs.instances import Instances
from estate.cloud.services.jobs.jobs import Office
from estate.cloud.services.jobs.processing import Processing
from estate.cloud.services.jobs.training import Training
from estate.cloud.services.jobs.transforms import Transforms
from estate.cloud.services.jobs.tuning import Tuning
from estate.cloud.services.kept import Kept
from estate.cloud.services.logs import Logs
from estate.cloud.services.networks import Networks
from estate.cloud.services.pipelines.callbacks import Callbacks
from estate.cloud.services.pipelines.pipelines import Pipelines
from estate.cloud.services.pipelines.steps import Workers
from estate.cloud.services.placements import Placements
from estate.cloud.services.registries.feature_groups import FeatureGroups
from estate.cloud.services.registries.feature_records import FeatureRecords
from estate.cloud.services.registries.packages import Packages
from estate.cloud.services.rotations import Rotations
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Table

LOG = logging.getLogger(__name__)
TICK_S = 1.0
WATCH_S = 5.0  # of the clock
LEAST_PAUSE_S = 0.1


class Service(Protocol):
    def register(self, table: Table) -> None:
        """Adds the operations that it answers."""


class Services:
    def __init__(self, account: Account, table: Table, clock: Clock, *, schedules: bool = True) -> None:
        self.account = account
        self._clock = clock
        self.logs = Logs(account)
        self._store = Store(account)
        self._measures = Measures(account)
        self._capture = Capture(account)
        self._writing = threading.Lock()
        self.instances = Instances()
        packages = Packages(account, self._store)
        models = Models(account, self._store, packages)
        configs = EndpointConfigs(account, self._store, models)
        self._functions = Functions(account, self.logs, self._measures)
        self._alarms = Alarms(account, self._functions, self._measures, clock)
        self._serving = Serving(
            account, self._store, self.logs, models, configs, clock, self._alarms.tripped, self._measures, self._capture
        )
        self._alarms.on_action("autoscaling", self._serving.acted)
        office = Office(account, self._store, self.logs, clock, self.instances)
        self.training = Training(office, self._measures)
        pipelines, learning = self._learning(office, packages, models)
        destinations = Destinations(account, self._functions, pipelines.start_pipeline_execution)
        self._events = Events(account, Targets(account, destinations))
        self.schedules = Schedules(account, destinations, self._events, clock, on=schedules)
        self.sockets = Sockets(account, self._functions)
        feature_groups = FeatureGroups(account, self._store)
        self._feature_records = FeatureRecords(account, feature_groups)
        self._clusters = Clusters(account)
        self._placements = Placements(account)
        self._saved_queries = SavedQueries(account)
        self._detection = Detection(account)
        self._declared = self._made_by_declaration(configs)
        self.kept = Kept(account)
        account.known["model-package-group"] = self._store.package_groups.__contains__
        watching = (self._alarms, MetricFilters(account, self._measures), self._saved_queries, self._detection)
        features = (feature_groups, self._feature_records)
        machines = (self._clusters, self._placements, Networks(account))
        hosting = (configs, self._serving, self._declared)
        for group in (learning, hosting, self._acting(destinations), self._doors(), watching, features, machines):
            for service in group:
                service.register(table)
        self.kept.register(table)
        table.add("sagemaker", (self._store.add_tags, self._store.list_tags, self._store.delete_tags))

    def _learning(self, office: Office, packages: Packages, models: Models) -> tuple[Pipelines, Sequence[Service]]:
        """What jobs and pipelines need; the pipelines apart, as events start them."""
        processing, transforms = Processing(office), Transforms(office, models)
        tuning, callbacks = Tuning(office, self.training), Callbacks(self.account)
        workers = Workers(processing, self.training, transforms, tuning, models, packages, self._functions, callbacks)
        pipelines = Pipelines(self.account, self._clock, self._store, workers)
        return pipelines, (processing, self.training, transforms, tuning, packages, models, pipelines, callbacks)

    def _made_by_declaration(self, configs: EndpointConfigs) -> CloudControl:
        components = Components(self._store, configs)
        self.account.known["inference-component"] = components.has
        native = {
            CONFIG: Native(configs.create_endpoint_config, components.unmake_config),
            COMPONENT: Native(components.make, components.remove),
        }
        return CloudControl(self.account, native)

    def _acting(self, destinations: Destinations) -> Sequence[Service]:
        """What does something because something happened, or because it is time."""
        return (
            self._functions,
            self._events,
            self.schedules,
            Pipes(self.account, destinations, self._clock),
            EventSourceMappings(self.account, self._functions, self._clock),
            Automation(self.account, self._clock),
            Rollouts(self.account, self._clock, self._alarms.tripped),
            Rotations(self.account, self._functions),
            Patterns(),
        )

    def _doors(self) -> Sequence[Service]:
        return (
            ApiFront(self.account, self._functions, self.logs, self._measures),
            RestFront(self.account, self._functions, self.logs, self._measures),
            self.sockets,
        )

    def start(self) -> None:
        """Starts what works by itself."""
        self.account.processes.spawn(self._tick, "ticker")
        self.account.processes.spawn(self._watch, "watcher")

    def stop(self) -> None:
        self.account.processes.closing.set()
        self._serving.stop()
        self.account.processes.close()

    def flush(self) -> None:
        """Does now what would be done in a moment."""
        self._serving.flush()
        self._write()
        self._measures.flush()
        self._alarms.evaluate()
        self._events.flush()

    def _write(self) -> None:
        """Writes what waits; afterwards nothing that waited before is still on its way in another thread."""
        with self._writing:
            self._capture.flush()
            self._feature_records.flush()

    def content(self) -> dict[str, dict[str, frozenset[str]]]:
        """Ids of what our services hold and moto does not."""
        found = self.kept.content()
        ours = {
            "sagemaker": self._store.content(),
            "cloudcontrol": self._declared.content(),
            "eks": self._clusters.content(),
            "ec2": self._placements.content(),
            "cloudwatch": self._alarms.content(),
            "logs": {"query-definition": self._saved_queries.content()},
        }
        for service, kinds in (*ours.items(), *self._detection.content().items()):
            found[service] = {**found.get(service, {}), **kinds}
        return found

    def _tick(self) -> None:
        while not self.account.processes.closing.wait(TICK_S):
            try:
                self._write()
            except Exception:  # what could not be written once must not end all later writing
                if not self.account.processes.closing.is_set():
                    LOG.exception("the emulated AWS could not flush")

    def _watch(self) -> None:
        """What goes by the clock is looked at as often as by a slow one."""
        pause_s = min(TICK_S, max(LEAST_PAUSE_S, WATCH_S / self._clock.speed))
        while not self.account.processes.closing.wait(pause_s):
            try:
                self._alarms.flush()
                self.schedules.tick()
                self._serving.tick()
            except Exception:
                if not self.account.processes.closing.is_set():
                    LOG.exception("the emulated AWS could not watch")
