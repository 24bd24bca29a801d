"""Makes this folder's files anew: `python -m estate.plan.crds.reduce PROJECT VERSION DATE SOURCE CRD.yaml...`.

DATE is that of the version, SOURCE the repository. Of a kind the version that is stored is kept. What a custom kind
takes over from Kubernetes, a pod's template, is referred to: it is checked against the cluster's own version.
"""

# ruff: noqa: T201  it speaks to a terminal
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# Says what a value is for or how it is stored, not which values are allowed. The rules are in CEL, which nothing here
# can read.
SAYS_NOTHING = frozenset(
    {
        "default",
        "description",
        "format",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-validations",
    }
)
KUBERNETES = "https://kubernetes.io/api/_definitions.json#/$defs"
POD_TEMPLATE = {"$ref": f"{KUBERNETES}/io.k8s.api.core.v1.PodTemplateSpec"}
META = {"$ref": f"{KUBERNETES}/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
LICENCE = "Apache-2.0"


def reduced(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that refuses unknown fields, in JSON Schema's own words."""
    if _is_pod_template(schema):
        return dict(POD_TEMPLATE)
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            kept[key] = {name: reduced(inner) for name, inner in value.items()}
        elif key in ("anyOf", "oneOf", "allOf"):
            kept[key] = [_member(inner) for inner in value]
        elif key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
            kept[key] = reduced(value)
        elif key not in SAYS_NOTHING and not key.startswith("x-kubernetes-") and key != "nullable":
            kept[key] = value
    if schema.get("nullable") and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource")
    if "properties" in kept and not open_ended:
        kept.setdefault("additionalProperties", False)
    return kept


def _member(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One of several choices: it says what it must have, and leaves what else there is to the whole."""
    found = reduced(schema)
    found.pop("additionalProperties", None)
    return found


def _is_pod_template(schema: Mapping[str, Any]) -> bool:
    spec = schema.get("properties", {}).get("spec", {})
    return "metadata" in schema.get("properties", {}) and "containers" in spec.get("properties", {})


def _kinds(files: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        spec = yaml.safe_load(Path(file).read_text())["spec"]
        (version,) = (each for each in spec["versions"] if each["storage"])
        schema = reduced(version["schema"]["openAPIV3Schema"])
        # The API server's own part, which every kind has.
        schema["properties"].pop("status", None)
        schema["properties"]["metadata"] = META
        found.setdefault(f"{spec['group']}/{version['name']}", {})[spec["names"]["kind"]] = schema
    return found


def main(arguments: list[str]) -> int:
    project, version, date, source, *files = arguments
    document = {"source": source, "version": version, "date": date, "licence": LICENCE, "schemas": _kinds(files)}
    target = Path(__file__).with_name(f"{project}.json")
    target.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    print(f"{target.name}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
