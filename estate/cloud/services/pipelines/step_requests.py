"""Requests that steps make: checked as those of a client are, who has botocore look at types and members first."""

from botocore.validate import ParamValidator

from estate.cloud.models import input_shape
from estate.cloud.services.checks import invalid
from estate.cloud.services.shapes import violations
from estate.cloud.services.wire import Params


def checked(operation: str, arguments: Params) -> Params:
    """`arguments`. Raises AwsError (ValidationException) for unknown, missing, mistyped and forbidden members."""
    report = ParamValidator().validate(arguments, input_shape("sagemaker", operation))
    if report.has_errors():
        raise invalid(report.generate_report())
    faults = violations("sagemaker", operation, arguments)
    if faults:
        raise invalid("; ".join(faults))
    return arguments
