"""Objects of which a delete marker is the newest version can be removed after versioning was suspended.

moto then disposes of all versions of a key at once, and answers 500 where one of them is a delete marker.
"""

from collections.abc import Generator
from contextlib import contextmanager

from moto.s3.models import FakeDeleteMarker


@contextmanager
def markers_are_disposed_of() -> Generator[None]:
    """Within it, a delete marker has nothing to dispose of."""
    FakeDeleteMarker.dispose = _dispose  # ty: ignore[missing-attribute]
    try:
        yield
    finally:
        del FakeDeleteMarker.dispose  # ty: ignore[missing-attribute]


def _dispose(_marker: FakeDeleteMarker) -> None:
    """It has no content."""
