"""Deletions that AWS refuses because something still uses what is to go, and that moto carries out."""

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError
from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend
from moto.kms.models import KmsBackend

from estate.cloud.services.limits.guards import Given, Guard


def _security_group(ec2: EC2Backend, given: Given) -> None:
    group = given.get("group_id") or given.get("name")
    for other in (item for groups in ec2.groups.values() for item in groups.values()):
        named = {(rule.source_group or {}).get("GroupId") for rule in _rules(other)}
        if other.id != group and group in named:
            raise DependencyViolationError(f"resource {group} has a dependent object")
    if any(group in endpoint.security_group_ids for endpoint in _endpoints(ec2)) or any(
        group in {item.id for item in interface.group_set} for interface in ec2.enis.values()
    ):
        raise DependencyViolationError(f"resource {group} has a dependent object")
    if group in _of_clusters(ec2, "securityGroupIds"):
        raise DependencyViolationError(f"resource {group} has a dependent object")


def _subnet(ec2: EC2Backend, given: Given) -> None:
    subnet = given["subnet_id"]
    taken = (
        {interface.subnet.id for interface in ec2.enis.values()}
        | {id for endpoint in _endpoints(ec2) for id in endpoint.subnet_ids or ()}
        | {gateway.subnet_id for gateway in _nat_gateways(ec2)}
        | _of_clusters(ec2, "subnetIds")
    )
    if subnet in taken:
        raise DependencyViolationError(f"The subnet '{subnet}' has dependencies and cannot be deleted.")


def _vpc(ec2: EC2Backend, given: Given) -> None:
    vpc = given["vpc_id"]
    groups = [group for group in ec2.groups.get(vpc, {}).values() if group.name != "default"]
    gateways = [gateway for gateway in ec2.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc]
    endpoints = [endpoint for endpoint in _endpoints(ec2) if endpoint.vpc_id == vpc]
    if groups or gateways or endpoints:
        raise DependencyViolationError(f"The vpc '{vpc}' has dependencies and cannot be deleted.")


def _detached_gateway(ec2: EC2Backend, given: Given) -> None:
    vpc = given["vpc_id"]
    if any(ec2.get_subnet(gateway.subnet_id).vpc_id == vpc for gateway in _nat_gateways(ec2)):
        raise DependencyViolationError(
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway."
        )


def _address(ec2: EC2Backend, given: Given) -> None:
    for address in ec2.addresses:
        named = address.allocation_id == given.get("allocation_id") or address.public_ip == given.get("address")
        if named and address.association_id:
            raise EC2ClientError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def _policy(iam: IAMBackend, given: Given) -> None:
    arn = given["policy_arn"]
    policy = iam.managed_policies.get(arn)
    if policy is None:
        return
    if policy.attachment_count or any(role.permissions_boundary_arn == arn for role in iam.roles.values()):
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )


def _key(kms: KmsBackend, given: Given) -> None:
    key = kms.keys[given["key_id"]]
    if key.key_state == "PendingDeletion":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")


DELETIONS: tuple[tuple[type, str, Guard], ...] = (
    (EC2Backend, "delete_security_group", _security_group),
    (EC2Backend, "delete_subnet", _subnet),
    (EC2Backend, "delete_vpc", _vpc),
    (EC2Backend, "detach_internet_gateway", _detached_gateway),
    (EC2Backend, "release_address", _address),
    (IAMBackend, "delete_policy", _policy),
    (KmsBackend, "schedule_key_deletion", _key),
)


def _rules(group: Any) -> Iterator[Any]:
    yield from group.ingress_rules
    yield from group.egress_rules


def _endpoints(ec2: EC2Backend) -> list[Any]:
    return [endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.state != "deleted"]


def _nat_gateways(ec2: EC2Backend) -> list[Any]:
    return [gateway for gateway in ec2.nat_gateways.values() if gateway.state != "deleted"]


def _of_clusters(ec2: EC2Backend, member: str) -> set[str]:
    """What the network interfaces of clusters use; moto makes none for them."""
    clusters = get_backend("eks")[ec2.account_id][ec2.region_name].clusters.values()
    return {id for cluster in clusters for id in cluster.resources_vpc_config.get(member) or ()}
