"""What CloudFormation knows and pulumi-aws has no class for, through Cloud Control: one helper for all of it."""

from collections.abc import Mapping, Sequence
from enum import Enum

import pulumi
from pulumi_aws import cloudcontrol

from components.base import Component

Value = pulumi.Input[str | int | float | bool] | Mapping[str, "Value"] | Sequence["Value"] | None


class TagsAs(Enum):
    """How a CloudFormation type takes its tags; `estate plan` refuses a form that the type does not have."""

    PAIRS = "a list of Key and Value"
    MAP = "a map"
    NONE = "not at all"


def cloud_control(
    name: str,
    type: str,
    properties: Mapping[str, Value],
    opts: pulumi.ResourceOptions | None = None,
    *,
    tags: TagsAs = TagsAs.PAIRS,
) -> cloudcontrol.Resource:
    """A resource of a CloudFormation type such as `AWS::SageMaker::InferenceComponent`.

    `properties` are its desired state, with CloudFormation's own names; outputs may stand anywhere inside, and what is
    None is left out. The text has sorted keys, so that the same state is the same text. A provider's default tags do
    not reach a type that it does not know: those of the parent's placement are added here, and `Tags` of `properties`
    go over them. `estate plan` checks the state against CloudFormation's schema. The `id` of the result is the type's
    primary identifier, and what the resource says once it exists is in its `properties`, as JSON text.

    Raises ValueError for a type that is not written as CloudFormation writes it.
    """
    parts = type.split("::")
    if len(parts) != 3 or not all(parts) or parts[0] != "AWS":
        raise ValueError(f"{type!r} is no CloudFormation type; they are written like AWS::SageMaker::Cluster")
    state = {key: _present(value) for key, value in properties.items() if value is not None}
    tagged = _tags(opts, state.get("Tags"), tags)
    if tagged is not None:
        state["Tags"] = tagged
    desired = pulumi.Output.json_dumps(state, sort_keys=True, separators=(",", ":"))
    return cloudcontrol.Resource(name, type_name=type, desired_state=desired, opts=opts)


def _present(value: Value) -> Value:
    """The value without members that are None."""
    if isinstance(value, Mapping):
        return {key: _present(item) for key, item in value.items() if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_present(item) for item in value if item is not None]
    return value


def _tags(opts: pulumi.ResourceOptions | None, own: Value, form: TagsAs) -> Value:
    parent = opts.parent if opts is not None else None
    given = dict(parent.placement.tags) if isinstance(parent, Component) else {}
    if form is TagsAs.NONE or not (given or own):
        return own
    if form is TagsAs.MAP:
        return {**given, **(own if isinstance(own, Mapping) else {})}
    pairs = [pair for pair in own if isinstance(pair, Mapping)] if isinstance(own, Sequence) else []
    named = {pair["Key"] for pair in pairs}
    kept = [{"Key": key, "Value": given[key]} for key in sorted(given) if key not in named]
    return [*kept, *pairs]
