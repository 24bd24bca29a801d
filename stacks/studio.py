"""Where people try things out: a Studio domain, and the record of experiments."""

from typing import NamedTuple

import pulumi

from components.images.repositories import ImageRepositories, repository_arn
from components.studio.domain import StudioDomain, StudioDomainArgs
from components.studio.image import StudioImage
from components.studio.profile import StudioProfile, StudioProfileArgs
from components.studio.role import Persona, StudioRole, StudioRoleArgs
from components.tracking.server import TrackingServer, TrackingServerArgs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.studio import StudioSettings
from stacks.settings.training import TrackingSettings
from stacks.upstream import Upstream, Wire


class Lab(NamedTuple):
    """The domain, and the names of the roles of its apps, as `studio-<persona>`."""

    domain: StudioDomain
    roles: dict[str, Wire]


def tracking_server(
    env: Environment,
    wanted: TrackingSettings,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> TrackingServer:
    """MLflow, to which the environment's jobs may record."""
    base, data = upstream.foundation, upstream.data
    server = TrackingServer(
        "experiments",
        TrackingServerArgs(
            placement=env.placement,
            bucket=data.buckets.models,
            bucket_arn=data.bucket_arns.models,
            key_arn=base.keys.models,
            permission_boundary_arn=base.permission_boundary_arn,
            size=wanted.size,
            version=wanted.version,
            maintenance=wanted.maintenance,
        ),
        opts,
    )
    server.grant_record("jobs", base.role_names.jobs)
    return server


def studio(
    env: Environment,
    settings: EstateSettings,
    wanted: StudioSettings,
    tracking_arn: Wire | None,
    repositories: ImageRepositories,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> Lab:
    base = upstream.foundation
    personas = {Persona.DATA_SCIENTIST, *(Persona(profile.persona) for profile in wanted.profiles.values())}
    roles = {
        persona: StudioRole(
            f"studio-{persona}",
            _may(env, settings, wanted, persona, tracking_arn, repositories, upstream),
            opts,
        )
        for persona in sorted(personas)
    }
    _let_ask(env, settings, roles, upstream, opts)
    variables: dict[str, pulumi.Input[str]] = {"ESTATE_ENVIRONMENT": env.name, "AWS_DEFAULT_REGION": env.region}
    if tracking_arn is not None:
        variables["MLFLOW_TRACKING_URI"] = tracking_arn
    domain = StudioDomain(
        "studio",
        StudioDomainArgs(
            placement=env.placement,
            vpc_id=base.vpc_id,
            subnet_ids=_subnets(upstream),
            # Apps reach what jobs reach, and no more: the endpoints of AWS's services.
            security_group_id=base.security_groups.jobs,
            key_arn=base.keys.models,
            role_arn=roles[Persona.DATA_SCIENTIST].arn,
            auth=wanted.auth,
            idle_minutes=wanted.idle_minutes,
            most_idle_minutes=wanted.most_idle_minutes,
            instance_type=wanted.instance_type,
            space_gb=wanted.space_gb,
            most_space_gb=wanted.most_space_gb,
            environment=variables,
            image=None
            if wanted.image is None
            else StudioImage(uri=wanted.image.uri, display_name=wanted.image.display_name),
        ),
        opts,
    )
    _profiles(env, wanted, domain, roles, upstream, opts)
    names = {f"studio-{persona}": role.arn.apply(lambda arn: arn.rpartition("/")[2]) for persona, role in roles.items()}
    return Lab(domain, names)


def _profiles(
    env: Environment,
    wanted: StudioSettings,
    domain: StudioDomain,
    roles: dict[Persona, StudioRole],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    for name, profile in wanted.profiles.items():
        own = roles[Persona(profile.persona)].arn
        StudioProfile(
            f"studio-{name}",
            StudioProfileArgs(
                placement=env.placement,
                profile=name,
                domain_id=domain.domain_id,
                role_arn=own if profile.role_arn is None else profile.role_arn,
                security_group_id=upstream.foundation.security_groups.jobs,
                persona=profile.persona,
                sso_user=profile.sso_user,
            ),
            opts,
        )


def _may(
    env: Environment,
    settings: EstateSettings,
    wanted: StudioSettings,
    persona: Persona,
    tracking_arn: Wire | None,
    repositories: ImageRepositories,
    upstream: Upstream,
) -> StudioRoleArgs:
    base, data = upstream.foundation, upstream.data
    governed = settings.data.lake_formation is not None
    image = [] if wanted.image is None else [repository_arn(env.partition, wanted.image.uri)]
    return StudioRoleArgs(
        placement=env.placement,
        persona=persona,
        environment=env.name,
        permission_boundary_arn=base.permission_boundary_arn,
        # Raw rows may hold what nobody has looked at yet. What Lake Formation governs is asked for through Athena.
        readable_arns=[data.bucket_arns.features, *([] if governed else [data.bucket_arns.curated])],
        answers_arn=data.bucket_arns.curated,
        work_arn=data.bucket_arns.models,
        key_arns=[base.keys.data, base.keys.models],
        workgroup=data.workgroup,
        database=data.database,
        repository_arns=[*repositories.arns, *image],
        subnet_ids=_subnets(upstream),
        instance_types=settings.foundation.persons.instance_types,
        tracking_arn=tracking_arn,
    )


def _let_ask(
    env: Environment,
    settings: EstateSettings,
    roles: dict[Persona, StudioRole],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    """Rows without personal data, where Lake Formation governs the lake."""
    if settings.data.lake_formation is None:
        return
    from components.lakeformation.grants import Access, LakeGrant, LakeGrantArgs

    for persona, role in roles.items():
        LakeGrant(
            f"lake-grant-studio-{persona}",
            LakeGrantArgs(
                placement=env.placement,
                role_arn=role.arn,
                tag=upstream.data.personal_tag["key"],
                access=Access.READ,
            ),
            opts,
        )


def _subnets(upstream: Upstream) -> list[Wire]:
    found = upstream.foundation.private_subnet_ids
    return [found[zone] for zone in sorted(found)]
