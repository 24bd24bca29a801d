"""Web ACLs: their rules, what they stand in front of, and their logs."""

from estate.cloud.resources.row import Row, Step, Tagging
from estate.cloud.resources.template import At

_GONE = ("WAFNonexistentItemException",)
_ACL = {"Name": "{in.name}", "Scope": "{in.scope}", "Id": "{id}"}
_NAMES = {"associationConfig": "AssociationConfig", "rules.overrideAction.none": "None"}
_INPUTS = ("defaultAction", "description", "rules", "visibilityConfig", "customResponseBodies", "captchaConfig",
           "challengeConfig", "tokenDomains", "dataProtectionConfig", "associationConfig")  # fmt: skip

ROWS = (
    Row(
        "aws:wafv2/webAcl:WebAcl",
        "wafv2",
        Step("CreateWebACL", names=_NAMES),
        id="{made.Summary.Id}",
        read=(
            Step("GetWebACL", (), _ACL, at="WebACL"),
            Step("GetWebACL", (), _ACL, at="LockToken", into="LockToken"),
        ),
        update=(Step("UpdateWebACL", _INPUTS, {**_ACL, "LockToken": "{read.LockToken}"}, _NAMES),),
        delete=(Step("DeleteWebACL", (), {**_ACL, "LockToken": "{read.LockToken}"}),),
        outputs={"arn": "{read.ARN}", "capacity": "{read.Capacity || `0`}", "lockToken": "{read.LockToken}"},
        name="name",
        fixed=("name", "scope"),
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            {"ResourceARN": "{out.arn}"},
            at="TagInfoForResource.TagList",
        ),
        gone=_GONE,
        seen={"scope": "in.scope"},
        sample_id="00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::WAFv2::WebACL",
    ),
    Row(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "wafv2",
        Step("AssociateWebACL"),
        id=At("join(',', [in.webAclArn, in.resourceArn])"),
        read=(Step("GetWebACLForResource", (), {"ResourceArn": "{in.resourceArn}"}, at="WebACL"),),
        delete=(Step("DisassociateWebACL", (), {"ResourceArn": "{in.resourceArn}"}),),
        fixed=("webAclArn", "resourceArn"),
        gone=_GONE,
        seen={"webAclArn": "ARN", "resourceArn": "in.resourceArn"},
        cloudformation="AWS::WAFv2::WebACLAssociation",
    ),
    Row(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "wafv2",
        Step("PutLoggingConfiguration"),
        id="{in.resourceArn}",
        read=(Step("GetLoggingConfiguration", (), {"ResourceArn": "{id}"}, at="LoggingConfiguration"),),
        update=(
            Step(
                "PutLoggingConfiguration",
                ("logDestinationConfigs", "redactedFields", "loggingFilter"),
                {"LoggingConfiguration": {"ResourceArn": "{id}"}},
            ),
        ),
        delete=(Step("DeleteLoggingConfiguration", (), {"ResourceArn": "{id}"}),),
        fixed=("resourceArn",),
        gone=_GONE,
        cloudformation="AWS::WAFv2::LoggingConfiguration",
    ),
)
