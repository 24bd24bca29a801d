"""Answers the operations of all kept kinds of one service."""

from collections.abc import Iterable, Sequence
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel

from estate.cloud.services.account import Account, now
from estate.cloud.services.kept import listing
from estate.cloud.services.kept.door import model, refused
from estate.cloud.services.kept.kind import Above, Kind
from estate.cloud.services.kept.records import Record, as_map, as_shape, filled, merged, shown, taken_in
from estate.cloud.services.shapes import faults
from estate.cloud.services.wire import AwsError, Params, PassOn

TAGGING = ("TagResource", "AddTags", "AddTagsToResource")
UNTAGGING = ("UntagResource", "DeleteTags", "RemoveTagsFromResource")
TAG_LISTS = ("ListTagsForResource", "ListTags", "ListTagsOfResource")


class Keeper:
    """The kept resources of one boto3 service in one account."""

    def __init__(self, account: Account, service: str, kinds: Iterable[Kind], in_moto: bool) -> None:
        self.service = service
        self._account = account
        self._in_moto = in_moto
        self._kinds = {kind.kind: kind for kind in kinds}
        self._kept: dict[str, list[Record]] = {kind: [] for kind in self._kinds}
        for kind in self._kinds.values():
            if kind.always is not None:
                self._kept[kind.kind].append(Record(filled(kind, account, dict(kind.always), 1)))
        self._by_operation: dict[str, list[Kind]] = {}
        for kind in self._kinds.values():
            for name in kind.operations:
                self._by_operation.setdefault(name, []).append(kind)

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that is answered here: those of the kinds, of their tags, and deletions that they hold up."""
        tagged = any(kind.arn for kind in self._kinds.values())
        names = {
            name
            for name in (*TAGGING, *UNTAGGING, *TAG_LISTS)
            if tagged and name in model(self.service).operation_names
        }
        held = {above.delete for kind in self._kinds.values() for above in kind.above if above.delete}
        return tuple(sorted({*self._by_operation, *names, *held}))

    def told(self, operation: str) -> str:
        """What the operation does not do."""
        return next((kind.told for kind in self._by_operation.get(operation, ())), "kept: nothing runs")

    def content(self) -> dict[str, frozenset[str]]:
        """Ids of what is kept, by kind."""
        return {
            name: frozenset(self._called(self._kinds[name], record) for record in records)
            for name, records in self._kept.items()
            if self._kinds[name].always is None or any(record.updated > record.created for record in records)
        }

    def answer(self, operation: str, params: Params) -> Params:
        """Raises AwsError as the service would, and PassOn for what somebody else keeps."""
        found = model(self.service).operation_model(operation)
        for kind in self._by_operation.get(operation, ()):
            if operation in (kind.list, *kind.lists):
                # A query without a name's value is read as an empty list of it.
                params = {name: value for name, value in params.items() if value != []}
            self._check_form(kind, found, params)
            self._check_names(kind, found, params)
        with self._account.lock:
            if operation in (*TAGGING, *UNTAGGING, *TAG_LISTS):
                return self._tags(found, params)
            kinds = self._by_operation.get(operation)
            if kinds is None:
                self._hold_up(operation, params)
                raise PassOn
            kind = kinds[0]
            if operation in kind.by_hand:
                return self._by_hand(kind, found, params)
            if operation in kind.many:
                return self._on_many(kind, found, params)
            if operation == kind.create:
                return shown(kind, self._create(kind, found, params), found.output_shape)
            if operation in (kind.list, *kind.lists):
                return self._list(kind, found, params)
            return shown(kind, self._on_one(kind, found, params), found.output_shape)

    # --- one resource

    def _create(self, kind: Kind, found: OperationModel, params: Params) -> Record:
        values, tags = taken_in(kind, params)
        there = next((each for each in self._kept[kind.kind] if self._same(kind, each, values)), None)
        if there is not None and found.name not in kind.update:
            raise refused(self.service, kind.codes.taken, f"{self._called(kind, there)} already exists: {kind.kind}.")
        record = Record(filled(kind, self._account, values, self._number(kind, values)), tags or {})
        if there is not None:
            record.values |= {name: there.values[name] for name in kind.ids if name in there.values}
            record.tags, record.created = record.tags if tags is not None else there.tags, there.created
            self._kept[kind.kind].remove(there)
            record.updated = now()
        self._kept[kind.kind].append(record)
        return record

    def _by_hand(self, kind: Kind, found: OperationModel, params: Params) -> Params:
        self._look_above(kind, taken_in(kind, params)[0])
        values = [record.values for record in self._kept[kind.kind]]
        answer = kind.by_hand[found.name](values, params)
        known = {id(record.values): record for record in self._kept[kind.kind]}
        self._kept[kind.kind] = [known.get(id(each)) or Record(each) for each in values]
        return answer

    def _number(self, kind: Kind, values: Params) -> int:
        beside = [above.member for above in kind.above]
        same = (each for each in self._kept[kind.kind] if all(each.values.get(m) == values.get(m) for m in beside))
        return 1 + sum(1 for _ in same)

    def _on_many(self, kind: Kind, found: OperationModel, params: Params) -> Params:
        """Makes what is described, or replaces it where it may, and removes what is named."""
        records = []
        for item in params[kind.many[found.name]]:
            if isinstance(item, dict):
                records.append(self._create(kind, found, item))
            else:
                records.append(self._find(kind, {kind.identity[-1]: item}))
                self._remove(kind, records[-1])
        members = found.output_shape.members.items() if found.output_shape is not None else ()
        return {
            name: [listing.item(kind, record, shape.member) for record in records]
            for name, shape in members
            if isinstance(shape, ListShape) and name not in kind.shown
        }

    def _on_one(self, kind: Kind, found: OperationModel, params: Params) -> Record:
        """Reads, changes or removes the one that the request means."""
        values, tags = taken_in(kind, params)
        record = self._find(kind, values)
        if found.name in kind.acts:
            record.values = merged(record.values, kind.acts[found.name])
        elif found.name in kind.update:
            named = _naming(kind, values)
            record.values |= {name: value for name, value in values.items() if name not in named}
            record.tags = tags if tags is not None else record.tags
            record.updated = now()
        elif found.name == kind.delete:
            self._remove(kind, record)
        return record

    def _find(self, kind: Kind, values: Params) -> Record:
        self._look_above(kind, values)
        meant = _naming(kind, values)
        for record in self._kept[kind.kind]:
            if (meant or kind.single) and all(record.values.get(name) == values[name] for name in meant):
                return record
        if self._in_moto and kind.read is None and kind.list is None:
            raise PassOn
        named = ", ".join(str(values[name]) for name in meant)
        raise refused(self.service, kind.codes.unknown, f"{kind.kind} {named} does not exist.")

    def _same(self, kind: Kind, record: Record, values: Params) -> bool:
        if kind.single:
            return True
        return bool(kind.key) and all(record.values.get(name) == values.get(name) for name in kind.key)

    def _called(self, kind: Kind, record: Record) -> str:
        named = [str(record.values[name]) for name in kind.key or kind.ids if name in record.values]
        return "/".join(named) or kind.kind

    def _check_form(self, kind: Kind, found: OperationModel, params: Params) -> None:
        wrong = faults(found.input_shape, params)
        if wrong:
            noun = "error" if len(wrong) == 1 else "errors"
            raise refused(
                self.service, kind.codes.invalid, f"{len(wrong)} validation {noun} detected: {'; '.join(wrong)}"
            )

    def _check_names(self, kind: Kind, found: OperationModel, params: Params) -> None:
        """What is named exists. A check may ask another service, so that nothing is locked meanwhile."""
        if found.name != kind.create and found.name not in (*kind.update, *kind.many):
            return
        for item in params[kind.many[found.name]] if found.name in kind.many else [params]:
            if not isinstance(item, dict):
                continue
            values, _ = taken_in(kind, item)
            with self._account.lock:
                if found.name != kind.create:
                    values = {**self._find(kind, values).values, **values}
                self._look_above(kind, values)
            for check in kind.checks:
                try:
                    check(self._account, values)
                except AwsError as error:
                    code = kind.codes.invalid if error.code == "ValidationException" else error.code
                    raise refused(self.service, code, error.message) from None

    # --- what is above and below

    def _look_above(self, kind: Kind, values: Params) -> None:
        for above in kind.above:
            names = values.get(above.member)
            for named in names if isinstance(names, list) else [names]:
                if named is not None and not self._is_there(above, named):
                    raise refused(self.service, above.unknown, f"{above.member} {named} does not exist.")

    def _is_there(self, above: Above, named: str) -> bool:
        if above.exists is not None:
            return above.exists(self._account, named)
        parent = self._kinds[above.kind]
        return any(named in [each.values.get(name) for name in parent.identity] for each in self._kept[above.kind])

    def _remove(self, kind: Kind, record: Record) -> None:
        reason = kind.busy(record.values) if kind.busy is not None else None
        if reason is not None:
            raise refused(self.service, kind.codes.taken, f"{self._called(kind, record)} cannot be deleted: {reason}.")
        names = [record.values.get(name) for name in kind.identity]
        for below in self._kinds.values():
            for above in below.above:
                if above.kind == kind.kind:
                    self._settle(below, above, names, self._called(kind, record))
        self._kept[kind.kind].remove(record)

    def _hold_up(self, operation: str, params: Params) -> None:
        """Something of moto's is about to be deleted: what hangs on it forbids that, or goes with it."""
        for below in self._kinds.values():
            for above in below.above:
                if above.delete == operation:
                    named = params.get(above.given or above.member)
                    self._settle(below, above, [named], str(named))

    def _settle(self, below: Kind, above: Above, names: list[Any], called: str) -> None:
        hanging = [each for each in self._kept[below.kind] if _hangs_on(each.values.get(above.member), names)]
        if hanging and above.holds:
            there = ", ".join(self._called(below, each) for each in hanging)
            raise refused(self.service, above.held, f"{called} cannot be deleted: it has {below.kind} {there}.")
        for each in hanging:
            self._remove(below, each)

    # --- several resources

    def _list(self, kind: Kind, found: OperationModel, params: Params) -> Params:
        values, _ = taken_in(kind, params)
        self._look_above(kind, values)
        asked = listing.wanted(kind, found, values)
        records = sorted(self._kept[kind.kind], key=lambda each: self._called(kind, each))
        unknown = listing.unknown(kind, found, asked, records)
        if unknown is not None:
            raise refused(self.service, kind.codes.unknown, f"{kind.kind} {unknown} does not exist.")
        return listing.answered(kind, found, params, asked, records)

    # --- tags

    def _tags(self, found: OperationModel, params: Params) -> Params:
        arn = next((value for value in params.values() if isinstance(value, str) and value.startswith("arn:")), "")
        record = next((each for each in self._all() if each[1].values.get(each[0].arn) == arn), None)
        if record is None:
            if self._in_moto:
                raise PassOn
            code = next(iter(self._kinds.values())).codes.unknown
            raise refused(self.service, code, f"{arn} does not exist.")
        tags = record[1].tags
        for name, shape in found.input_shape.members.items() if found.input_shape is not None else ():
            if name not in params or not isinstance(shape, ListShape | MapShape):
                continue
            if found.name in UNTAGGING:
                for key in params[name]:
                    tags.pop(key, None)
            elif found.name in TAGGING:
                tags.update(as_map(params[name]))
        members = found.output_shape.members.items() if found.output_shape is not None else ()
        return {name: as_shape(tags, shape) for name, shape in members if isinstance(shape, ListShape | MapShape)}

    def _all(self) -> Iterable[tuple[Kind, Record]]:
        return ((self._kinds[name], record) for name, records in self._kept.items() for record in records)


def _naming(kind: Kind, values: Params) -> list[str]:
    """Members by which a request says which one it means: its id, or else its key."""
    return [name for name in kind.ids if name in values] or [name for name in kind.key if name in values]


def _hangs_on(named: Any, names: Sequence[Any]) -> bool:
    return any(one in names for one in (named if isinstance(named, list) else [named]))
