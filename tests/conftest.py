"""The order of the tests: what takes longest begins first, so that no worker is left alone with it in the end."""

import pytest

LONG = (
    "tests/rehearsal/test_rehearsal.py",
    "tests/cloud/resources/test_coverage.py",
    "tests/rehearsal/test_interrupt.py",
    "tests/test_cli.py",
    "tests/rehearsal/test_failures.py",
    "tests/rehearsal/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts whole files; `--dist loadfile` hands them out in this order with `--no-loadscope-reorder`."""
    items.sort(key=lambda item: next((at for at, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG)))
