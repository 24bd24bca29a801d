import json

from components.images.registry import Cached, CopiedTo, ImageRegistry, ImageRegistryArgs
from components.images.repositories import ImageRepositories, ImageRepositoriesArgs
from components.images.signing import ImageSigning, ImageSigningArgs


def signing(record, place, **changes):
    def program():
        ImageSigning("signing", ImageSigningArgs(placement=place, **changes)).grant_sign("builds", "builds-role")

    return record(program)


def test_what_this_environment_pushes_is_signed(record, place):
    result = signing(record, place)
    profile = result.made("signing-profile").outputs["arn"]

    assert result.named("signing-profile")["platformId"] == "Notation-OCI-SHA384-ECDSA"
    assert json.loads(result.named("signing-configuration")["desiredState"]) == {
        "Rules": [
            {
                "SigningProfileArn": profile,
                "RepositoryFilters": [{"Filter": "mlops-test-*", "FilterType": "WILDCARD_MATCH"}],
            }
        ]
    }
    assert result.statements("signing-sign-builds")["SignImages"]["Resource"] == profile


def test_a_profile_never_asks_for_a_name_that_was_given_before(record, place):
    profile = signing(record, place).named("signing-profile")

    assert profile["namePrefix"] == "mlops_test_images_"
    assert "name" not in profile


def test_signatures_hold_as_long_as_is_said(record, place):
    assert signing(record, place, months=12).named("signing-profile")["signatureValidityPeriod"] == {
        "type": "MONTHS",
        "value": 12,
    }


def test_other_accounts_pull_and_do_no_more(record, place):
    args = ImageRepositoriesArgs(placement=place, key_arn="arn:key", readers=("222222222222",))
    statement = record(lambda: ImageRepositories("images", args)).statements("images-jobs-readers")["OtherAccountsPull"]

    assert statement["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}
    assert statement["Action"] == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_without_other_accounts_there_is_no_policy(record, place):
    args = ImageRepositoriesArgs(placement=place, key_arn="arn:key")

    assert record(lambda: ImageRepositories("images", args)).names("aws:ecr/repositoryPolicy:RepositoryPolicy") == []


def test_registries_are_pulled_through_and_images_copied_where_named(record, place):
    args = ImageRegistryArgs(
        placement=place,
        cache={"hub": Cached(registry="registry-1.docker.io", credential_arn="arn:secret")},
        copies=[CopiedTo(region="eu-west-1", account_id="111111111111")],
    )
    result = record(lambda: ImageRegistry("image-registry", args))

    assert result.named("image-registry-cache-hub") == {
        "ecrRepositoryPrefix": "hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": "arn:secret",
    }
    (rule,) = result.named("image-registry-copies")["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": "eu-west-1", "registryId": "111111111111"}]
    assert rule["repositoryFilters"] == [{"filter": "mlops-test-", "filterType": "PREFIX_MATCH"}]
