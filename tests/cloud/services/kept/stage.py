"""What samples of kept resources are made of, and how one is put through its life."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import ListShape, StructureShape

from estate.cloud.models import operation_model
from estate.cloud.services.kept import Kind
from estate.cloud.services.kept.records import TAGS, taken_in
from tests.cloud.services.harness import Ground, trust

Params = dict[str, Any]


@dataclass
class Stage:
    """The ground, and what requests name: made once, where it is first asked for."""

    ground: Ground
    samples: Mapping[str, "Sample"]
    kinds: Mapping[str, Kind]
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def client(self, service: str) -> Any:
        return self.ground.client(service)

    def role(self, principal: str) -> str:
        """The ARN of a role that a service may assume."""

        def make() -> str:
            name = principal.replace(".", "-")[:60]
            role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal))
            return role["Role"]["Arn"]

        return self.once(f"role {principal}", make)

    def subnet(self) -> str:
        def make() -> str:
            ec2 = self.client("ec2")
            vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
            self.made["vpc"] = vpc
            return ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]

        return self.once("subnet", make)

    def vpc(self) -> str:
        self.subnet()
        return self.made["vpc"]

    def group(self) -> str:
        def make() -> str:
            named = {"GroupName": "kept", "Description": "kept", "VpcId": self.vpc()}
            return self.client("ec2").create_security_group(**named)["GroupId"]

        return self.once("group", make)

    def topic(self) -> str:
        return self.once("topic", lambda: self.client("sns").create_topic(Name="kept")["TopicArn"])

    def log_group(self, name: str = "kept") -> str:
        """The ARN of a log group."""

        def make() -> str:
            self.client("logs").create_log_group(logGroupName=name)
            return f"arn:aws:logs:eu-west-1:222233334444:log-group:{name}"

        return self.once(f"log group {name}", make)

    def parent(self, kind: str) -> Params:
        """The record of another kept resource, made by its own sample."""

        def make() -> Params:
            life = Life(self, self.kinds[kind], self.samples[kind])
            life.create()
            return life.record

        return self.once(f"parent {kind}", make)


@dataclass(frozen=True)
class Sample:
    """One resource of a kind: what its creation is given, and what an update changes.

    `other` says what a second one is called, where the key is no plain text; `lost` are members that AWS takes and
    does not answer with.
    """

    given: Callable[[Stage], Params]
    change: Callable[[Stage], Params] = lambda stage: {}
    lost: tuple[str, ...] = ()


@dataclass
class Life:
    """Calls of one sample; `record` is what is known of it, under the record's names."""

    stage: Stage
    kind: Kind
    sample: Sample
    record: Params = field(default_factory=dict)

    def call(self, operation: str, params: Params) -> Params:
        answer = getattr(self.stage.client(self.kind.service), xform_name(operation))(**params)
        answer.pop("ResponseMetadata")
        return answer

    def create(self) -> None:
        assert self.kind.create is not None
        given = self.sample.given(self.stage)
        answer = self.call(self.kind.create, given)
        for params in (given, answer):
            for item in self._items(params):
                self.record |= taken_in(self.kind, item)[0]

    def _items(self, params: Params) -> list[Params]:
        member = self.kind.many.get(self.kind.create or "")
        if member is None:
            return [params]
        lists = [value for value in params.values() if isinstance(value, list)]
        return [item for items in lists for item in items if isinstance(item, dict)]

    def naming(self, operation: str) -> Params:
        """The parameters of an operation that say which resource is meant."""
        shape = operation_model(self.kind.service, operation).input_shape
        named: Params = {}
        parents = {above.member for above in self.kind.above}
        for name, member in shape.members.items() if isinstance(shape, StructureShape) else ():
            own = self.kind.names.get(name, name)
            wanted = own in (*self.kind.identity, *parents) or name in shape.required_members
            if name in self.kind.wraps and isinstance(member, StructureShape):
                inside = {key: self.record[key] for key in member.members if key in self.kind.identity}
                named |= {name: inside} if inside else {}
            elif name in self.kind.many.values() or name == self.kind.many.get(operation):
                continue
            elif own in self.record and wanted and name.lower() not in TAGS:
                named[name] = self.record[own]
        return named

    def read(self) -> Params:
        """The resource as it is read, by its own operation or out of the listing."""
        if self.kind.read is not None:
            return self._flat(self.call(self.kind.read, self.naming(self.kind.read)))
        found = [item for item in self.listed() if self.is_mine(item)]
        assert len(found) == 1, f"{self.kind.kind}: {len(found)} in the listing"
        return found[0]

    def listed(self) -> list[Params]:
        operation = self.kind.list
        assert operation is not None
        model = operation_model(self.kind.service, operation)
        params = {name: value for name, value in self.naming(operation).items() if name in _required(model)}
        for name, own in self.kind.filters.items():
            if name in _required(model):
                many = model.input_shape.members[name].type_name == "list"
                params[name] = [self.record[own]] if many else self.record[own]
        answer = self.call(operation, params)
        found = {name: value for name, value in answer.items() if not name.endswith("NotFound")}
        items = [item for value in found.values() if isinstance(value, list) for item in value]
        return [self._flat(item) if isinstance(item, dict) else {self.kind.identity[-1]: item} for item in items]

    def left(self) -> list[Params]:
        """The listing, or nothing where it refuses a name that nothing has."""
        try:
            return self.listed()
        except ClientError as error:
            if error.response["Error"]["Code"] != self.kind.codes.unknown:
                raise
            return []

    def is_mine(self, item: Params) -> bool:
        shared = [name for name in self.kind.identity if name in item]
        return bool(shared) and all(item[name] == self.record[name] for name in shared)

    def _flat(self, answer: Params) -> Params:
        return taken_in(self.kind, answer)[0]

    def update(self) -> Params:
        """Calls the first update; what it changed."""
        operation, change = self.kind.update[0], self.sample.change(self.stage)
        if operation in self.kind.many:
            self.call(operation, change)
            return taken_in(self.kind, change[self.kind.many[operation]][0])[0]
        params = self.naming(operation)
        for name, value in change.items():
            params[name] = {**params.get(name, {}), **value} if name in self.kind.wraps else value
        self.call(operation, params)
        changed = taken_in(self.kind, change)[0]
        self.record |= changed
        return changed

    def delete(self) -> None:
        """By its own operation, or as one of several."""
        several = next((name for name in self.kind.many if name != self.kind.create), None)
        if self.kind.delete is None and several is not None:
            self.call(several, {self.kind.many[several]: [self.record[self.kind.identity[-1]]]})
        else:
            assert self.kind.delete is not None
            self.call(self.kind.delete, self.naming(self.kind.delete))


@cache
def _required(model: Any) -> frozenset[str]:
    return frozenset(model.input_shape.required_members if model.input_shape is not None else ())


def answers(kind: Kind, operation: str) -> frozenset[str]:
    """Members that an operation answers with, under the record's names."""

    def inside(shape: Any) -> set[str]:
        found: set[str] = set()
        for name, member in shape.members.items() if isinstance(shape, StructureShape) else ():
            if name in kind.wraps:
                found |= inside(member)
            elif isinstance(member, ListShape) and isinstance(member.member, StructureShape) and not found:
                found |= {kind.names.get(name, name)} | inside(member.member)
            else:
                found.add(kind.names.get(name, name))
        return found

    return frozenset(inside(operation_model(kind.service, operation).output_shape))


def policy(service: str) -> str:
    """A policy document with one statement."""
    statement = {"Sid": "A", "Effect": "Allow", "Principal": {"Service": service}, "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
