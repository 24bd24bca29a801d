"""One row a Pulumi resource type: which API calls make it, show it, change it and remove it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from estate.cloud.resources.template import At

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One API call: boto3's service, botocore's operation name (`CreateTopic`) and its parameters."""

    service: str
    operation: str
    params: Values


@dataclass(frozen=True)
class Step:
    """One API call of a row, before it meets a resource.

    Parameters come from the inputs that the call takes, matched to the operation's input shape, and from `params`,
    whose strings are templates: `{...}` holds a JMESPath over `in` (inputs), `id`, `out` (outputs), `made` (answer of
    the creating call), `read`, `account`, `region` and `partition`; a template that is one placeholder keeps its type.
    """

    operation: str
    takes: tuple[str, ...] | None = None  # inputs that it carries; None: all that no other step takes
    params: Values = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # input's dotted path -> member's dotted path
    via: Mapping[str, Callable[[Any], Values]] = field(default_factory=dict)  # input -> the parameters it becomes
    build: Callable[[Values, Values], Values] | None = None  # instead of matching: taken inputs, what is known
    when: Callable[[Values], bool] | None = None  # of all inputs; by default, that one it takes is there
    each: str | None = None  # JMESPath of items it is called for, one after another; `item` in templates
    needs: tuple[str, ...] = ()  # parameters without which there is nothing to call for
    whole: bool = True  # it states everything it takes: what is left out goes back to its default
    at: str = "@"  # JMESPath of the interesting part of the answer
    into: str | None = None  # key under which a reading goes; None: merged
    missing: tuple[str, ...] = ()  # error codes that mean "nothing there"
    service: str | None = None  # where it is not the row's


@dataclass(frozen=True)
class Wait:
    """Polls the reading until a status is reached."""

    path: str  # JMESPath of the status in the reading
    until: frozenset[str]
    failed: frozenset[str] = frozenset()
    reason: str = "FailureReason"


@dataclass(frozen=True)
class Tagging:
    """How tags of an existing resource are changed and listed; parameters are templates as in Step."""

    add: str
    remove: str
    listing: str | None
    target: Values
    keys: str = "TagKeys"  # parameter that names the tags to remove
    at: str = "Tags"
    listed: Values | None = None  # target of the listing, where it is named otherwise
    tags: str = "tags"  # parameter that gets the tags to add, matched like an input


@dataclass(frozen=True)
class Row:
    """A resource type.

    `fixed` are the inputs that cannot change in place; `local` those that steer this provider and reach no API call.
    `name` is the input that holds the physical name, `outputs` are templates by Pulumi property.
    """

    type: str
    service: str
    create: Step
    id: str | At
    read: tuple[Step, ...]
    delete: tuple[Step, ...]
    follow: tuple[Step, ...] = ()
    update: tuple[Step, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    fixed: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    defaults: Values = field(default_factory=dict)  # inputs that pulumi-aws fills in
    tags: str | None = None  # EC2 only: the resource type in TagSpecifications
    tagging: Tagging | None = None  # None: the service's
    wait: Wait | None = None
    gone: tuple[str, ...] = ()  # error codes of a reading that mean it does not exist
    gone_when: Wait | None = None  # status that counts as gone, for what is deleted later
    sample_id: str = ""  # stands for an id that only the cloud gives, in calls that are checked and never sent
    auto: str | None = None  # input that gets a name of its own where it is not given; by default the physical name
    clear: Callable[[Callable[[str], Any], Values], None] | None = None  # what must go before it is deleted
    confirm: Mapping[str, str] = field(default_factory=dict)  # input -> JMESPath that must hold it after an update
    lasting: bool = False  # something of its kind is there after its deletion too
    adopted: bool = False  # exists before it is declared, so that its deletion leaves it
    seen: Mapping[str, str] = field(default_factory=dict)  # input -> JMESPath over the reading, where names differ
    silent: tuple[str, ...] = ()  # inputs that AWS takes and never answers with
    fixed_within: Callable[[Values, Values, str], bool] | None = None  # new, old inputs, region: a new one is made
    answers: Mapping[str, Callable[[Any, Values], Any]] = field(default_factory=dict)  # input -> what AWS answers of it
    cloudformation: str = ""  # its CloudFormation type
