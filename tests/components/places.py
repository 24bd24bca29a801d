"""Where the components of tests stand."""

from typing import Any

from components.base import Placement


def placement(**changes: Any) -> Placement:
    """An unprotected place in Ireland, with some of it changed."""
    given: dict[str, Any] = {
        "prefix": "mlops-test",
        "path": "/mlops/test/",
        "account_id": "123456789012",
        "region": "eu-west-1",
        "partition": "aws",
        "protected": False,
    }
    return Placement(**{**given, **changes})


VIRGINIA = placement(account_id="111111111111", region="us-east-1")
