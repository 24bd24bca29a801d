"""Mutations for rules/doors.py."""

from policies.rules import doors
from tests.policies.mutations.kit import Mutation, drop, inside, put

EVERYONE = inside("body", lambda body: body["paths"]["/v1/models/delivery-eta/invocations"]["post"].pop("security"))
OPEN = inside("body", lambda body: body.pop("x-amazon-apigateway-policy"))

MUTATIONS = {
    "rest-authorized": Mutation(doors.REST, EVERYONE),
    "rest-callers-bound": Mutation(doors.REST, OPEN),
    "rest-logged": Mutation(doors.STAGE, put("xrayTracingEnabled", False)),
    "rest-behind-firewall": Mutation(doors.ASSOCIATION),
    "rest-limited": Mutation(doors.METHODS, drop("settings.throttlingBurstLimit"), where="rest-limits"),
    "rest-cache-guarded": Mutation(doors.METHODS, put("settings.cacheDataEncrypted", False), where="cache"),
    "waf-logged": Mutation(doors.ACL_LOG, drop("redactedFields")),
    "waf-limits-addresses": Mutation(doors.ACL, lambda inputs: inputs["rules"].pop(0)),
    "callers-guarded": Mutation(doors.POOL, put("mfaConfiguration", "OPTIONAL")),
    "callers-tokens-safe": Mutation(doors.CLIENT, put("allowedOauthFlows", ["implicit"]), where="console"),
}
