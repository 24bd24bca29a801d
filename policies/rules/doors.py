"""Rules over doors to the models beside HTTP APIs: REST APIs, web ACLs, user pools."""

from collections.abc import Iterator

from .neighbours import points_at
from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, document, items, record

REST = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
METHODS = "aws:apigateway/methodSettings:MethodSettings"
ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ACL_LOG = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "x-amazon-apigateway-any-method")
LEAST_PASSWORD = 12
# Ways to sign in that send a password to the pool, or hand a token out in a URL.
WEAK_FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")


@rule(
    id="rest-authorized",
    on=REST,
    title="Every method of a REST API knows who calls: an API key alone says nothing of that.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Give each method a security scheme of the kind awsSigv4, cognito_user_pools or custom in the description.",
)
def rest_authorized(inputs: Inputs) -> Iterator[str]:
    if "body" not in inputs:
        yield "it has no description that says who may call"
        return
    described = document(inputs["body"])
    schemes = record(record(described.get("components")).get("securitySchemes"))
    known = {name for name in schemes if "x-amazon-apigateway-authtype" in record(schemes[name])}
    for path, verbs in sorted(record(described.get("paths")).items()):
        for verb in (each for each in VERBS if each in verbs):
            needed = [name for each in items(record(verbs[verb]).get("security")) for name in each]
            if not known & set(needed):
                yield f"everyone may call {verb.upper()} {path}"


@rule(
    id="rest-callers-bound",
    on=REST,
    title="A REST API has a policy of its own, which opens it to whole accounts at most, or to bearers of tokens.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.6"),
    fix="Set x-amazon-apigateway-policy in the description, with the accounts or the address ranges that may call.",
)
def rest_callers_bound(inputs: Inputs) -> Iterator[str]:
    described = document(inputs["body"]) if "body" in inputs else {}
    if "policy" not in inputs and not record(described.get("x-amazon-apigateway-policy")):
        yield "it has no policy"


@rule(
    id="rest-logged",
    on=STAGE,
    title="Who asked when, and what came of it, is written down and can be traced.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "HIPAA-164.312(b)", "SOX-404", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set accessLogSettings with destinationArn and a format, and xrayTracingEnabled.",
)
def rest_logged(inputs: Inputs) -> Iterator[str]:
    if "destinationArn" not in record(inputs.get("accessLogSettings")):
        yield "requests are not logged"
    if inputs.get("xrayTracingEnabled") is not True:
        yield "requests are not traced"


@stack_rule(
    id="rest-behind-firewall",
    on=STAGE,
    title="A web ACL stands in front of a REST API.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Associate a web ACL with the stage (serving.rest.firewall).",
)
def rest_behind_firewall(stage: Resource, stack: Stack) -> Iterator[str]:
    for each in stack.of(ASSOCIATION):
        if points_at(each, "resourceArn", stage):
            return
    yield "no web ACL is associated with it"


@rule(
    id="rest-limited",
    on=METHODS,
    title="Methods of a REST API have limits, and their requests stand in no log.",
    severity=Severity.HIGH,
    controls=("GDPR-5", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set throttlingRateLimit and throttlingBurstLimit, and dataTraceEnabled to false.",
)
def rest_limited(inputs: Inputs) -> Iterator[str]:
    settings = record(inputs.get("settings"))
    for name in ("throttlingRateLimit", "throttlingBurstLimit"):
        if settings.get(name, -1) <= 0:
            yield f"{name} is not set"
    if settings.get("dataTraceEnabled"):
        yield "whole requests and answers are logged"


@rule(
    id="rest-cache-guarded",
    on=METHODS,
    title="Answers that a REST API keeps are encrypted, and only those who may can have them thrown away.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set cacheDataEncrypted and requireAuthorizationForCacheControl.",
)
def rest_cache_guarded(inputs: Inputs) -> Iterator[str]:
    settings = record(inputs.get("settings"))
    if not settings.get("cachingEnabled"):
        return
    if settings.get("cacheDataEncrypted") is not True:
        yield "kept answers are not encrypted"
    if settings.get("requireAuthorizationForCacheControl") is not True:
        yield "everybody may have kept answers thrown away"


@stack_rule(
    id="waf-logged",
    on=ACL,
    title="What a web ACL stops is logged, without what says who called.",
    severity=Severity.MEDIUM,
    controls=("GDPR-5", "HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Give it a logging configuration whose redactedFields name the authorization header, and no samples.",
)
def waf_logged(acl: Resource, stack: Stack) -> Iterator[str]:
    logs = [each for each in stack.of(ACL_LOG) if points_at(each, "resourceArn", acl)]
    if not logs:
        yield "it has no log"
    for log in logs:
        headers = {
            str(record(each.get("singleHeader")).get("name")) for each in items(log.values.get("redactedFields"))
        }
        if "authorization" not in headers:
            yield "its log has the authorization header"
    if record(acl.values.get("visibilityConfig")).get("sampledRequestsEnabled"):
        yield "samples of whole requests are kept"


@rule(
    id="waf-limits-addresses",
    on=ACL,
    title="One address cannot use a door up.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.6", "SOC2-A1.1", "SOC2-CC6.6"),
    fix="Give the web ACL a rule with a rateBasedStatement.",
)
def waf_limits_addresses(inputs: Inputs) -> Iterator[str]:
    if not any(record(record(each.get("statement")).get("rateBasedStatement")) for each in items(inputs.get("rules"))):
        yield "no rule counts an address's requests"


@rule(
    id="callers-guarded",
    on=POOL,
    title="Those who sign in were invited, have a long password and a second factor, and are watched.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.308(a)(4)", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Set mfaConfiguration to ON, adminCreateUserConfig.allowAdminCreateUserOnly, passwordPolicy.minimumLength to "
    f"{LEAST_PASSWORD} or more, and userPoolAddOns.advancedSecurityMode.",
)
def callers_guarded(inputs: Inputs) -> Iterator[str]:
    if inputs.get("mfaConfiguration") != "ON":
        yield "a password alone signs in"
    if record(inputs.get("adminCreateUserConfig")).get("allowAdminCreateUserOnly") is not True:
        yield "everybody may sign up"
    length = record(inputs.get("passwordPolicy")).get("minimumLength", 8)
    if length < LEAST_PASSWORD:
        yield f"passwords of {length} characters are allowed"
    if record(inputs.get("userPoolAddOns")).get("advancedSecurityMode", "OFF") == "OFF":
        yield "nobody watches who signs in"


@rule(
    id="callers-tokens-safe",
    on=CLIENT,
    title="Tokens are handed out safely, can be taken back, and refusals say nothing of who exists.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Use the flows code or client_credentials, HTTPS callbacks, enableTokenRevocation, and "
    "preventUserExistenceErrors ENABLED.",
)
def callers_tokens_safe(inputs: Inputs) -> Iterator[str]:
    if "implicit" in items(inputs.get("allowedOauthFlows")):
        yield "tokens stand in URLs (the flow implicit)"
    for flow in items(inputs.get("explicitAuthFlows")):
        if flow in WEAK_FLOWS:
            yield f"passwords are sent as they are ({flow})"
    for url in items(inputs.get("callbackUrls")):
        if not str(url).startswith("https://"):
            yield f"tokens go to {url}"
    if inputs.get("enableTokenRevocation") is not True:
        yield "tokens cannot be taken back"
    if inputs.get("preventUserExistenceErrors") != "ENABLED":
        yield "refusals tell who exists"
