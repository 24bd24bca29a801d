"""Requests that steps make: checked as those of a client are, who has botocore look at types and members first."""

from functools import cache

import botocore.session
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

from estate.cloud.services.checks import invalid
from estate.cloud.services.shapes import violations
from estate.cloud.services.wire import Params


def checked(operation: str, arguments: Params) -> Params:
    """`arguments`. Raises AwsError (ValidationException) for unknown, missing, mistyped and forbidden members."""
    report = ParamValidator().validate(arguments, _shape(operation))
    if report.has_errors():
        raise invalid(report.generate_report())
    faults = violations("sagemaker", operation, arguments)
    if faults:
        raise invalid("; ".join(faults))
    return arguments


@cache
def _shape(operation: str) -> Shape:
    loader = botocore.session.get_session().get_component("data_loader")
    model = ServiceModel(loader.load_service_model("sagemaker", "service-2"), "sagemaker")
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    return shape
