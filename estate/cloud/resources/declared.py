"""Resources that are declared by a CloudFormation type and a desired state, through Cloud Control."""

import json
from typing import Any

from estate.cloud.resources.row import Row, Step, Values
from estate.cloud.resources.template import At

_NAMED = {"TypeName": "{in.typeName}", "Identifier": "{id}"}


def _patch(values: Values, known: Values) -> dict[str, Any]:
    """From the state that was asked for to the one that is, as Terraform's provider makes it."""
    import jsonpatch

    before = known["old"].get("desiredState") or "{}"
    patch = jsonpatch.make_patch(json.loads(before), json.loads(values.get("desiredState") or "{}"))
    return {"PatchDocument": patch.to_string()}


def _is_for_good(new: Values, old: Values, region: str) -> bool:
    """Terraform's provider makes a new resource where a property that the schema calls create-only differs."""
    from estate.plan.desired import changed_for_good

    before, after = (json.loads(each.get("desiredState") or "{}") for each in (old, new))
    return bool(changed_for_good(str(new.get("typeName")), before, after, region))


def _answered(text: Any, inputs: Values) -> str:
    from estate.plan.desired import answered

    return json.dumps(answered(str(inputs["typeName"]), json.loads(text), str(inputs["region"])))


ROWS = (
    Row(
        "aws:cloudcontrol/resource:Resource",
        "cloudcontrol",
        Step("CreateResource"),
        id="{made.ProgressEvent.Identifier}",
        read=(
            Step("GetResource", (), _NAMED, at="ResourceDescription"),
            Step("GetResource", (), _NAMED, at="TypeName", into="TypeName"),
        ),
        update=(Step("UpdateResource", ("desiredState",), _NAMED, build=_patch),),
        delete=(Step("DeleteResource", (), _NAMED),),
        outputs={"properties": "{read.Properties}", "schema": At("in.schema || ''")},
        fixed=("typeName",),
        local=("schema",),
        gone=("ResourceNotFoundException",),
        sample_id="identifier",
        seen={"desiredState": "Properties"},
        silent=("roleArn", "typeVersionId"),
        fixed_within=_is_for_good,
        answers={"desiredState": _answered},
    ),
)
