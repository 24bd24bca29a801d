"""What the Kubernetes API refuses beyond its schemas: names, labels, amounts, and parts that do not fit together.

Rules: kubernetes.io/docs/concepts/overview/working-with-objects/{names,labels}, .../reference/kubernetes-api/
common-definitions/quantity, and the API's own messages.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from estate.plan.fault import Leaf

Values = Mapping[str, Any]

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
RBAC_NAME = re.compile(r"[^/%]+")
VALUE = re.compile(r"([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?")
QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d+)")
# These kinds' names become parts of host names, and so have no dots.
SHORT_NAMED = frozenset({"Namespace", "Service"})
POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
AMOUNTS = frozenset({"limits", "requests", "hard", "default", "defaultRequest", "max", "min", "capacity"})


def faults(manifest: Values) -> Iterator[Leaf]:
    """The manifest's faults; a schema has looked at its types already."""
    yield from _names(manifest)
    yield from _amounts(manifest, "")
    spec = manifest.get("spec")
    if isinstance(spec, Mapping):
        yield from _selection(str(manifest.get("kind")), spec)
        yield from _pods(spec, "spec")


def _names(manifest: Values) -> Iterator[Leaf]:
    metadata = manifest.get("metadata")
    if not isinstance(metadata, Mapping):
        return
    kind = str(manifest.get("kind"))
    name = metadata.get("name")
    if str(manifest.get("apiVersion")).startswith("rbac."):
        form, longest, said = RBAC_NAME, 253, "a name without `/` and `%`"
    elif kind in SHORT_NAMED:
        form, longest, said = LABEL, 63, "63 lower case letters, digits and hyphens; a letter or digit at both ends"
    else:
        form, longest, said = SUBDOMAIN, 253, "lower case letters, digits, hyphens and dots; 253 at most"
    if isinstance(name, str) and (len(name) > longest or form.fullmatch(name) is None):
        yield Leaf("metadata.name", name, True, f"allowed is {said}")
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and (len(namespace) > 63 or LABEL.fullmatch(namespace) is None):
        yield Leaf("metadata.namespace", namespace, True, "allowed is a namespace's name")
    yield from _labels(metadata.get("labels"), "metadata.labels")
    for key in metadata.get("annotations") or {}:
        yield from _key(key, f"metadata.annotations.{key}")


def _labels(labels: object, path: str) -> Iterator[Leaf]:
    for key, value in (labels if isinstance(labels, Mapping) else {}).items():
        yield from _key(key, f"{path}.{key}")
        if not isinstance(value, str) or len(value) > 63 or VALUE.fullmatch(value) is None:
            said = "a label's value has at most 63 letters, digits and _.-; a letter or digit at both ends"
            yield Leaf(f"{path}.{key}", value, True, said)


def _key(key: str, path: str) -> Iterator[Leaf]:
    prefix, slash, name = key.rpartition("/")
    wrong = not name or len(name) > 63 or VALUE.fullmatch(name) is None
    if wrong or (slash and (len(prefix) > 253 or SUBDOMAIN.fullmatch(prefix) is None)):
        yield Leaf(path, key, True, "allowed is a key such as `name` or `example.com/name`, the name of 63 characters")


def _amounts(value: object, path: str) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            below = f"{path}.{key}" if path else str(key)
            if key in AMOUNTS and isinstance(inner, Mapping):
                for resource, amount in inner.items():
                    if isinstance(amount, str | int | float) and number(amount) is None:
                        yield Leaf(f"{below}.{resource}", amount, True, "allowed is a quantity such as 500m, 2 or 4Gi")
            else:
                yield from _amounts(inner, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _amounts(item, f"{path}[{index}]")


def number(quantity: str | float) -> Decimal | None:
    """What a quantity comes to; None where it is none."""
    found = QUANTITY.fullmatch(str(quantity))
    if found is None:
        return None
    amount, unit = Decimal(found[1]), found[2]
    if unit.endswith("i"):
        return amount * 1024 ** (POWERS[unit[0]] // 3 if unit[0] != "K" else 1)
    return amount * Decimal(10) ** (POWERS[unit] if unit in POWERS else int(unit[1:]))


def _selection(kind: str, spec: Values) -> Iterator[Leaf]:
    """A controller must find its own pods."""
    template = spec.get("template")
    if kind not in ("DaemonSet", "Deployment", "StatefulSet") or not isinstance(template, Mapping):
        return
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    yield from _labels(labels, "spec.template.metadata.labels")
    if any(labels.get(key) != value for key, value in wanted.items()):
        said = "the pods' own labels (spec.template.metadata.labels) must have what the selector looks for"
        yield Leaf("spec.selector.matchLabels", wanted, True, said)


def _pods(value: object, path: str) -> Iterator[Leaf]:
    """Every pod's description below `value`."""
    if isinstance(value, Mapping):
        if isinstance(value.get("containers"), list):
            yield from _pod(value, path)
        for key, inner in value.items():
            yield from _pods(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pods(item, f"{path}[{index}]")


def _pod(pod: Values, path: str) -> Iterator[Leaf]:
    volumes = {volume.get("name") for volume in pod.get("volumes") or []}
    seen: set[str] = set()
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(pod.get(kind) or []):
            at = f"{path}.{kind}[{index}]"
            name = str(container.get("name", f"unnamed-{index}"))  # that it has none, the schema says
            if name in seen:
                yield Leaf(f"{at}.name", name, True, "a pod's containers have different names")
            seen.add(name)
            if len(name) > 63 or LABEL.fullmatch(name) is None:
                yield Leaf(f"{at}.name", name, True, "allowed are 63 lower case letters, digits and hyphens")
            for mount in container.get("volumeMounts") or []:
                if mount.get("name") not in volumes:
                    said = f"the pod's volumes are: {', '.join(sorted(map(str, volumes))) or 'none'}"
                    yield Leaf(f"{at}.volumeMounts", mount.get("name"), True, said)
            for port in container.get("ports") or []:
                number_of = port.get("containerPort")
                if (
                    isinstance(number_of, int | float) and not 1 <= number_of <= 65535
                ):  # that it is one, the schema says
                    yield Leaf(f"{at}.ports", port.get("containerPort"), True, "allowed is 1 to 65535")
            yield from _resources(container.get("resources") or {}, f"{at}.resources")


def _resources(resources: Values, path: str) -> Iterator[Leaf]:
    limits = resources.get("limits") or {}
    requests = resources.get("requests") or {}
    for name, limit in limits.items():
        most, least = number(limit), number(requests.get(name, limit))
        if most is None or least is None:
            continue
        if least > most:
            yield Leaf(f"{path}.requests.{name}", requests[name], True, f"at most the limit {limit}")
        elif "/" in name and least != most:
            yield Leaf(f"{path}.requests.{name}", requests[name], True, f"of a device as many as the limit, {limit}")
    for name in requests:
        if "/" in name and name not in limits:
            yield Leaf(f"{path}.limits.{name}", None, True, "a device that is asked for must be in the limits too")
