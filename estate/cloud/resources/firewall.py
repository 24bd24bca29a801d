"""Security groups and their rules."""

from collections.abc import Callable
from typing import Any

from estate.cloud.resources.common import OWNER, arn, lowered, tag_specification
from estate.cloud.resources.row import Row, Step, Values


def permission(rule: Values) -> dict[str, Any]:
    """An inline `ingress` or `egress` block as EC2's IpPermission."""
    text = {"Description": rule["description"]} if rule.get("description") else {}
    made: dict[str, Any] = {"IpProtocol": str(rule["protocol"])}
    if made["IpProtocol"] != "-1":
        made |= {"FromPort": int(rule["fromPort"]), "ToPort": int(rule["toPort"])}
    blocks = {
        "IpRanges": [{"CidrIp": cidr, **text} for cidr in rule.get("cidrBlocks") or ()],
        "Ipv6Ranges": [{"CidrIpv6": cidr, **text} for cidr in rule.get("ipv6CidrBlocks") or ()],
        "PrefixListIds": [{"PrefixListId": prefix, **text} for prefix in rule.get("prefixListIds") or ()],
        "UserIdGroupPairs": [{"GroupId": group, **text} for group in rule.get("securityGroups") or ()],
    }
    return made | {name: block for name, block in blocks.items() if block}


def _inline(key: str, which: str) -> Callable[[Values, Values], Values]:
    """Inline rules, as they were (`old`) or are to be (`in`)."""
    return lambda _, known: {"IpPermissions": [permission(rule) for rule in known[which].get(key) or ()]}


def _inline_updates() -> tuple[Step, ...]:
    steps: list[Step] = []
    for direction, key in (("Ingress", "ingress"), ("Egress", "egress")):
        for verb, which in (("Revoke", "old"), ("Authorize", "in")):
            operation = f"{verb}SecurityGroup{direction}"
            made = _inline(key, which)
            steps.append(Step(operation, (key,), {"GroupId": "{id}"}, build=made, needs=("IpPermissions",)))
    return tuple(steps)


def _authorized() -> tuple[Step, ...]:
    """Lets in and out what a new group's inline rules say."""

    def permissions(rules: list[Values]) -> Values:
        return {"IpPermissions": [permission(rule) for rule in rules]}

    return tuple(
        Step(
            f"AuthorizeSecurityGroup{direction}",
            (key,),
            {"GroupId": "{id}"},
            via={key: permissions},
            when=lambda values, key=key: bool(values.get(key)),
        )
        for direction, key in (("Ingress", "ingress"), ("Egress", "egress"))
    )


