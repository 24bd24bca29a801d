"""Which resources belong to which: by what a property hangs on, and where that is not known, by name."""

from .rule import Resource, Stack

# Inputs by which AWS, and so other resources, call a thing.
NAMES = ("bucket", "name", "arn", "id")


def belonging(stack: Stack, type: str, property: str, owner: Resource) -> list[Resource]:
    """The resources of `type` whose `property` is the name, id or ARN of `owner`."""
    return [resource for resource in stack.of(type) if points_at(resource, property, owner)]


def points_at(resource: Resource, property: str, owner: Resource) -> bool:
    """Whether `property` of `resource` stands for `owner`.

    The engine knows on what a property hangs, in a preview too. A property that hangs on nothing is plain text and is
    compared with the owner's name. Raises Undecided where a plain name must be compared with an unknown one.
    """
    hangs_on = resource.property_dependencies.get(property, ())
    if hangs_on:
        return owner.urn in hangs_on
    if property not in resource.inputs:
        return False
    value = resource.values[property]
    names = [owner.values[name] for name in NAMES if owner.inputs.get(name) is not None]
    return any(value == name or str(value).endswith((f":{name}", f"/{name}")) for name in names)
