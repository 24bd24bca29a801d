"""Mutations for rules/registry.py."""

from policies.rules import registry
from tests.policies.mutations.kit import Mutation, allow, drop

MUTATIONS = {
    "registry-shared-narrowly": Mutation(
        registry.GROUP_POLICY,
        allow("resourcePolicy", Principal={"AWS": "*"}, Action="sagemaker:DescribeModelPackage", Resource="*"),
    ),
    "registry-models-described": Mutation(registry.CARD),
    "registry-cards-encrypted": Mutation(registry.CARD, drop("securityConfig")),
}
