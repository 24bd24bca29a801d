"""Instances of an endpoint for inference components: there is room on them, and nothing answers."""

from collections.abc import Generator
from contextlib import contextmanager

from estate.cloud.services.hosting.hosts import Host
from estate.cloud.services.hosting.variants import Lease, Variant
from estate.cloud.services.store import select
from estate.cloud.services.wire import AwsError, Params


class Floor(Variant):
    """A variant without a model: no process runs, and every request is refused."""

    def __init__(self, config: Params) -> None:
        super().__init__(config, _nothing)
        self.current: int = config["InitialInstanceCount"]

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        self.current = 0

    def hosts(self) -> list[Host]:
        return []

    @contextmanager
    def lease(self) -> Generator[Lease]:
        raise AwsError(
            "ValidationError", f"Variant {self.name} is for inference components, which do not answer offline"
        )
        yield  # a generator, as its base says

    def describe(self) -> Params:
        return {
            "CurrentInstanceCount": self.current,
            "DesiredInstanceCount": self.current,
            **select(self.config, "RoutingConfig", "ManagedInstanceScaling"),
        }


def _nothing(_seconds: float) -> Host:
    raise AssertionError("a floor launches no host")
