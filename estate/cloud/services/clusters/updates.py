"""The record of a change to a cluster or to what belongs to it; here it is done when it is answered."""

import uuid

from estate.cloud.services.account import now
from estate.cloud.services.wire import Params


def update(kind: str) -> Params:
    return {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": [],
        "createdAt": now(),
        "errors": [],
    }
