import gzip
import json
from importlib.resources import files

import pytest

from components.governance.conformance_pack import ConformancePack, ConformancePackArgs, Framework, catalogue, template
from policies.frameworks import CONTROLS


@pytest.fixture(scope="module")
def published():
    """AWS's managed rules and their parameters, as moto carries them."""
    packed = files("moto").joinpath("config/resources/aws_managed_rules.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))["ManagedRules"]


def rules(place, framework):
    return [each["Properties"] for each in json.loads(template(place, framework, 30))["Resources"].values()]


def test_every_rule_serves_controls_that_the_policies_know_too():
    unknown = {control for rule in catalogue().values() for control in rule["controls"]} - CONTROLS.keys()
    assert unknown == set()
    assert [identifier for identifier, rule in catalogue().items() if not rule["controls"]] == []


def test_every_rule_and_parameter_is_aws_own(published, place):
    wrong = []
    for properties in (each for framework in Framework for each in rules(place, framework)):
        identifier = properties["Source"]["SourceIdentifier"]
        known = {each["Name"]: each["Optional"] for each in published.get(identifier, {}).get("Parameters", [])}
        given = properties.get("InputParameters", {})
        needed = {name for name, optional in known.items() if not optional}
        if identifier not in published or given.keys() - known.keys() or needed - given.keys():
            wrong.append(identifier)
    assert wrong == []


@pytest.mark.parametrize("framework", Framework)
def test_a_pack_has_the_rules_of_its_framework_and_no_other(place, framework):
    found = rules(place, framework)

    assert {each["Source"]["SourceIdentifier"] for each in found} == {
        identifier
        for identifier, rule in catalogue().items()
        if any(control.startswith(f"{framework}-") for control in rule["controls"])
    }
    said = {control for each in found for control in each["Description"].split(", ")}
    assert {CONTROLS[control].framework.value.replace(" ", "") for control in said} == {framework.value}


def test_names_of_rules_are_told_apart_by_pack(place):
    names = [each["ConfigRuleName"] for framework in Framework for each in rules(place, framework)]

    assert len(names) == len(set(names))
    assert max(len(name) for name in names) <= 128  # of PutConfigRule


def test_a_pack_comes_after_what_switches_the_recorder_on(record, place):
    args = ConformancePackArgs(placement=place, framework=Framework.GDPR, log_retention_days=400)
    made = record(lambda: ConformancePack("pack", args))

    assert made.named("pack-pack")["name"] == "mlops-test-gdpr"
    body = json.loads(made.named("pack-pack")["templateBody"])
    assert body["Resources"]["CwLoggroupRetentionPeriodCheck"]["Properties"]["InputParameters"] == {
        "MinRetentionTime": "400"
    }
