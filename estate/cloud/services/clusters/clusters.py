"""EKS beside the clusters that moto keeps: add-ons, and access entries with their policies.

They are kept and checked against each other; no Kubernetes runs.
"""

import uuid
from collections.abc import Callable

from estate.cloud.services.account import Account, now
from estate.cloud.services.clusters.control_planes import ControlPlanes
from estate.cloud.services.clusters.pod_identities import PodIdentities
from estate.cloud.services.clusters.updates import update
from estate.cloud.services.wire import AwsError, Params, RestAnswer, RestCall, Table

CLUSTER = r"/clusters/(?P<cluster>[^/]+)"
ADDON = CLUSTER + r"/addons/(?P<name>[^/]+)"
PRINCIPAL = r"(?P<principal>arn:[^:]+:iam::\d{12}:[^:]+?)"
ENTRY = CLUSTER + r"/access-entries/" + PRINCIPAL
POLICIES = ENTRY + r"/access-policies"
ENTRY_TYPES = frozenset(
    {"STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX"}
)
NAMESPACES = {  # of add-ons that do not run in kube-system
    "amazon-cloudwatch-observability": "amazon-cloudwatch",
    "kube-state-metrics": "kube-state-metrics",
}
ACCESS_POLICY = "arn:aws:eks::aws:cluster-access-policy/"
Records = dict[tuple[str, str], Params]


