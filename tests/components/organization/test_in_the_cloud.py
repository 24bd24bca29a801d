"""Policies are attached in the emulated AWS and go away again."""

from components.organization.guardrails import Guardrails, GuardrailsArgs
from estate.engine.program import destroy
from estate.plan.record import record


def test_policies_are_attached_and_go_away_again(cloud, provider, place):
    client = cloud.client("organizations")
    client.create_organization(FeatureSet="ALL")
    (root,) = client.list_roots()["Roots"]
    for kind in ("SERVICE_CONTROL_POLICY", "TAG_POLICY"):
        client.enable_policy_type(RootId=root["Id"], PolicyType=kind)
    args = GuardrailsArgs(placement=place, targets={"root": root["Id"]}, regions=("eu-west-1",), tags={"owner": []})

    made = record(lambda: Guardrails("g", args), provider=provider)

    def attached(kind):
        found = client.list_policies_for_target(TargetId=root["Id"], Filter=kind)["Policies"]
        return sorted(each["Name"] for each in found)

    names = [f"mlops-test-{each}" for each in ("account", "audit", "data", "regions")]
    assert attached("SERVICE_CONTROL_POLICY") == ["FullAWSAccess", *names]
    assert attached("TAG_POLICY") == ["mlops-test-tags"]
    destroy(made.deployment, provider)
    assert attached("SERVICE_CONTROL_POLICY") == ["FullAWSAccess"]
    assert attached("TAG_POLICY") == []
