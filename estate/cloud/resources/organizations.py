"""Policies of an organisation, and what they are attached to."""

from estate.cloud.resources.row import Row, Step, Tagging

_ATTACHED = {"PolicyId": "{in.policyId}", "TargetId": "{in.targetId}"}

ROWS = (
    Row(
        "aws:organizations/policy:Policy",
        "organizations",
        Step("CreatePolicy"),
        id="{made.Policy.PolicySummary.Id}",
        read=(Step("DescribePolicy", (), {"PolicyId": "{id}"}, at="Policy"),),
        update=(Step("UpdatePolicy", ("content", "description", "name"), {"PolicyId": "{id}"}),),
        delete=(Step("DeletePolicy", (), {"PolicyId": "{id}"}),),
        outputs={"arn": "{read.PolicySummary.Arn}"},
        name="name",
        defaults={"type": "SERVICE_CONTROL_POLICY", "description": ""},
        fixed=("type",),
        local=("skipDestroy",),
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceId": "{id}"}),
        gone=("PolicyNotFoundException", "AWSOrganizationsNotInUseException"),
        seen={
            "description": "PolicySummary.Description",
            "name": "PolicySummary.Name",
            "type": "PolicySummary.Type",
        },
        sample_id="p-0123456789",
        cloudformation="AWS::Organizations::Policy",
    ),
    Row(
        "aws:organizations/policyAttachment:PolicyAttachment",
        "organizations",
        Step("AttachPolicy"),
        id="{in.targetId}:{in.policyId}",
        read=(
            Step(
                "ListTargetsForPolicy",
                (),
                {"PolicyId": "{in.policyId}"},
                at="Targets[?TargetId == '{in.targetId}'] | [0]",
            ),
        ),
        delete=(Step("DetachPolicy", (), _ATTACHED),),
        fixed=("policyId", "targetId"),
        local=("skipDestroy",),
        gone=("PolicyNotFoundException", "AWSOrganizationsNotInUseException"),
        seen={"policyId": "in.policyId", "targetId": "TargetId"},
        cloudformation="",
    ),
)