class Clusters:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._addons: Records = {}
        self._entries: Records = {}
        self._policies: dict[tuple[str, str], dict[str, Params]] = {}
        self.identities = PodIdentities(account, self._cluster, self._check_role)

    def register(self, table: Table) -> None:
        routes: tuple[tuple[str, str, Callable[[RestCall], RestAnswer]], ...] = (
            ("POST", CLUSTER + "/addons", self.create_addon),
            ("GET", CLUSTER + "/addons", self.list_addons),
            ("GET", ADDON, self.describe_addon),
            ("POST", ADDON + "/update", self.update_addon),
            ("DELETE", ADDON, self.delete_addon),
            ("POST", POLICIES, self.associate_access_policy),
            ("GET", POLICIES, self.list_associated_access_policies),
            ("DELETE", POLICIES + r"/(?P<policy>.+)", self.disassociate_access_policy),
            ("POST", CLUSTER + "/access-entries", self.create_access_entry),
            ("GET", CLUSTER + "/access-entries", self.list_access_entries),
            ("GET", ENTRY, self.describe_access_entry),
            ("POST", ENTRY, self.update_access_entry),
            ("DELETE", ENTRY, self.delete_access_entry),
        )
        for method, path, handler in routes:
            table.route("eks", method, path, handler)
        self.identities.register(table)
        ControlPlanes(self._account).register(table)

    def content(self) -> dict[str, frozenset[str]]:
        """Ids of what is kept, of clusters that exist: what belongs to a deleted cluster went with it."""
        clusters = self._account.backend("eks").clusters
        policies = {(cluster, f"{entry}#{arn}") for (cluster, entry), all in self._policies.items() for arn in all}
        kinds = {
            "addon": set(self._addons),
            "access-entry": set(self._entries),
            "access-policy": policies,
            "pod-identity-association": self.identities.keys(),
        }
        return {
            kind: frozenset(f"{cluster}/{id}" for cluster, id in keys if cluster in clusters)
            for kind, keys in kinds.items()
        }

    # --- add-ons

    def create_addon(self, call: RestCall) -> RestAnswer:
        cluster, body = self._cluster(call), call.json()
        name = body["addonName"]
        if (cluster, name) in self._addons:
            raise AwsError("ResourceInUseException", f"Addon already exists: {name}", 409)
        if "serviceAccountRoleArn" in body:
            self._check_role(body["serviceAccountRoleArn"])
        moment = now()
        record = {
            "addonName": name,
            "clusterName": cluster,
            "status": "ACTIVE",
            "health": {"issues": []},
            "addonVersion": body.get("addonVersion", "v1.0.0-eksbuild.1"),
            "addonArn": self._account.arn("eks", f"addon/{cluster}/{name}/{uuid.uuid4()}"),
            "createdAt": moment,
            "modifiedAt": moment,
            "tags": body.get("tags", {}),
            **{key: body[key] for key in ("serviceAccountRoleArn", "configurationValues") if key in body},
        }
        self._identify(record, body)
        self._addons[cluster, name] = record
        return RestAnswer({"addon": record})

    def list_addons(self, call: RestCall) -> RestAnswer:
        return RestAnswer({"addons": _names(self._addons, self._cluster(call))})

    def describe_addon(self, call: RestCall) -> RestAnswer:
        return RestAnswer({"addon": self._addon(call)})

    def update_addon(self, call: RestCall) -> RestAnswer:
        record, body = self._addon(call), call.json()
        if "serviceAccountRoleArn" in body:
            self._check_role(body["serviceAccountRoleArn"])
        self._identify(record, body)
        kept = ("addonVersion", "serviceAccountRoleArn", "configurationValues")
        record.update({key: body[key] for key in kept if key in body}, modifiedAt=now())
        return RestAnswer({"update": update("AddonUpdate")})

    def delete_addon(self, call: RestCall) -> RestAnswer:
        record = self._addon(call)
        del self._addons[record["clusterName"], record["addonName"]]
        self.identities.replace(record["clusterName"], record["addonArn"], "", [])
        return RestAnswer({"addon": {**record, "status": "DELETING"}})

    def _addon(self, call: RestCall) -> Params:
        return _get(self._addons, self._cluster(call), call.path["name"], "No addon: {} found in cluster: {}")

    def _identify(self, record: Params, body: Params) -> None:
        """An add-on makes the associations of its pods itself; what it is told replaces those that it had."""
        if "podIdentityAssociations" in body:
            namespace = NAMESPACES.get(record["addonName"], "kube-system")
            record["podIdentityAssociations"] = self.identities.replace(
                record["clusterName"], record["addonArn"], namespace, body["podIdentityAssociations"]
            )

    # --- access entries

    def create_access_entry(self, call: RestCall) -> RestAnswer:
        cluster, body = self._cluster(call), call.json()
        principal, kind = body["principalArn"], body.get("type", "STANDARD")
        if kind not in ENTRY_TYPES:
            raise AwsError(
                "InvalidParameterException", f"The type {kind} is not one of {', '.join(sorted(ENTRY_TYPES))}"
            )
        self._check_principal(principal)
        if (cluster, principal) in self._entries:
            raise AwsError(
                "ResourceInUseException",
                "The specified access entry resource is already in use on this cluster.",
                409,
            )
        moment = now()
        record = {
            "clusterName": cluster,
            "principalArn": principal,
            "kubernetesGroups": body.get("kubernetesGroups", []),
            "accessEntryArn": self._account.arn("eks", f"access-entry/{cluster}/role/{uuid.uuid4()}"),
            "createdAt": moment,
            "modifiedAt": moment,
            "tags": body.get("tags", {}),
            "username": body.get("username", principal),
            "type": kind,
        }
        self._entries[cluster, principal] = record
        self._policies[cluster, principal] = {}
        return RestAnswer({"accessEntry": record})

    def list_access_entries(self, call: RestCall) -> RestAnswer:
        return RestAnswer({"accessEntries": _names(self._entries, self._cluster(call))})

    def describe_access_entry(self, call: RestCall) -> RestAnswer:
        return RestAnswer({"accessEntry": self._entry(call)})

    def update_access_entry(self, call: RestCall) -> RestAnswer:
        record, body = self._entry(call), call.json()
        changes = {key: body[key] for key in ("kubernetesGroups", "username") if key in body}
        record.update(changes, modifiedAt=now())
        return RestAnswer({"accessEntry": record})

    def delete_access_entry(self, call: RestCall) -> RestAnswer:
        record = self._entry(call)
        key = record["clusterName"], record["principalArn"]
        del self._entries[key]
        self._policies.pop(key, None)
        return RestAnswer({})

    def associate_access_policy(self, call: RestCall) -> RestAnswer:
        record, body = self._entry(call), call.json()
        policy = body["policyArn"]
        if not policy.startswith(ACCESS_POLICY):
            raise AwsError("InvalidParameterException", f"The policyArn parameter format is not valid: {policy}")
        moment = now()
        found = {"policyArn": policy, "accessScope": body["accessScope"], "associatedAt": moment, "modifiedAt": moment}
        cluster, principal = record["clusterName"], record["principalArn"]
        self._policies[cluster, principal][policy] = found
        answer = {"clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": found}
        return RestAnswer(answer)

    def list_associated_access_policies(self, call: RestCall) -> RestAnswer:
        record = self._entry(call)
        cluster, principal = record["clusterName"], record["principalArn"]
        found = list(self._policies[cluster, principal].values())
        answer = {"clusterName": cluster, "principalArn": principal, "associatedAccessPolicies": found}
        return RestAnswer(answer)

    def disassociate_access_policy(self, call: RestCall) -> RestAnswer:
        record = self._entry(call)
        found = self._policies[record["clusterName"], record["principalArn"]]
        if found.pop(call.path["policy"], None) is None:
            raise AwsError("ResourceNotFoundException", f"No association with {call.path['policy']} found", 404)
        return RestAnswer({})

    def _entry(self, call: RestCall) -> Params:
        text = "The specified principalArn could not be found: {} in cluster {}"
        return _get(self._entries, self._cluster(call), call.path["principal"], text)

    # --- checks

    def _cluster(self, call: RestCall) -> str:
        name = call.path["cluster"]
        if name not in self._account.backend("eks").clusters:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
        return name

    def _check_role(self, arn: str) -> None:
        if all(role.arn != arn for role in self._account.backend("iam").roles.values()):
            raise AwsError("InvalidParameterException", f"Role {arn} does not exist")

    def _check_principal(self, arn: str) -> None:
        if ":role/" in arn and arn.split(":")[4] == self._account.account_id:
            self._check_role(arn)
        elif not arn.startswith("arn:"):
            raise AwsError("InvalidParameterException", "The principalArn parameter format is not valid")


def _names(records: Records, cluster: str) -> list[str]:
    return [name for other, name in records if other == cluster]


def _get(records: Records, cluster: str, name: str, text: str) -> Params:
    found = records.get((cluster, name))
    if found is None:
        raise AwsError("ResourceNotFoundException", text.format(name, cluster), 404)
    return found
