"""What moto leaves out of a cluster's life: its security group, access mode, protection, and upgrades."""

import re
from collections.abc import Mapping
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.clusters.updates import update
from estate.cloud.services.wire import AwsError, Params, PassOn, RestAnswer, RestCall, Table

CLUSTERS = "/clusters"
CLUSTER = CLUSTERS + r"/(?P<cluster>[^/]+)"
NODES = CLUSTER + r"/node-groups/(?P<group>[^/]+)"
# Members of a cluster that moto does not take; it answers with what its record has under the second name.
KEPT = {"accessConfig": "access_config", "deletionProtection": "deletion_protection", "upgradePolicy": "upgrade_policy"}
KEPT_OF_NODES = {"nodeRepairConfig": "node_repair_config", "updateConfig": "update_config"}
MINOR = re.compile(r"1\.(\d+)")


class ControlPlanes:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._asked: dict[str, Params] = {}
        self._asked_of_nodes: dict[tuple[str, str], Params] = {}

    def register(self, table: Table) -> None:
        table.route("eks", "POST", CLUSTERS, self.create_cluster)
        table.route("eks", "GET", CLUSTER, self.describe_cluster)
        table.route("eks", "DELETE", CLUSTER, self.delete_cluster)
        table.route("eks", "POST", CLUSTER + "/update-config", self.update_cluster_config)
        table.route("eks", "POST", CLUSTER + "/updates", self.update_cluster_version)
        table.route("eks", "POST", CLUSTER + "/node-groups", self.create_nodegroup)
        table.route("eks", "GET", NODES, self.describe_nodegroup)
        table.route("eks", "POST", NODES + "/update-version", self.update_nodegroup_version)

    def create_cluster(self, call: RestCall) -> RestAnswer:
        """moto makes it; what it leaves out is added when the cluster is first described."""
        body = call.json()
        if body["name"] not in self._clusters:
            self._asked[body["name"]] = body
        raise PassOn

    def describe_cluster(self, call: RestCall) -> RestAnswer:
        name = call.path["cluster"]
        cluster, asked = self._clusters.get(name), self._asked.pop(name, None)
        if cluster is not None and asked is not None:
            _keep(cluster, asked, KEPT)
            self._make_group(cluster)
        raise PassOn

    def delete_cluster(self, call: RestCall) -> RestAnswer:
        name = call.path["cluster"]
        cluster = self._clusters.get(name)
        if cluster is not None and getattr(cluster, "deletion_protection", False):
            raise AwsError("InvalidRequestException", f"Cluster {name} has deletion protection enabled", 400)
        if cluster is not None and not cluster.nodegroups:
            self._asked.pop(name, None)
            group = cluster.resources_vpc_config.get("clusterSecurityGroupId")
            if group is not None:
                self._account.backend("ec2").delete_security_group(group_id=group)
        raise PassOn

    def update_cluster_config(self, call: RestCall) -> RestAnswer:
        cluster, body = self._cluster(call), call.json()
        wanted = {member: body[member] for member in KEPT if member in body}
        if not wanted:
            raise PassOn
        mode = wanted.get("accessConfig", {}).get("authenticationMode")
        had = getattr(cluster, "access_config", {}).get("authenticationMode")
        if had == "API" and mode not in (None, "API"):
            raise AwsError(
                "InvalidRequestException", f"Unsupported authentication mode update from {had} to {mode}", 400
            )
        for member, value in wanted.items():
            before = getattr(cluster, KEPT[member], None)
            merged = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
            setattr(cluster, KEPT[member], merged)
        return RestAnswer({"update": update("AccessConfigUpdate")})

    def update_cluster_version(self, call: RestCall) -> RestAnswer:
        """One minor version at a time, and none back."""
        cluster, wanted = self._cluster(call), call.json().get("version")
        if _minor(wanted) != _minor(cluster.version) + 1:
            raise AwsError(
                "InvalidParameterException",
                f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}",
                400,
            )
        cluster.version = wanted
        return RestAnswer({"update": update("VersionUpdate")})

    def create_nodegroup(self, call: RestCall) -> RestAnswer:
        """As with clusters: moto makes it, and what it leaves out is added at the first look."""
        cluster, body = self._cluster(call), call.json()
        if body["nodegroupName"] not in cluster.nodegroups:
            self._asked_of_nodes[cluster.name, body["nodegroupName"]] = body
        raise PassOn

    def describe_nodegroup(self, call: RestCall) -> RestAnswer:
        name = call.path["group"]
        group = self._cluster(call).nodegroups.get(name)
        asked = self._asked_of_nodes.pop((call.path["cluster"], name), None)
        if group is not None and asked is not None:
            _keep(group, asked, KEPT_OF_NODES)
        raise PassOn

    def update_nodegroup_version(self, call: RestCall) -> RestAnswer:
        cluster, name, body = self._cluster(call), call.path["group"], call.json()
        group = cluster.nodegroups.get(name)
        if group is None:
            raise AwsError("ResourceNotFoundException", f"No node group found for name: {name}.", 404)
        if _minor(body.get("version", cluster.version)) > _minor(cluster.version):
            raise AwsError(
                "InvalidParameterException", f"Nodes cannot be newer than their cluster's {cluster.version}", 400
            )
        if "launchTemplate" in body:
            group.launch_template = {**(group.launch_template or {}), **body["launchTemplate"]}
        group.version = body.get("version", group.version)
        group.release_version = body.get("releaseVersion", group.release_version)
        group.modified_at = now()
        return RestAnswer({"update": update("VersionUpdate")})

    def _make_group(self, cluster: Any) -> None:
        """EKS makes a group that is open within itself; nodes get it, and it goes with the cluster."""
        ec2 = self._account.backend("ec2")
        subnets = [ec2.get_subnet(id) for id in cluster.resources_vpc_config.get("subnetIds", ())]
        if not subnets:
            return
        text = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes"
        group = ec2.create_security_group(f"eks-cluster-sg-{cluster.name}", text, subnets[0].vpc_id)
        cluster.resources_vpc_config |= {"clusterSecurityGroupId": group.id, "vpcId": subnets[0].vpc_id}

    @property
    def _clusters(self) -> dict[str, Any]:
        return self._account.backend("eks").clusters

    def _cluster(self, call: RestCall) -> Any:
        name = call.path["cluster"]
        if name not in self._clusters:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
        return self._clusters[name]


def _keep(of: Any, asked: Params, members: Mapping[str, str]) -> None:
    for member, own in members.items():
        if member in asked:
            setattr(of, own, asked[member])


def _minor(version: str | None) -> int:
    found = MINOR.fullmatch(version or "")
    if found is None:
        raise AwsError("InvalidParameterException", f"unsupported Kubernetes version {version}", 400)
    return int(found[1])
