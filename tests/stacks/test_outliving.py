"""What a protected environment keeps when it is destroyed stands on nothing that goes: AWS would refuse that midway."""

from tests.plans import previewed

# Kept, and what it names that goes: AWS deletes each of these although it is named.
GOES = {
    # A policy that masks goes with its log; it is kept for the log that outlives its watch.
    ("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy", "aws:sagemaker/endpoint:Endpoint"),
    # The lake's other administrators stay; the role that deploys does not outlive what it deployed.
    ("aws:lakeformation/dataLakeSettings:DataLakeSettings", "aws:iam/role:Role"),
    # Without rules nobody reaches the file system, until an estate makes them again.
    ("aws:fsx/lustreFileSystem:LustreFileSystem", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
    ("aws:fsx/lustreFileSystem:LustreFileSystem", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    # In the text of a policy, which may name what is not there.
    ("aws:iam/rolePolicy:RolePolicy", "aws:athena/workgroup:Workgroup"),
}


def test_what_is_kept_names_nothing_that_is_deleted():
    goals = {goal.urn: goal for goal in previewed("full").goals if goal.custom}
    kept = [goal for goal in goals.values() if goal.retain_on_delete]
    wires = {
        (goal.type, goals[urn].type): f"{goal.name}.{key} names {goals[urn].name}"
        for goal in kept
        for key, urns in goal.property_dependencies.items()
        for urn in urns
        if urn in goals and not goals[urn].retain_on_delete and not goals[urn].type.startswith("pulumi:")
    }

    assert "kafka-cluster" in {goal.name for goal in kept}
    assert {pair: told for pair, told in wires.items() if pair not in GOES} == {}
    assert wires.keys() == GOES  # an exception that nothing needs any more goes too
