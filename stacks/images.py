"""The images of jobs and endpoints: where they are kept, how they are signed, what builds them."""

import pulumi

from components.builds.image_builds import ImageBuilds, ImageBuildsArgs, PrivateNetwork
from components.images.registry import Cached, CopiedTo, ImageRegistry, ImageRegistryArgs
from components.images.repositories import ImageRepositories, ImageRepositoriesArgs
from components.images.signing import ImageSigning, ImageSigningArgs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.images import BuildSettings
from stacks.upstream import Upstream


def images(
    env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions
) -> ImageRepositories:
    base, wanted = upstream.foundation, settings.training.images
    made = ImageRepositories(
        "images",
        ImageRepositoriesArgs(placement=env.placement, key_arn=base.keys.models, readers=wanted.readers),
        opts=opts,
    )
    made.grant_pull("jobs", base.role_names.jobs)
    made.grant_pull("models", base.role_names.models)
    if wanted.cache or wanted.replicas:
        ImageRegistry(
            "image-registry",
            ImageRegistryArgs(
                placement=env.placement,
                cache={
                    prefix: Cached(registry=each.registry, credential_arn=each.credential_arn)
                    for prefix, each in wanted.cache.items()
                },
                copies=[
                    CopiedTo(
                        region=each.region, account_id=env.account_id if each.account_id is None else each.account_id
                    )
                    for each in wanted.replicas
                ],
            ),
            opts,
        )
    signing = None
    if wanted.signed:
        signing = ImageSigning(
            "image-signing", ImageSigningArgs(placement=env.placement, months=wanted.signature_months), opts
        )
    if settings.training.builds is not None:
        builds = _builds(env, settings, settings.training.builds, made, upstream, opts)
        made.grant_push("builds", builds.role_name)
        if signing is not None:
            signing.grant_sign("builds", builds.role_name)
    return made


def _builds(
    env: Environment,
    settings: EstateSettings,
    wanted: BuildSettings,
    repositories: ImageRepositories,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> ImageBuilds:
    base, data = upstream.foundation, upstream.data
    github = settings.foundation.github
    repository = wanted.repository if wanted.repository is not None else github.repository if github is not None else ""
    subnets = [base.private_subnet_ids[zone] for zone in sorted(base.private_subnet_ids)]
    network = PrivateNetwork(
        vpc_id=base.vpc_id,
        subnet_ids=subnets,
        subnet_arns=[pulumi.Output.concat(env.placement.arn("ec2", "subnet/"), subnet) for subnet in subnets],
        security_group_id=base.security_groups.jobs,
    )
    return ImageBuilds(
        "image-builds",
        ImageBuildsArgs(
            placement=env.placement,
            repository=repository,
            branch=wanted.branch,
            connection_arn=wanted.connection_arn,
            images=repositories.urls,
            tag=settings.training.image_tag,
            signed=settings.training.images.signed,
            compute=wanted.compute,
            timeout_minutes=wanted.timeout_minutes,
            network=network if wanted.in_network else None,
            on_push=wanted.on_push,
            bucket=data.buckets.models,
            bucket_arn=data.bucket_arns.models,
            key_arn=base.keys.models,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
