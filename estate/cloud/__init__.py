"""The emulated AWS: moto's server in this process, and real behaviour where moto lacks or fakes it."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estate.cloud.cloud import Cloud, CloudError

__all__ = ["Cloud", "CloudError"]


def __getattr__(name: str) -> object:
    """Imported when asked for: a plan needs `estate.cloud.resources`, and neither moto nor boto3."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("estate.cloud.cloud"), name)
