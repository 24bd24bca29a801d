"""Keeps resources of services, or of parts of services, that moto lacks: what was given is validated and read back.

Nothing runs: a canary makes no request, a scraper scrapes nothing. A kind is one `Kind` in the `KINDS` of a module
under `entries`; every module there is found by itself. The names are those of botocore's models:

    Kind(
        "xray",                                      # boto3's name of the service
        "group",                                     # what the residue check calls it
        create="CreateGroup", read="GetGroup", update=("UpdateGroup",), delete="DeleteGroup", list="GetGroups",
        key=("GroupName",),                          # a second one of that name is refused, with `codes.taken`
        ids=("GroupARN",),                           # requests may mean it by these too
        made={"GroupARN": "arn:{partition}:xray:{region}:{account}:group/{GroupName}/{uuid}"},
        wraps=("Group",),                            # the answer's structure that holds the record's members
        arn="GroupARN",                              # TagResource, UntagResource and ListTagsForResource find it
        codes=Codes("InvalidRequestException", "InvalidRequestException", "InvalidRequestException"),
    )

What is asked of a request before anything is kept: botocore's model (required members, enums, patterns, lengths), then
what it names: `above` for parents, `checks` for roles, keys, networks and buckets (`checks.py` has them). Deleting a
parent is refused while it has children, where `above` says so. An operation's answer is the record's members that its
output shape has; `names` and `shown` say where names or forms differ.

A kind that moto has too is answered here alone; the operations that are not named stay moto's. Each kind needs one
sample in tests/cloud/services/kept/samples, or the test that goes over all of them fails.
"""

from estate.cloud.services.kept.kept import Kept, kinds
from estate.cloud.services.kept.kind import Above, Codes, Kind

__all__ = ["Above", "Codes", "Kept", "Kind", "kinds"]
