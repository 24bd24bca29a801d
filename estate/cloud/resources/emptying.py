"""What has to go from a resource before it can: objects of a bucket, policies of a role."""

from collections.abc import Callable
from typing import Any

from estate.cloud.resources.row import Values


class NotEmpty(Exception):
    """What is inside may not be removed."""


def empty_bucket(client: Callable[[str], Any], known: Values) -> None:
    """Removes every version and delete marker, where the program says `forceDestroy`; else AWS refuses for itself.

    Objects under retention or legal hold stay: raises NotEmpty with the first of them.
    """
    if not known["in"].get("forceDestroy"):
        return
    s3, bucket = client("s3"), known["id"]
    while True:
        page = s3.list_object_versions(Bucket=bucket)  # always the first: pages move on as objects go
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        if not objects:
            return
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise NotEmpty(f"{bucket}/{error['Key']} cannot be deleted: {error['Code']}: {error['Message']}")


def strip_role(client: Callable[[str], Any], known: Values) -> None:
    """Takes off what the role itself declares, or everything where the program says `forceDetachPolicies`."""
    iam, role, inputs = client("iam"), known["id"], known["in"]
    everything = bool(inputs.get("forceDetachPolicies"))
    attached = [item["PolicyArn"] for item in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
    for arn in attached:
        if everything or arn in (inputs.get("managedPolicyArns") or ()):
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    declared = {policy["name"] for policy in inputs.get("inlinePolicies") or ()}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        if everything or name in declared:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
