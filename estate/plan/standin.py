"""A provider without a cloud: every resource gets outputs as AWS would give them, the same in every run."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from estate.engine.resource import Asset, Goal, State, Values
from estate.engine.sdk import PROVIDER, provider_inputs
from estate.engine.values import unwrap
from estate.plan import desired
from estate.plan.declared import Where, completed
from estate.plan.identity import EC2_PREFIXES, Identity, Place, digest, hyphenated, identify
from estate.plan.properties import element, is_list, is_map, members, properties
from estate.plan.sources import answer

# Where a program names no provider: the account of AWS's own examples.
NOWHERE = Place("123456789012", "us-east-1")
TIME = "2026-01-01T00:00:00Z"
EMPTY_POLICY = '{"Version":"2012-10-17","Statement":[]}'


class StandInProvider:
    """Creates everything, keeps nothing. Outputs are the inputs, and a plausible value for all that AWS decides.

    An output that AWS may leave empty stays empty; one that it always gives is never missing.
    """

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def configure(self, goal: Goal) -> None:
        if goal.type != f"{PROVIDER}aws":
            return
        inputs = provider_inputs(goal)
        accounts = inputs.get("allowedAccountIds") or [NOWHERE.account]
        self._places[goal.urn] = Place(str(accounts[0]), str(inputs.get("region") or NOWHERE.region))

    def create(self, goal: Goal) -> State:
        return self._state(goal, None)

    def read(self, goal: Goal) -> State:
        return self._state(goal, goal.external_id)

    def update(self, old: State, goal: Goal) -> State:
        return self._state(goal, old.id)

    def delete(self, state: State) -> None:
        pass

    def replaces(self, type: str) -> frozenset[str]:
        return frozenset()

    def must_replace(self, goal: Goal, old: Goal) -> bool:
        return False

    def replaces_in_place(self, goal: Goal, old: Goal | None = None) -> bool:
        return False

    def invoke(self, token: str, args: Values) -> Values:
        """Raises ProviderError for a data source whose answer only an account has."""
        return answer(token, args, self._place(None))

    def _place(self, provider: str | None) -> Place:
        if provider in self._places:
            return self._places[provider]
        return next(iter(self._places.values()), NOWHERE)

    def _state(self, goal: Goal, id: str | None) -> State:
        inputs = unwrap(goal.inputs)
        if goal.type.startswith("kubernetes:"):
            return _kubernetes(goal, inputs, id)
        # A renamed resource keeps its identity, so that what refers to it does not seem to change.
        seed = goal.aliases[0] if goal.aliases else goal.urn
        identity = identify(self._place(goal.provider), goal.type, goal.name, inputs, seed)
        if id is not None:
            identity = Identity(identity.place, goal.type, identity.name, id, _arn_of(identity, id), seed)
        if goal.type == desired.TYPE:
            return _declared(goal, inputs, identity, id)
        outputs: dict[str, Any] = dict(inputs)
        for name, declared in properties(goal.type).items():
            if name not in inputs and declared.always:
                outputs[name] = _Made(identity, inputs).value(name, declared.kind, full=not declared.given)
            elif isinstance(outputs.get(name), dict):
                outputs[name] = _with_computed(outputs[name], declared.kind, identity, inputs)
        return State(goal, identity.id, outputs)


def _declared(goal: Goal, inputs: Values, identity: Identity, id: str | None) -> State:
    """What Cloud Control makes: its properties are the desired state and what AWS adds to the type."""
    type, place = str(inputs.get("typeName")), identity.place
    try:
        wanted = json.loads(str(inputs.get(desired.INPUT)))
        where = Where(place.account, place.region, place.partition, TIME)
        made = completed(type, wanted, where, lambda name: identity.hex(12, name))
        id = id or desired.identifier(type, made, place.region)
    except (ValueError, AttributeError):  # the check of the desired state says what is wrong with it
        made = {}
    outputs = {**inputs, "properties": json.dumps(made, sort_keys=True), "schema": ""}
    return State(goal, id or identity.id, outputs)


def _arn_of(identity: Identity, id: str) -> str:
    return id if id.startswith("arn:") else identity.arn.replace(identity.id, id)


# Members of an input's own structure that the service fills in.
FILLED_INSIDE = ("clusterSecurityGroupId", "vpcId")


def _with_computed(value: dict[str, Any], kind: Any, identity: Identity, inputs: Values) -> dict[str, Any]:
    known = members(kind) or {}
    made = _Made(identity, inputs)
    return value | {name: made.text(name) for name in FILLED_INSIDE if name in known and name not in value}


class _Made:
    """Values that AWS decides, by the name and type of their property."""

    def __init__(self, identity: Identity, inputs: Values) -> None:
        self.identity, self.inputs = identity, inputs

    def value(self, name: str, kind: Any, full: bool) -> Any:
        """`full`: also lists and structures get content, as no input could have given it."""
        if name == "tagsAll":
            return self.inputs.get("tags") or {}
        if is_list(kind):
            return [self.value(name, element(kind), full)] if full and members(element(kind)) is not None else []
        if is_map(kind):
            return {}
        known = members(kind)
        if known is not None:
            return {key: self.value(key, inner, full) for key, inner in known.items()} if full else {}
        if kind is bool:
            return False
        if kind in (int, float):
            return self._size() if name.endswith("Size") else kind(1)
        if kind is str:
            text = self.text(name)
            return text if text or not full else f"{hyphenated(name)}-{self.identity.hex(8, name)}"
        return None

    def text(self, name: str) -> str:
        """Empty where neither the name tells what it holds nor an empty text would be wrong."""
        for pattern, make in TEXTS:
            if re.search(pattern, name):
                return make(self, name)
        return ""

    def _size(self) -> int:
        return sum(len(value.content) for value in self.inputs.values() if isinstance(value, Asset))

    def arn(self, name: str) -> str:
        place, kind = self.identity.place, hyphenated(name.removesuffix("Arn")) or "resource"
        service = self.identity.type.split(":")[1].partition("/")[0]
        return f"arn:{place.partition}:{service}:{place.region}:{place.account}:{kind}/{self.identity.name}"

    def invoke_arn(self, name: str) -> str:
        place, arn = self.identity.place, self.identity.arn
        if name.startswith("qualified"):
            arn = f"{arn}:1"
        functions = "2015-03-31/functions"
        return f"arn:{place.partition}:apigateway:{place.region}:lambda:path/{functions}/{arn}/invocations"

    def some_id(self, name: str) -> str:
        kind = name.removesuffix("Id")
        ending = [cls for cls in EC2_PREFIXES if kind.lower().endswith(cls.lower())]
        if ending:
            return f"{EC2_PREFIXES[max(ending, key=len)]}-{self.identity.hex(17, name)}"
        return self.identity.hex(16, name)

    def host(self, name: str) -> str:
        place, service = self.identity.place, self.identity.type.split(":")[1].partition("/")[0]
        middle = f"{service}.{place.region}" if "Regional" in name or service != "s3" else service
        return f"{self.identity.name}.{middle}.{place.suffix}"

    def issuer(self, name: str) -> str:
        place = self.identity.place
        return f"https://oidc.eks.{place.region}.{place.suffix}/id/{self.identity.hex(32).upper()}"

    def url(self, name: str) -> str:
        if self.identity.id.startswith("https://"):
            return self.identity.id
        return f"https://{self.host(name)}"

    def repository(self, name: str) -> str:
        place = self.identity.place
        return f"{place.account}.dkr.ecr.{place.region}.{place.suffix}/{self.identity.name}"

    def hash(self, name: str) -> str:
        asset = next((value for value in self.inputs.values() if isinstance(value, Asset)), None)
        return base64.b64encode(
            bytes.fromhex(asset.sha256 if asset is not None else digest(self.identity.seed))
        ).decode()

    def certificate(self, name: str) -> str:
        return base64.b64encode(f"stand-in for {self.identity.name}".encode()).decode()


# The first pattern that is found in a property's name says how its text is made.
TEXTS: tuple[tuple[str, Callable[[_Made, str], str]], ...] = (
    (r"^arn$", lambda made, _: made.identity.arn),
    (r"^(name|bucket|function|clusterId)$", lambda made, _: made.identity.name),
    (r"[iI]nvokeArn$", _Made.invoke_arn),
    (r"^qualifiedArn$", lambda made, _: f"{made.identity.arn}:1"),
    (r"Arn$", _Made.arn),
    (r"^(accountId|ownerId|owner|registryId|catalogId)$", lambda made, _: made.identity.place.account),
    (r"^(region|bucketRegion)$", lambda made, _: made.identity.place.region),
    (r"^availabilityZone$", lambda made, _: f"{made.identity.place.region}a"),
    (r"^(keyId|targetKeyId|allocationId|associationId|securityGroupRuleId)$", lambda made, _: made.identity.id),
    (r"^(environmentId|configurationProfileId)$", lambda made, _: made.identity.id),
    (r"^uniqueId$", lambda made, _: f"AROA{made.identity.hex(17).upper()}"),
    (r"^repositoryUrl$", _Made.repository),
    (r"^issuer$", _Made.issuer),
    (r"DomainName$|^(address|dnsName|websiteDomain)$", _Made.host),
    (r"[uU]r[il]$|[eE]ndpoint$", _Made.url),
    (r"[sS]ha256$|[hH]ash$", _Made.hash),
    (r"^data$", _Made.certificate),
    (r"(At|Time|Date)$|^lastModified", lambda made, _: TIME),
    (r"[cC]idr(Block)?$", lambda made, _: "10.0.0.0/16"),
    (r"^(status|state)$", lambda made, _: "ACTIVE"),
    (r"[vV]ersion(Id)?$", lambda made, _: "1"),
    (r"[pP]olicy$|[jJ]son$", lambda made, _: EMPTY_POLICY),
    (r"Id$", _Made.some_id),
)


def _kubernetes(goal: Goal, inputs: Mapping[str, Any], id: str | None) -> State:
    """A Kubernetes object as the API server gives it back; its id is `<namespace>/<name>`."""
    metadata = inputs.get("metadata") or {}
    name = metadata.get("name") or f"{goal.name}-{digest(goal.urn)[:8]}"
    namespace = metadata.get("namespace")
    found = {**metadata, "name": name, "uid": identify(NOWHERE, goal.type, goal.name, {}, goal.urn).hex(32)}
    found.setdefault("annotations", {})
    found.setdefault("labels", {})
    default = f"{namespace}/{name}" if namespace else name
    return State(goal, id if id is not None else default, {**inputs, "metadata": found, "status": {}})
