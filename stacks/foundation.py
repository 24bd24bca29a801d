"""Network, keys, roles, audit trail: what every other layer stands on."""

from typing import NamedTuple

import pulumi

from components.audit.audit_trail import AuditTrail, AuditTrailArgs, trail_arn
from components.audit.log_bucket import LogBucket, LogBucketArgs
from components.network.access import Access, AccessArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.gateway_endpoints import GatewayEndpoints, GatewayEndpointsArgs
from components.network.interface_endpoints import InterfaceEndpoints, InterfaceEndpointsArgs
from components.network.network import Network, NetworkArgs
from components.security.delivery import Delivery, DeliveryArgs
from components.security.keys import Domain, Keys, KeysArgs
from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs
from components.security.persons import Persons, PersonsArgs
from components.security.roles import Actor, Roles, RolesArgs
from contracts import outputs
from stacks.environment import Environment
from stacks.persons import persons
from stacks.private_services import private_services
from stacks.settings import EstateSettings
from stacks.settings.foundation import GithubSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, _workloads: Workloads, _upstream: Upstream, opts: pulumi.ResourceOptions
) -> outputs.FoundationOutputs[Wire]:
    own, place = settings.foundation, env.placement
    boundary_arn = _boundary(env, own.existing_permission_boundary_arn, opts)
    keys = _keys(env, settings, opts)
    logs = LogBucket("logs", LogBucketArgs(placement=place, retention_days=own.audit_retention_days), opts)
    AuditTrail(
        "audit",
        AuditTrailArgs(
            placement=place,
            key_arn=keys[Domain.LOGS],
            log_bucket=logs.bucket,
            retention_days=own.audit_retention_days,
        ),
        opts,
    )
    ground = _ground(env, settings, keys[Domain.LOGS], boundary_arn, opts)
    access = _access(env, settings, ground, opts)
    _peer(env, settings, ground, opts)
    roles = Roles(
        "roles",
        RolesArgs(
            placement=place,
            environment=env.name,
            permission_boundary_arn=boundary_arn,
            models_key_arn=keys[Domain.MODELS],
            logs_key_arn=keys[Domain.LOGS],
        ),
        opts,
    )
    person_roles = _persons(env, settings, keys, roles.arns[Actor.JOBS], boundary_arn, opts)
    return outputs.FoundationOutputs[Wire](
        vpc_id=ground.vpc_id,
        private_subnet_ids=ground.subnet_ids,
        security_groups=outputs.SecurityGroups[Wire](
            jobs=access.jobs, endpoints=access.endpoints, models=access.models
        ),
        keys=outputs.Keys[Wire](**{domain.value: arn for domain, arn in keys.items()}),
        roles=outputs.Roles[Wire](**{actor.value: arn for actor, arn in roles.arns.items()}),
        role_names=outputs.Roles[Wire](**{actor.value: name for actor, name in roles.names.items()}),
        permission_boundary_arn=boundary_arn,
        log_bucket=logs.bucket,
        ci_role={} if own.github is None else {"ci": _delivery(env, settings, own.github, boundary_arn, opts)},
        person_roles=person_roles,
    )


class Ground(NamedTuple):
    """The network, made or brought along."""

    vpc_id: Wire
    subnet_ids: dict[str, Wire]
    route_table_ids: dict[str, Wire]


def _ground(
    env: Environment, settings: EstateSettings, log_key_arn: Wire, boundary_arn: Wire, opts: pulumi.ResourceOptions
) -> Ground:
    network, place = settings.foundation.network, env.placement
    if network.existing is not None:
        return Ground(
            pulumi.Output.from_input(network.existing.vpc_id),
            _wires(network.existing.private_subnet_ids),
            _wires(network.existing.route_table_ids),
        )
    made = Network(
        "network", NetworkArgs(placement=place, cidr=network.cidr, zones=network.zones, nat=network.nat), opts
    )
    if network.flow_logs:
        FlowLogs(
            "flow-logs",
            FlowLogsArgs(
                placement=place,
                vpc_id=made.vpc_id,
                key_arn=log_key_arn,
                permission_boundary_arn=boundary_arn,
                retention_days=settings.monitoring.log_retention_days,
            ),
            opts,
        )
    return Ground(made.vpc_id, made.private_subnet_ids, made.route_table_ids)


