"""Resources that Cloud Control makes, as what they are: a CloudFormation type with its properties."""

from collections.abc import Iterator

from .rule import Resource, Stack
from .values import Inputs, document

DECLARED = "aws:cloudcontrol/resource:Resource"


def declares(resource: Resource, type: str) -> bool:
    """Whether it is of this type of CloudFormation."""
    return resource.type == DECLARED and resource.inputs.get("typeName") == type


def state(inputs: Inputs, type: str) -> Inputs | None:
    """The properties of a declared resource of this type, by its inputs; None where it is of another."""
    return document(inputs["desiredState"]) if inputs.get("typeName") == type else None


def declared(stack: Stack, type: str) -> Iterator[tuple[Resource, Inputs]]:
    """The declared resources of this type, each with its properties."""
    return ((each, document(each.values["desiredState"])) for each in stack.of(DECLARED) if declares(each, type))
