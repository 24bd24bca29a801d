"""What each Pulumi resource type is in AWS's API: a table of rows, and the calls that a goal becomes."""

from estate.cloud.resources.fit import UnmappedInput
from estate.cloud.resources.requests import calls, replaces
from estate.cloud.resources.row import Call, Row
from estate.cloud.resources.table import RECORDED, UnknownType, recorded, row

__all__ = ["RECORDED", "Call", "Row", "UnknownType", "UnmappedInput", "calls", "recorded", "replaces", "row"]
