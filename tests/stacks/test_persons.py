import json

import pytest

from stacks.settings import SettingsError

NETWORK = {"cidr": "10.9.0.0/16"}


def persons(**who):
    return {"foundation": {"network": NETWORK, "persons": who}}


def test_without_names_there_is_no_role_for_a_person(estate):
    made = estate()

    assert not {name for name in made.names if name.startswith("persons")}
    assert made.outputs["foundation"].person_roles == {}


def test_each_person_that_is_named_has_a_role(estate):
    made = estate(**persons(auditor={"permission_sets": ["Audit"]}, ml_engineer={"permission_sets": ["Ml"]}))

    assert list(made.outputs["foundation"].person_roles) == ["ml-engineer", "auditor"]
    assert made.named("persons-auditor").inputs["name"] == "mlops-test-auditor"


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ({"auditor": {}}, "persons.auditor: names nobody; give saml_provider_arn, permission_sets or principal_arns"),
        ({"auditor": {"principal_arns": ["*"]}}, "persons.auditor.principal_arns"),
        ({"auditor": {"saml_provider_arn": "company"}}, "persons.auditor.saml_provider_arn"),
        ({"visitor": {"permission_sets": ["Any"]}}, "persons.visitor"),
        ({"instance_types": ["m5.large"]}, "persons.instance_types"),
    ],
)
def test_a_wrong_person_is_refused(estate, who, message):
    with pytest.raises(SettingsError, match=message):
        estate(**persons(**who))


def test_a_person_opens_only_the_profiles_of_its_own_persona(estate):
    """Whoever opens a profile works with its role: what the condition asks for is what the profiles carry."""
    made = estate(
        **persons(ml_engineer={"permission_sets": ["Ml"]}, data_scientist={"permission_sets": ["Science"]}),
        training={"studio": {"profiles": {"ana": {}, "ben": {"persona": "ml-engineer"}}}},
    )

    def asked(person):
        statements = json.loads(made.named(f"persons-{person}-work").inputs["policy"])["Statement"]
        (opens,) = [each for each in statements if each.get("Sid") == "OpenStudio"]
        return {
            key.removeprefix("sagemaker:ResourceTag/"): value
            for key, value in opens["Condition"]["StringEquals"].items()
        }

    for profile, person in (("ana", "data-scientist"), ("ben", "ml-engineer")):
        state = json.loads(made.named(f"studio-{profile}-profile").inputs["desiredState"])
        tags = {tag["Key"]: tag["Value"] for tag in state["Tags"]}
        assert {key: tags.get(key) for key in asked(person)} == asked(person)
        assert set(asked(person)) == {"persona", "environment"}
