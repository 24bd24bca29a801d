import importlib
import json

import pulumi_aws
import pulumi_kubernetes
import pytest

from components.kubernetes.custom import CustomObject
from estate.plan import crds
from policies.frameworks import CONTROLS, Framework
from policies.rules import RULES, Resource, Rule, Severity, evaluate, judge
from policies.rules.enforcement import Enforcement, enforcement
from policies.rules.identity import no_star_on_star
from policies.rules.keys import rotated
from policies.rules.storage import encrypted, private, tls_only
from policies.rules.tags import TAGGABLE

# pulumi_aws warns about its own deprecated classes while it is imported.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

UNKNOWN = object()
WIDE = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
KEY = "aws:kms/key:Key"
TYPES = sorted({type for rule in RULES for type in rule.types})


def sdk_class(token: str) -> type:
    """The SDK's class of a type token; raises where there is none."""
    package, module, name = token.split(":")
    if (module, name) in crds.schemas():
        return CustomObject
    if package == "pulumi":  # a provider: `pulumi:providers:aws`
        return importlib.import_module(f"pulumi_{name}").Provider
    if package == "kubernetes":
        found = pulumi_kubernetes
        for part in module.split("/"):
            found = getattr(found, part.partition(".")[0])
    else:
        folder = module.split("/")[0]
        found = getattr(pulumi_aws, {"lambda": "lambda_"}.get(folder, folder))
    return getattr(found, name)


@pytest.mark.parametrize("token", sorted({token for rule in RULES for token in rule.types}))
def test_every_type_that_a_rule_speaks_of_is_one_of_the_sdk(token):
    assert getattr(sdk_class(token), "pulumi_type", token) == token


@pytest.mark.parametrize("token", TAGGABLE)
def test_everything_that_must_be_tagged_can_be(token):
    assert hasattr(sdk_class(token), "tags")


def test_ids_are_unique_and_every_rule_says_how_to_keep_to_it():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES if not (rule.title.endswith(".") and rule.fix.endswith("."))] == []


def test_rules_and_controls_name_each_other():
    assert {control for rule in RULES for control in rule.controls} == set(CONTROLS)
    assert {control.framework for control in CONTROLS.values()} == set(Framework)


def test_evaluate_gives_rule_resource_severity_fix_and_controls():
    found = evaluate([Resource("urn:key", KEY, "key", {"enableKeyRotation": False, "deletionWindowInDays": 30})])

    (violation,) = [each for each in found if each.rule == "keys-rotated"]
    assert (violation.urn, violation.message) == ("urn:key", "enableKeyRotation is not true")
    assert (violation.severity, violation.fix) == (Severity.MEDIUM, "Set enableKeyRotation to true.")
    assert violation.controls == rotated.controls


def test_violations_come_in_the_order_of_the_resources():
    keys = [Resource(f"urn:{n}", KEY, str(n), {"deletionWindowInDays": 30}) for n in (3, 1, 2)]

    assert [each.urn for each in judge(keys, [rotated]).violations] == ["urn:3", "urn:1", "urn:2"]


@pytest.mark.parametrize(
    ("rule", "inputs", "value"),
    [
        (rotated, {"enableKeyRotation": UNKNOWN}, "enableKeyRotation"),
        (rotated, {"customerMasterKeySpec": UNKNOWN, "enableKeyRotation": False}, "customerMasterKeySpec"),
        (tls_only, {"bucket": "raw", "policy": UNKNOWN}, "policy"),
    ],
)
def test_an_unknown_value_is_a_doubt_and_neither_a_pass_nor_a_violation(rule, inputs, value):
    verdict = judge([Resource("urn:it", rule.types[0], "it", inputs)], [rule])

    assert verdict.violations == ()
    assert [(doubt.rule, doubt.urn, doubt.value) for doubt in verdict.doubts] == [(rule.id, "urn:it", value)]
    assert verdict.checks == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_resource_without_its_inputs_is_judged_or_doubted_and_stops_no_rule(rule):
    """An engine's preview may leave out what it does not know; a rule that raises would stop `pulumi preview`."""
    found = Resource("urn", rule.types[0], "name", {})
    others = [Resource(f"urn:{type}", type, "name", {}, None, ("urn",), {"any": ("urn",)}) for type in TYPES]
    assert judge([found, *others], [rule]).checks >= 1


def test_an_unknown_value_that_a_rule_does_not_need_is_no_doubt():
    verdict = judge([Resource("urn:it", KEY, "it", {"description": UNKNOWN, "enableKeyRotation": True})], [rotated])

    assert (verdict.violations, verdict.doubts) == ((), ())


def test_which_key_encrypts_may_be_unknown_that_one_does_may_not():
    bucket = Resource("urn:raw", "aws:s3/bucket:Bucket", "raw", {"bucket": "raw"})

    def doubts(default: object) -> list[str]:
        inputs = {"bucket": UNKNOWN, "rules": [{"applyServerSideEncryptionByDefault": default}]}
        token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        other = Resource("urn:sse", token, "sse", inputs, property_dependencies={"bucket": ("urn:raw",)})
        verdict = judge([bucket, other], [encrypted])
        assert verdict.violations == ()
        return [doubt.value for doubt in verdict.doubts]

    assert doubts({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}) == []
    assert doubts({"sseAlgorithm": UNKNOWN}) == ["rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"]


def test_a_neighbour_that_cannot_be_told_by_name_or_dependency_is_a_doubt():
    bucket = Resource("urn:raw", "aws:s3/bucket:Bucket", "raw", {"bucket": "raw"})
    block = Resource("urn:b", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b", {"bucket": UNKNOWN})

    assert [doubt.value for doubt in judge([bucket, block], [private]).doubts] == ["bucket"]


@pytest.mark.parametrize(
    "bounds",
    [
        {"inputs": {"permissionsBoundary": UNKNOWN}, "property_dependencies": {"permissionsBoundary": ("urn:wide",)}},
        {"inputs": {"permissionsBoundary": "arn:aws:iam::111111111111:policy/mlops/dev/wide"}},
    ],
)
def test_a_permission_boundary_may_be_wide(bounds):
    wide = Resource(
        "urn:wide", "aws:iam/policy:Policy", "wide", {"name": "wide", "path": "/mlops/dev/", "policy": WIDE}
    )
    role = Resource("urn:role", "aws:iam/role:Role", "role", **bounds)

    assert judge([wide, role], [no_star_on_star]).violations == ()
    assert len(judge([wide], [no_star_on_star]).violations) == 1


LOW = next(rule for rule in RULES if rule.id == "storage-lifecycle")
SIGNED = next(rule for rule in RULES if rule.id == "images-signed")


@pytest.mark.parametrize(
    ("rule", "tier", "expected"),
    [
        (rotated, "sandbox", Enforcement.ADVISORY),
        (rotated, "staging", Enforcement.MANDATORY),
        (tls_only, "sandbox", Enforcement.ADVISORY),
        (tls_only, "staging", Enforcement.MANDATORY),
        (tls_only, "no such tier", Enforcement.MANDATORY),
        (LOW, "sandbox", Enforcement.ADVISORY),
        (LOW, "staging", Enforcement.MANDATORY),
        (LOW, "production", Enforcement.MANDATORY),
        (SIGNED, "sandbox", Enforcement.DISABLED),
        (rotated, "no such tier", Enforcement.ADVISORY),
    ],
)
def test_the_tier_and_the_severity_decide_what_a_violation_does(rule: Rule, tier, expected):
    assert enforcement(rule, tier) is expected