def _persons(
    env: Environment,
    settings: EstateSettings,
    keys: dict[Domain, Wire],
    jobs_role_arn: Wire,
    boundary_arn: Wire,
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """ARNs of the roles of persons; none where the settings trust nobody with one."""
    trusted = persons(settings)
    if not trusted:
        return {}
    made = Persons(
        "persons",
        PersonsArgs(
            placement=env.placement,
            environment=env.name,
            trusted=trusted,
            permission_boundary_arn=boundary_arn,
            data_key_arn=keys[Domain.DATA],
            models_key_arn=keys[Domain.MODELS],
            logs_key_arn=keys[Domain.LOGS],
            jobs_role_arn=jobs_role_arn,
            instance_types=settings.foundation.persons.instance_types,
            governed=settings.data.lake_formation is not None,
        ),
        opts,
    )
    return {person.value: arn for person, arn in made.arns.items()}


def _peer(env: Environment, settings: EstateSettings, ground: Ground, opts: pulumi.ResourceOptions) -> None:
    """Ways to other networks."""
    if not settings.foundation.network.peers:
        return
    from components.network.peering import Peering, PeeringArgs

    for name, peer in settings.foundation.network.peers.items():
        Peering(
            f"peer-{name}",
            PeeringArgs(
                placement=env.placement,
                vpc_id=ground.vpc_id,
                route_table_ids=ground.route_table_ids,
                peer=name,
                cidr=peer.cidr,
                peer_vpc_id=peer.vpc_id,
                account_id=peer.account_id,
                region=peer.region,
                connection_id=peer.connection_id,
            ),
            opts,
        )


def _access(env: Environment, settings: EstateSettings, ground: Ground, opts: pulumi.ResourceOptions) -> Access:
    """Security groups and, as far as the settings want them, the endpoints behind them."""
    network, place = settings.foundation.network, env.placement
    brought = network.existing is not None
    ours = network.existing.endpoints if network.existing is not None else True
    prefix_lists: dict[str, Wire] = {}
    if ours and ground.route_table_ids:
        gateways = GatewayEndpoints(
            "gateways",
            GatewayEndpointsArgs(placement=place, vpc_id=ground.vpc_id, route_table_ids=ground.route_table_ids),
            opts,
        )
        prefix_lists = gateways.prefix_lists
    access = Access(
        "access",
        AccessArgs(
            placement=place,
            vpc_id=ground.vpc_id,
            cidr=str(network.cidr),
            prefix_lists=prefix_lists,
            # Where a network that was brought along lets traffic go, its own routes and filters say.
            internet=not prefix_lists if brought else network.nat != "none",
        ),
        opts,
    )
    if ours and network.interface_endpoints:
        zones = list(ground.subnet_ids)[: network.endpoint_zones]
        InterfaceEndpoints(
            "services",
            InterfaceEndpointsArgs(
                placement=place,
                vpc_id=ground.vpc_id,
                subnet_ids={zone: ground.subnet_ids[zone] for zone in zones},
                security_group_id=access.endpoints,
                services=private_services(settings),
            ),
            opts,
        )
    return access


def _keys(env: Environment, settings: EstateSettings, opts: pulumi.ResourceOptions) -> dict[Domain, Wire]:
    existing = settings.foundation.existing_keys
    if existing is not None:
        return {domain: pulumi.Output.from_input(getattr(existing, domain)) for domain in Domain}
    return Keys("keys", KeysArgs(placement=env.placement, trail_arn=trail_arn(env.placement)), opts).arns


def _boundary(env: Environment, existing_arn: str | None, opts: pulumi.ResourceOptions) -> Wire:
    if existing_arn is not None:
        return pulumi.Output.from_input(existing_arn)
    return PermissionBoundary("boundary", PermissionBoundaryArgs(placement=env.placement), opts).arn


def _delivery(
    env: Environment, settings: EstateSettings, github: GithubSettings, boundary_arn: Wire, opts: pulumi.ResourceOptions
) -> Wire:
    delivery = Delivery(
        "delivery",
        DeliveryArgs(
            placement=env.placement,
            repository=github.repository,
            environment=env.name if github.environment is None else github.environment,
            branches=github.branches,
            provider_arn=github.existing_provider_arn,
            permission_boundary_arn=boundary_arn,
            assume_role_arn=settings.aws.assume_role_arn,
        ),
        opts,
    )
    return delivery.role_arn


def _wires(values: dict[str, str]) -> dict[str, Wire]:
    return {key: pulumi.Output.from_input(value) for key, value in values.items()}
