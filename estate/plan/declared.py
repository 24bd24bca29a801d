"""What AWS adds to a declared resource: the properties of its CloudFormation type that AWS alone writes.

The values are plausible, not AWS's: an ARN is made of the service, the kind and the name, a status is the one of
success, a time is the one that is given.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from estate.plan.schemas import resolved, schema

# Where an ARN is not `<service>:...:<kind>/<name>`; `{id}` is a token of twelve digits.
ARNS = {
    "AWS::SageMaker::Cluster": "arn:{partition}:sagemaker:{region}:{account}:cluster/{id}",
    "AWS::Logs::LogAnomalyDetector": "arn:{partition}:logs:{region}:{account}:anomaly-detector:{id}",
}
# Where another value is not just a token, by type and property.
FORMS = {
    ("AWS::ECR::SigningConfiguration", "RegistryId"): "{account}",
    ("AWS::SageMaker::Domain", "DomainId"): "d-{id}",
    ("AWS::SageMaker::Domain", "Url"): "https://d-{id}.studio.{region}.sagemaker.aws",
}
DONE = (
    "InService",
    "ACTIVE",
    "Active",
    "AVAILABLE",
    "Available",
    "ENABLED",
    "Enabled",
    "Created",
    "Ready",
    "SUCCEEDED",
)


@dataclass(frozen=True)
class Where:
    account: str
    region: str
    partition: str
    time: str


def completed(type: str, state: Mapping[str, Any], where: Where, token: Callable[[str], str]) -> dict[str, Any]:
    """The properties of a resource that has just been made of a desired state; `token` gives random text for a name.

    A name that CloudFormation would choose is chosen too.
    """
    known = schema(type, where.region) or {}
    found = dict(state)
    read_only = {path.split("/")[2] for path in known.get("readOnlyProperties", ()) if path.count("/") == 2}
    named = [path.split("/")[2] for path in known.get("primaryIdentifier", ())]
    kind = type.rpartition("::")[2]
    for name in (*(each for each in named if each not in read_only), *sorted(read_only)):
        if name not in found:
            part = resolved(known["properties"].get(name, {}), known)
            value = _value(type, name, part, found, where, token) if name in read_only else f"{kind}-{token(name)}"
            if value is not None:
                found[name] = value
    return found


def _value(
    type: str, name: str, part: Mapping[str, Any], found: Mapping[str, Any], where: Where, token: Callable[[str], str]
) -> Any:
    kinds = part.get("type")
    kind = kinds if isinstance(kinds, str) else next(iter(kinds or ()), None)
    if kind in ("integer", "number"):
        return part.get("minimum", 0)
    if kind == "boolean":
        return False
    if kind != "string":
        return None
    if "enum" in part:
        return next((status for status in DONE if status in part["enum"]), part["enum"][0])
    if (type, name) in FORMS:
        return FORMS[type, name].format(account=where.account, region=where.region, id=token("Id"))
    if name.lower().endswith("arn"):
        return _arn(type, found, where, token)
    if re.search(r"(Time|Timestamp|TimeStamp|Date|At)$", name):
        return where.time
    if re.search(r"(Reason|Message)$", name):
        return None
    return next(iter(DONE)) if name.endswith(("Status", "State")) else token(name)


def _arn(type: str, found: Mapping[str, Any], where: Where, token: Callable[[str], str]) -> str:
    _, service, kind = type.split("::")
    known = schema(type, where.region) or {}
    parts = [path.split("/")[2] for path in known.get("primaryIdentifier", ())]
    own = (*(part for part in parts if part not in ("Arn", f"{kind}Arn")), f"{kind}Name", "Name")
    named = next((found[name] for name in own if name in found), None)
    template = ARNS.get(type, "arn:{partition}:{service}:{region}:{account}:{kind}/{name}")
    return template.format(
        partition=where.partition,
        region=where.region,
        account=where.account,
        service=service.lower(),
        kind=re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower(),
        name=named or token("Id"),
        id=token("Id"),
    )
