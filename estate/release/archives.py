"""The archives of released versions, from which multi-model endpoints load.

SageMaker takes no package for such an endpoint, so what it may load is put under a prefix of its own: `estate promote`
puts the version there that it pins, and takes a version away that is blocked.
"""

from botocore.exceptions import ClientError

from components.endpoint.modes import MultiModel
from estate.release.account import Estate
from estate.release.packages import Package, describe, outputs
from stacks.models import SERVED
from stacks.settings import Release


def archive_name(version: int) -> str:
    """What a request names as its target model."""
    return f"v{version}.tar.gz"


def publish(estate: Estate, model: str, package: Package) -> str | None:
    """Copies a version's archive to where the model's multi-model endpoints load from, and takes blocked ones away.

    Returns its URI; None where the model has no such endpoint.
    """
    if not any(isinstance(serving, MultiModel) for serving in estate.settings.models[model].more_endpoints.values()):
        return None
    s3 = estate.client("s3")
    bucket, prefix = _place(estate, model)
    for key, version in _found(estate, bucket, prefix).items():
        if not _approved(estate, package.arn, version):
            s3.delete_object(Bucket=bucket, Key=key)
    source_bucket, _, source_key = _source(estate, package.arn).removeprefix("s3://").partition("/")
    key = f"{prefix}{archive_name(package.version)}"
    s3.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": source_bucket, "Key": source_key},
        MetadataDirective="REPLACE",
        Metadata={"package": package.arn, "source": f"s3://{source_bucket}/{source_key}"},
    )
    return f"s3://{bucket}/{key}"


def difference(estate: Estate, model: str, release: Release) -> str | None:
    """What is wrong with the archives: the pinned one is missing, or one is there that nobody may serve."""
    bucket, prefix = _place(estate, model)
    found = _found(estate, bucket, prefix)
    if release.version not in found.values():
        return f"s3://{bucket}/{prefix}{archive_name(release.version)} is missing; promote the version again"
    for key, version in sorted(found.items()):
        if version is None:
            return f"s3://{bucket}/{key} is no version's archive"
        if not _approved(estate, release.package_arn, version):
            return f"s3://{bucket}/{key} can be loaded, but version {version} is not approved"
    head = estate.client("s3").head_object(Bucket=bucket, Key=f"{prefix}{archive_name(release.version)}")
    if head["Metadata"].get("package") != release.package_arn:
        return f"s3://{bucket}/{prefix}{archive_name(release.version)} is not of {release.package_arn}"
    return None


def _place(estate: Estate, model: str) -> tuple[str, str]:
    bucket, _, prefix = outputs(estate, model).models_uri.removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/{SERVED}/"


def _found(estate: Estate, bucket: str, prefix: str) -> dict[str, int | None]:
    """Versions by the key of their archive; None for what is not named like one."""
    pages = estate.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {key: _version(key.removeprefix(prefix)) for key in keys}


def _version(name: str) -> int | None:
    number = name.removeprefix("v").removesuffix(".tar.gz")
    return int(number) if number.isdecimal() and name == archive_name(int(number)) else None


def _approved(estate: Estate, arn: str, version: int | None) -> bool:
    """Whether a version of the same group as `arn` may be served."""
    try:
        return version is not None and describe(estate, f"{arn.rpartition('/')[0]}/{version}").approved
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise  # nothing is known of it: no reason to delete what may well be served
        return False


def _source(estate: Estate, arn: str) -> str:
    package = estate.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
