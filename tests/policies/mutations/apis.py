"""Mutations for rules/apis.py."""

from policies.rules import apis
from tests.policies.mutations.kit import Mutation, drop, inside, put

MUTATIONS = {
    "api-authorized": Mutation(apis.ROUTE, put("authorizationType", "NONE"), where="api-delivery-eta"),
    "api-limited": Mutation(apis.STAGE, drop("defaultRouteSettings.throttlingRateLimit")),
    "api-logged": Mutation(apis.STAGE, drop("accessLogSettings")),
    "api-closed-to-pages": Mutation(apis.API, put("corsConfiguration.allowOrigins", ["*"])),
    "api-over-tls": Mutation(apis.DOMAIN, put("domainNameConfiguration.securityPolicy", "TLS_1_0")),
    "streams-encrypted": Mutation(apis.STREAM, put("encryptionType", "NONE")),
    "pipes-lose-nothing": Mutation(apis.PIPE, drop("sourceParameters.kinesisStreamParameters.deadLetterConfig")),
    "sagemaker-transforms-encrypted": Mutation(
        apis.SCHEDULE, lambda inputs: inside("input", drop("TransformOutput.KmsKeyId"))(inputs["target"]), "transform"
    ),
}
