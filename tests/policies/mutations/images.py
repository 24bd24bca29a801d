"""Mutations for rules/images.py."""

from policies.rules import images
from policies.rules.declared import DECLARED
from tests.policies.mutations.kit import Mutation, allow, inside, put

FILTERS = "Rules[0].RepositoryFilters"
NOBODY = [{"Filter": "mlops-full-nothing", "FilterType": "WILDCARD_MATCH"}]

MUTATIONS = {
    "images-immutable": Mutation(images.REPOSITORY, put("imageTagMutability", "MUTABLE")),
    "images-scanned": Mutation(images.REPOSITORY, put("imageScanningConfiguration.scanOnPush", False)),
    "images-encrypted": Mutation(images.REPOSITORY, put("encryptionConfigurations", [{"encryptionType": "AES256"}])),
    "images-signed": Mutation(DECLARED, inside("desiredState", put(FILTERS, NOBODY)), where="image-signing"),
    "images-signatures-of-images": Mutation(images.PROFILE, put("platformId", "AWSLambda-SHA384-ECDSA")),
    "images-shared-narrowly": Mutation(
        images.REPOSITORY_POLICY, allow(Principal={"AWS": "*"}, Action="ecr:BatchGetImage")
    ),
    "images-tidied": Mutation(images.LIFECYCLE),
}
