"""The emulated AWS: moto's server in this process, and real behaviour where moto lacks or fakes it."""

from estate.cloud.cloud import Cloud, CloudError
from estate.cloud.services.snapshot import Snapshot

__all__ = ["Cloud", "CloudError", "Snapshot"]