def _rule(values: Values, _: Values) -> dict[str, Any]:
    """A rule that is a resource, as the parameters that create it: one permission with one source."""
    ports = {"IpProtocol": "ipProtocol", "FromPort": "fromPort", "ToPort": "toPort"}
    made: dict[str, Any] = {name: values[key] for name, key in ports.items() if values.get(key) is not None}
    if "IpProtocol" in made:
        made["IpProtocol"] = str(made["IpProtocol"])
    sources = {
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    text = {"Description": values["description"]} if values.get("description") else {}
    for key, (block, member) in sources.items():
        if values.get(key) is not None:
            made[block] = [{member: values[key], **text}]
    group = {"GroupId": values["securityGroupId"]} if "securityGroupId" in values else {}
    tags = values.get("tags")
    tagged = {"TagSpecifications": [tag_specification("security-group-rule", tags)]} if tags else {}
    return group | tagged | ({"IpPermissions": [made]} if made else {})


def _rule_request(values: Values) -> dict[str, Any]:
    """A rule as ModifySecurityGroupRules has it: flat."""
    names = {
        "ipProtocol": "IpProtocol",
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
        "description": "Description",
    }
    return {name: values[key] for key, name in names.items() if values.get(key) is not None}


_RULE_MEMBERS = ("CidrIpv4", "CidrIpv6", "Description", "FromPort", "IpProtocol", "PrefixListId", "ToPort")


def _rule_row(direction: str) -> Row:
    return Row(
        f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        "ec2",
        Step(f"AuthorizeSecurityGroup{direction}", build=_rule),
        id="{made.SecurityGroupRules[0].SecurityGroupRuleId}",
        read=(Step("DescribeSecurityGroupRules", (), {"SecurityGroupRuleIds": ["{id}"]}, at="SecurityGroupRules[0]"),),
        update=(
            Step(
                "ModifySecurityGroupRules",
                (
                    "ipProtocol",
                    "fromPort",
                    "toPort",
                    "cidrIpv4",
                    "cidrIpv6",
                    "prefixListId",
                    "referencedSecurityGroupId",
                    "description",
                ),
                {"GroupId": "{in.securityGroupId}"},
                build=lambda values, known: {
                    "SecurityGroupRules": [
                        {"SecurityGroupRuleId": known["id"], "SecurityGroupRule": _rule_request(values)}
                    ]
                },
            ),
        ),
        delete=(
            Step(
                f"RevokeSecurityGroup{direction}",
                (),
                {"GroupId": "{in.securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
            ),
        ),
        outputs={"arn": arn("security-group-rule"), "securityGroupRuleId": "{id}"},
        fixed=("securityGroupId",),
        gone=("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"),
        seen={
            "securityGroupId": "GroupId",
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            **{lowered(name): name for name in _RULE_MEMBERS},
        },
        sample_id="sgr-00000000000000000",
        cloudformation=f"AWS::EC2::SecurityGroup{direction}",
    )


ROWS = (
    Row(
        "aws:ec2/securityGroup:SecurityGroup",
        "ec2",
        Step("CreateSecurityGroup", names={"name": "GroupName"}),
        follow=(
            # AWS lets a new group send everywhere; like Terraform, take that away so that only declared rules hold.
            Step(
                "RevokeSecurityGroupEgress",
                (),
                {
                    "GroupId": "{id}",
                    "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                },
                when=lambda values: bool(values.get("vpcId")),
            ),
            *_authorized(),
        ),
        id="{made.GroupId}",
        read=(Step("DescribeSecurityGroups", (), {"GroupIds": ["{id}"]}, at="SecurityGroups[0]"),),
        update=_inline_updates(),
        delete=(Step("DeleteSecurityGroup", (), {"GroupId": "{id}"}),),
        outputs={"arn": arn("security-group"), **OWNER},
        name="name",
        defaults={"description": "Managed by Pulumi"},
        local=("revokeRulesOnDelete",),
        fixed=("name", "description", "vpcId"),
        tags="security-group",
        gone=("InvalidGroup.NotFound",),
        seen={"ingress": "IpPermissions", "egress": "IpPermissionsEgress"},
        sample_id="sg-00000000000000000",
        cloudformation="AWS::EC2::SecurityGroup",
    ),
    _rule_row("Ingress"),
    _rule_row("Egress"),
    Row(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "ec2",
        Step(
            "DescribeSecurityGroups",
            ("vpcId",),
            {
                "Filters": [
                    {"Name": "vpc-id", "Values": ["{in.vpcId}"]},
                    {"Name": "group-name", "Values": ["default"]},
                ]
            },
            build=lambda _, __: {},
        ),
        follow=(
            Step(
                "RevokeSecurityGroupIngress",
                (),
                {"GroupId": "{id}", "IpPermissions": "{made.SecurityGroups[0].IpPermissions}"},
                needs=("IpPermissions",),
            ),
            Step(
                "RevokeSecurityGroupEgress",
                (),
                {"GroupId": "{id}", "IpPermissions": "{made.SecurityGroups[0].IpPermissionsEgress}"},
                needs=("IpPermissions",),
            ),
            *_authorized(),
            Step(
                "CreateTags",
                ("tags",),
                {"Resources": ["{id}"]},
            ),
        ),
        id="{made.SecurityGroups[0].GroupId}",
        read=(Step("DescribeSecurityGroups", (), {"GroupIds": ["{id}"]}, at="SecurityGroups[0]"),),
        update=_inline_updates(),
        delete=(),
        outputs={
            "arn": arn("security-group"),
            "name": "{read.GroupName}",
            "description": "{read.Description}",
            "namePrefix": "",
            **OWNER,
        },
        fixed=("vpcId",),
        local=("revokeRulesOnDelete",),
        gone=("InvalidGroup.NotFound",),
        seen={"vpcId": "VpcId", "ingress": "IpPermissions", "egress": "IpPermissionsEgress"},
        sample_id="sg-00000000000000000",
        adopted=True,
        cloudformation="AWS::EC2::SecurityGroup",
    ),
)
