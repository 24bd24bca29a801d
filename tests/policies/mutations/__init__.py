"""One mutation a rule, by the rule's id; one module for each of `policies/rules`, found by itself.

A rule without a mutation fails the test: add one to the module of the same name as the rule's, or make that module.
"""

import importlib
import pkgutil

from tests.policies.mutations.kit import Mutation


def mutations() -> dict[str, Mutation]:
    """All mutations of all modules here."""
    found: dict[str, Mutation] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        if module != "kit":
            found |= importlib.import_module(f"{__name__}.{module}").MUTATIONS
    return found
