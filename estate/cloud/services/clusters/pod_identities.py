"""Which service accounts of a Kubernetes cluster get which role. No pod runs here that could ask for it."""

from collections.abc import Callable, Iterable
from typing import Any

from estate.cloud.services.account import Account, now, token
from estate.cloud.services.wire import AwsError, Params, RestAnswer, RestCall, Table

CLUSTER = r"/clusters/(?P<cluster>[^/]+)/pod-identity-associations"
IDENTITY = CLUSTER + r"/(?P<id>[^/]+)"
LISTED = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


class PodIdentities:
    """`cluster` finds the cluster that a request names, and `check_role` refuses a role that is not there."""

    def __init__(self, account: Account, cluster: Callable[[RestCall], str], check_role: Callable[[str], None]) -> None:
        self._account = account
        self._cluster = cluster
        self._check_role = check_role
        self._kept: dict[tuple[str, str], Params] = {}

    def register(self, table: Table) -> None:
        table.route("eks", "POST", CLUSTER, self.create_pod_identity)
        table.route("eks", "GET", CLUSTER, self.list_pod_identities)
        table.route("eks", "GET", IDENTITY, self.describe_pod_identity)
        table.route("eks", "POST", IDENTITY, self.update_pod_identity)
        table.route("eks", "DELETE", IDENTITY, self.delete_pod_identity)

    def keys(self) -> set[tuple[str, str]]:
        return set(self._kept)

    def replace(self, cluster: str, owner: str, namespace: str, wanted: Iterable[Params]) -> list[str]:
        """Makes the associations of an add-on, in place of those it had; answers their ARNs."""
        wanted = list(wanted)
        for each in wanted:
            self._check_role(each["roleArn"])
        for key in [key for key, record in self._kept.items() if record.get("ownerArn") == owner]:
            del self._kept[key]
        return [self._make(cluster, {**each, "namespace": namespace}, owner)["associationArn"] for each in wanted]

    def create_pod_identity(self, call: RestCall) -> RestAnswer:
        body = call.json()
        self._check_role(body["roleArn"])
        return RestAnswer({"association": self._make(self._cluster(call), body)})

    def _make(self, cluster: str, body: Params, owner: str | None = None) -> Params:
        for (other, _), record in self._kept.items():
            same = all(record[key] == body[key] for key in ("namespace", "serviceAccount"))
            if other == cluster and same:
                raise AwsError("ResourceInUseException", f"Association already exists: {record['associationId']}", 409)
        moment = now()
        id = f"a-{token(17)}"
        record: dict[str, Any] = {
            "clusterName": cluster,
            "namespace": body["namespace"],
            "serviceAccount": body["serviceAccount"],
            "roleArn": body["roleArn"],
            "associationArn": self._account.arn("eks", f"podidentityassociation/{cluster}/{id}"),
            "associationId": id,
            "tags": body.get("tags", {}),
            "createdAt": moment,
            "modifiedAt": moment,
            "disableSessionTags": body.get("disableSessionTags", False),
            **{key: body[key] for key in ("targetRoleArn", "policy") if key in body},
            **({} if owner is None else {"ownerArn": owner}),
        }
        self._kept[cluster, id] = record
        return record

    def list_pod_identities(self, call: RestCall) -> RestAnswer:
        cluster = self._cluster(call)
        found = [record for (other, _), record in self._kept.items() if other == cluster]
        for member in ("namespace", "serviceAccount"):
            wanted = call.query.get(member)
            found = [record for record in found if wanted in (None, record[member])]
        return RestAnswer({"associations": [{key: each[key] for key in LISTED if key in each} for each in found]})

    def describe_pod_identity(self, call: RestCall) -> RestAnswer:
        return RestAnswer({"association": self._identity(call)})

    def update_pod_identity(self, call: RestCall) -> RestAnswer:
        record, body = self._identity(call), call.json()
        if "roleArn" in body:
            self._check_role(body["roleArn"])
        kept = ("roleArn", "targetRoleArn", "disableSessionTags", "policy")
        record.update({key: body[key] for key in kept if key in body}, modifiedAt=now())
        return RestAnswer({"association": record})

    def delete_pod_identity(self, call: RestCall) -> RestAnswer:
        record = self._identity(call)
        del self._kept[record["clusterName"], record["associationId"]]
        return RestAnswer({"association": record})

    def _identity(self, call: RestCall) -> Params:
        cluster, id = self._cluster(call), call.path["id"]
        if (cluster, id) not in self._kept:
            raise AwsError("ResourceNotFoundException", f"Association {id} not found in cluster {cluster}", 404)
        return self._kept[cluster, id]
