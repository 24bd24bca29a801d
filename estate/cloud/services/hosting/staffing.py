"""Makes the variants of a fleet, and starts them."""

from dataclasses import dataclass, field

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.floors import Floor
from estate.cloud.services.hosting.hosts import Host
from estate.cloud.services.hosting.models import Models, Serving
from estate.cloud.services.hosting.multi_model import MultiModelHost
from estate.cloud.services.hosting.serverless import Serverless
from estate.cloud.services.hosting.variants import Instances, Variant
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import Params


@dataclass(frozen=True)
class Retained:
    """What an update takes over from the fleet before, by variant, in place of what its configuration says."""

    weights: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    capture: Params | None = None


@dataclass(frozen=True)
class Staff:
    account: Account
    logs: Logs
    models: Models
    clock: Clock

    def fill(self, endpoint: str, fleet: Fleet, retained: Retained) -> None:
        """Starts every variant of the fleet's configuration. Raises HostFailed, AwsError; some may then run."""
        for kind, members in (("ProductionVariants", fleet.members), ("ShadowProductionVariants", fleet.shadows)):
            for config in fleet.config.get(kind, []):
                name = config["VariantName"]
                weight = float(config.get("InitialVariantWeight", 1.0))
                fleet.weights[name] = retained.weights.get(name, weight)
                members[name] = self._make(endpoint, config, retained.counts.get(name))
                members[name].start()

    def _make(self, endpoint: str, config: Params, count: int | None) -> Variant:
        if "ModelName" not in config:
            return Floor(config)
        serving = self.models.serving(config["ModelName"])

        def launch(timeout_s: float) -> Host:
            host = self._host(endpoint, config["VariantName"], serving)
            host.start(timeout_s)
            return host

        if "ServerlessConfig" in config:
            return Serverless(config, launch, self.clock)
        return Instances(config, launch, count, multi_model=serving.multi_model)

    def _host(self, endpoint: str, variant: str, serving: Serving) -> Host:
        kind = MultiModelHost if serving.multi_model else Host
        return kind(self.account, self.logs, endpoint, variant, serving)
