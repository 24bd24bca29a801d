"""One sample a kept kind, by `service:kind`; one module for each of `kept/entries`, found by itself."""

import importlib
import pkgutil

from tests.cloud.services.kept.stage import Sample


def samples() -> dict[str, Sample]:
    """All samples of all modules here."""
    found: dict[str, Sample] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        found |= importlib.import_module(f"{__name__}.{module}").SAMPLES
    return found
