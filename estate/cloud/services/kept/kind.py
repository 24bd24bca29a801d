"""What one kind of kept resource is: the operations that make, show, change and remove it, and what they refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.wire import Params

Values = Mapping[str, Any]
Kept = list[Params]  # the records of a kind, to be looked at and changed
Check = Callable[[Account, Params], None]  # raises AwsError where a request names what is not there


@dataclass(frozen=True)
class Above:
    """What must exist before a resource can: another kept kind of the service, or something that moto keeps.

    `member` is the member of the record that names it. A kept one is told by its `kind`. For one of moto's, `exists`
    looks it up and `delete` is the operation that removes it, whose member `given` names it.
    """

    member: str
    kind: str = ""
    exists: Callable[[Account, str], bool] | None = None
    delete: str = ""
    given: str = ""
    holds: bool = True  # it cannot be deleted before this one is; otherwise this one goes with it
    held: str = "ConflictException"  # what a refused deletion is called
    unknown: str = "ResourceNotFoundException"


@dataclass(frozen=True)
class Codes:
    """What the service calls its refusals: of a second one, of an unknown one, of a request that is wrong."""

    taken: str = "ConflictException"
    unknown: str = "ResourceNotFoundException"
    invalid: str = "ValidationException"


@dataclass(frozen=True)
class Kind:
    """One kind. Members have the names of botocore's models; a record holds what was given, and what AWS adds.

    What `shown` is given has `_created` and `_updated` beside the record's members. Strings of `made` are templates:
    `{name}` is a member of the record that is already there, beside `account`, `region`, `partition`, `uuid` and
    `hex<n>`, n random digits.
    """

    service: str  # boto3's name
    kind: str  # what residue checks and this table call it
    create: str | None
    key: tuple[str, ...] = ()  # members that no two may share; none: every call makes another one
    ids: tuple[str, ...] = ()  # members of `made` by which one is found too
    read: str | None = None
    update: tuple[str, ...] = ()  # where `create` is among them, what exists is replaced
    delete: str | None = None
    list: str | None = None
    lists: tuple[str, ...] = ()  # further listings
    many: Mapping[str, str] = field(default_factory=dict)  # operations on several, and the member that lists them
    acts: Mapping[str, Values] = field(default_factory=dict)  # further operations, and what they change in the record
    by_hand: Mapping[str, Callable[[Kept, Params], Params]] = field(
        default_factory=dict
    )  # operations of their own kind
    made: Values = field(default_factory=dict)  # what AWS decides: templates, values, or made of record and number
    defaults: Values = field(default_factory=dict)  # what AWS fills in where the request says nothing
    names: Mapping[str, str] = field(default_factory=dict)  # member of a request or an answer -> of the record
    wraps: tuple[str, ...] = ()  # structures of requests and answers whose members are the record's own
    plain: Mapping[str, Callable[[str], str]] = field(default_factory=dict)  # member -> its one form of several
    shown: Mapping[str, Callable[[Params], Any]] = field(default_factory=dict)  # of an answer, from the record
    above: tuple[Above, ...] = ()
    checks: tuple[Check, ...] = ()
    single: bool = False  # an account has one at most
    always: Values | None = None  # it is there from the beginning, with these values
    busy: Callable[[Params], str | None] | None = None  # why it cannot be deleted now
    arn: str = ""  # member by which tag operations find it; without one it has no tags
    listed: str = ""  # member of an answer's list where it holds plain texts; by default the key
    filters: Mapping[str, str] = field(default_factory=dict)  # list's member -> record's, one value or several
    codes: Codes = Codes()
    told: str = "kept: nothing runs"  # what its operations do not do, for `estate coverage --apis`

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that it answers."""
        single = (self.create, self.read, *self.update, self.delete, *self.acts)
        named = (*single, self.list, *self.lists, *self.many, *self.by_hand)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def identity(self) -> tuple[str, ...]:
        """Members of the record by which a request may mean one."""
        return tuple(dict.fromkeys((*self.key, *self.ids)))
