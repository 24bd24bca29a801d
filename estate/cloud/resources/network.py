"""VPCs and what is in them."""

from collections.abc import Callable, Mapping
from typing import Any

from estate.cloud.resources.row import Row, Step, Values, Wait
from estate.cloud.resources.template import At

_OWNER = {"ownerId": "{account}"}
_VPC_ATTRIBUTES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
_SUBNET_POOLS = ("ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength")
_SUBNET_ATTRIBUTES = (
    "mapPublicIpOnLaunch",
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
    "privateDnsHostnameTypeOnLaunch",
)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _arn(kind: str) -> str:
    return "arn:{partition}:ec2:{region}:{account}:" + kind + "/{id}"


def _vpc_attribute(name: str) -> Step:
    return Step(
        "ModifyVpcAttribute", (name,), {"VpcId": "{id}"}, via={name: lambda value: {_capital(name): {"Value": value}}}
    )


def _subnet_attribute(name: str) -> Step:
    if name == "privateDnsHostnameTypeOnLaunch":
        return Step("ModifySubnetAttribute", (name,), {"SubnetId": "{id}"})
    return Step(
        "ModifySubnetAttribute",
        (name,),
        {"SubnetId": "{id}"},
        via={name: lambda value: {_capital(name): {"Value": value}}},
    )


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


def tag_specification(kind: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """Tags in the form in which EC2 takes them at creation."""
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


_RULE_MEMBERS = ("CidrIpv4", "CidrIpv6", "Description", "FromPort", "IpProtocol", "PrefixListId", "ToPort")


def _lowered(name: str) -> str:
    return name[0].lower() + name[1:]


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
        outputs={"arn": _arn("security-group-rule"), "securityGroupRuleId": "{id}"},
        fixed=("securityGroupId",),
        gone=("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"),
        seen={
            "securityGroupId": "GroupId",
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            **{_lowered(name): name for name in _RULE_MEMBERS},
        },
        sample_id="sgr-00000000000000000",
        cloudformation=f"AWS::EC2::SecurityGroup{direction}",
    )


_ROUTE_TARGETS = (
    "gatewayId",
    "natGatewayId",
    "vpcEndpointId",
    "transitGatewayId",
    "networkInterfaceId",
    "vpcPeeringConnectionId",
    "egressOnlyGatewayId",
)
_ROUTE_DESTINATION = {
    "RouteTableId": "{in.routeTableId}",
    "DestinationCidrBlock": "{in.destinationCidrBlock}",
    "DestinationIpv6CidrBlock": "{in.destinationIpv6CidrBlock}",
    "DestinationPrefixListId": "{in.destinationPrefixListId}",
}
_ROUTE_NAMES = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}

_TEMPLATE_NAMES = {
    "description": "VersionDescription",
    "networkInterfaces.securityGroups": "Groups",
    "tagSpecifications": "LaunchTemplateData.TagSpecifications",
    "vpcSecurityGroupIds": "LaunchTemplateData.SecurityGroupIds",
}
_TEMPLATE_INPUTS = (
    "blockDeviceMappings",
    "description",
    "ebsOptimized",
    "iamInstanceProfile",
    "imageId",
    "instanceType",
    "keyName",
    "metadataOptions",
    "monitoring",
    "networkInterfaces",
    "placement",
    "tagSpecifications",
    "userData",
    "vpcSecurityGroupIds",
)

ROWS = (
    Row(
        "aws:ec2/vpc:Vpc",
        "ec2",
        Step("CreateVpc", names={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}),
        follow=tuple(_vpc_attribute(name) for name in _VPC_ATTRIBUTES),
        id="{made.Vpc.VpcId}",
        read=(
            Step("DescribeVpcs", (), {"VpcIds": ["{id}"]}, at="Vpcs[0]"),
            *(
                Step(
                    "DescribeVpcAttribute",
                    (),
                    {"VpcId": "{id}", "Attribute": name},
                    at=f"{_capital(name)}.Value",
                    into=_capital(name),
                )
                for name in _VPC_ATTRIBUTES
            ),
            Step(
                "DescribeRouteTables",
                (),
                {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]}, {"Name": "association.main", "Values": ["true"]}]},
                at="RouteTables[0].RouteTableId",
                into="MainRouteTable",
            ),
            Step(
                "DescribeSecurityGroups",
                (),
                {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]}, {"Name": "group-name", "Values": ["default"]}]},
                at="SecurityGroups[0].GroupId",
                into="DefaultSecurityGroup",
            ),
            Step(
                "DescribeNetworkAcls",
                (),
                {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]}, {"Name": "default", "Values": ["true"]}]},
                at="NetworkAcls[0].NetworkAclId",
                into="DefaultNetworkAcl",
            ),
        ),
        delete=(Step("DeleteVpc", (), {"VpcId": "{id}"}),),
        outputs={
            "arn": _arn("vpc"),
            "mainRouteTableId": "{read.MainRouteTable}",
            "defaultRouteTableId": "{read.MainRouteTable}",
            "defaultSecurityGroupId": "{read.DefaultSecurityGroup}",
            "defaultNetworkAclId": "{read.DefaultNetworkAcl}",
            "dhcpOptionsId": "{read.DhcpOptionsId}",
            **_OWNER,
        },
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        fixed=("cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"),
        tags="vpc",
        gone=("InvalidVpcID.NotFound",),
        seen={name: _capital(name) for name in _VPC_ATTRIBUTES},
        sample_id="vpc-00000000000000000",
        cloudformation="AWS::EC2::VPC",
    ),
    Row(
        "aws:ec2/subnet:Subnet",
        "ec2",
        Step("CreateSubnet"),
        follow=tuple(_subnet_attribute(name) for name in _SUBNET_ATTRIBUTES),
        id="{made.Subnet.SubnetId}",
        read=(Step("DescribeSubnets", (), {"SubnetIds": ["{id}"]}, at="Subnets[0]"),),
        delete=(Step("DeleteSubnet", (), {"SubnetId": "{id}"}),),
        outputs={
            "arn": "{read.SubnetArn}",
            "availabilityZone": "{read.AvailabilityZone}",
            "availabilityZoneId": "{read.AvailabilityZoneId}",
            **_OWNER,
        },
        fixed=(
            "vpcId",
            "cidrBlock",
            "availabilityZone",
            "availabilityZoneId",
            "outpostArn",
            "ipv6Native",
            *_SUBNET_POOLS,
        ),
        tags="subnet",
        gone=("InvalidSubnetID.NotFound",),
        seen={name: _capital(name) for name in _SUBNET_ATTRIBUTES},
        sample_id="subnet-00000000000000000",
        cloudformation="AWS::EC2::Subnet",
    ),
    Row(
        "aws:ec2/routeTable:RouteTable",
        "ec2",
        Step("CreateRouteTable"),
        id="{made.RouteTable.RouteTableId}",
        read=(Step("DescribeRouteTables", (), {"RouteTableIds": ["{id}"]}, at="RouteTables[0]"),),
        delete=(Step("DeleteRouteTable", (), {"RouteTableId": "{id}"}),),
        outputs={"arn": _arn("route-table"), "routes": "{in.routes}", **_OWNER},
        fixed=("vpcId",),
        tags="route-table",
        gone=("InvalidRouteTableID.NotFound",),
        sample_id="rtb-00000000000000000",
        cloudformation="AWS::EC2::RouteTable",
    ),
    Row(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "ec2",
        Step("AssociateRouteTable"),
        id="{made.AssociationId}",
        read=(
            Step(
                "DescribeRouteTables",
                (),
                {"Filters": [{"Name": "association.route-table-association-id", "Values": ["{id}"]}]},
                at="RouteTables[0].Associations[] | [?RouteTableAssociationId == '{id}'] | [0]",
            ),
        ),
        delete=(Step("DisassociateRouteTable", (), {"AssociationId": "{id}"}),),
        # Terraform keeps the association and gives it a new id; here a new table makes a new association.
        fixed=("subnetId", "gatewayId", "routeTableId"),
        gone=("InvalidAssociationID.NotFound",),
        sample_id="rtbassoc-00000000000000000",
        cloudformation="AWS::EC2::SubnetRouteTableAssociation",
    ),
    Row(
        "aws:ec2/route:Route",
        "ec2",
        Step("CreateRoute", names=_ROUTE_NAMES),
        id="r-{in.routeTableId}"
        "{crc32(in.destinationCidrBlock || in.destinationIpv6CidrBlock || in.destinationPrefixListId)}",
        read=(
            Step(
                "DescribeRouteTables",
                (),
                {"RouteTableIds": ["{in.routeTableId}"]},
                at="RouteTables[0].Routes[] | [?(DestinationCidrBlock || DestinationIpv6CidrBlock || "
                "DestinationPrefixListId) == '{in.destinationCidrBlock || in.destinationIpv6CidrBlock || "
                "in.destinationPrefixListId}'] | [0]",
            ),
        ),
        update=(Step("ReplaceRoute", _ROUTE_TARGETS, _ROUTE_DESTINATION, _ROUTE_NAMES),),
        delete=(Step("DeleteRoute", (), _ROUTE_DESTINATION),),
        outputs={"state": "{read.State}", "origin": "{read.Origin}", "instanceId": "", "instanceOwnerId": ""},
        fixed=("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
        gone=("InvalidRouteTableID.NotFound", "InvalidRoute.NotFound"),
        seen={"routeTableId": "in.routeTableId"},
        sample_id="r-rtb-000000000000000001080289494",
        cloudformation="AWS::EC2::Route",
    ),
    Row(
        "aws:ec2/internetGateway:InternetGateway",
        "ec2",
        Step("CreateInternetGateway"),
        follow=(Step("AttachInternetGateway", ("vpcId",), {"InternetGatewayId": "{id}"}),),
        update=(
            Step(
                "DetachInternetGateway",
                ("vpcId",),
                {"InternetGatewayId": "{id}", "VpcId": "{old.vpcId}"},
                build=lambda _, __: {},
                needs=("VpcId",),
            ),
            Step(
                "AttachInternetGateway",
                ("vpcId",),
                {"InternetGatewayId": "{id}", "VpcId": "{in.vpcId}"},
                build=lambda _, __: {},
                needs=("VpcId",),
            ),
        ),
        id="{made.InternetGateway.InternetGatewayId}",
        read=(Step("DescribeInternetGateways", (), {"InternetGatewayIds": ["{id}"]}, at="InternetGateways[0]"),),
        delete=(
            Step(
                "DetachInternetGateway",
                (),
                {"InternetGatewayId": "{id}", "VpcId": "{in.vpcId}"},
                when=lambda values: bool(values.get("vpcId")),
            ),
            Step("DeleteInternetGateway", (), {"InternetGatewayId": "{id}"}),
        ),
        outputs={"arn": _arn("internet-gateway"), **_OWNER},
        tags="internet-gateway",
        gone=("InvalidInternetGatewayID.NotFound",),
        seen={"vpcId": "Attachments[0].VpcId"},
        sample_id="igw-00000000000000000",
        cloudformation="AWS::EC2::InternetGateway",
    ),
    Row(
        "aws:ec2/natGateway:NatGateway",
        "ec2",
        Step("CreateNatGateway", names={"privateIp": "PrivateIpAddress"}),
        id="{made.NatGateway.NatGatewayId}",
        read=(Step("DescribeNatGateways", (), {"NatGatewayIds": ["{id}"]}, at="NatGateways[0]"),),
        delete=(Step("DeleteNatGateway", (), {"NatGatewayId": "{id}"}),),
        outputs={
            "associationId": "{read.NatGatewayAddresses[0].AssociationId}",
            "networkInterfaceId": "{read.NatGatewayAddresses[0].NetworkInterfaceId}",
            "privateIp": "{read.NatGatewayAddresses[0].PrivateIp}",
            "publicIp": "{read.NatGatewayAddresses[0].PublicIp}",
        },
        defaults={"connectivityType": "public"},
        fixed=("subnetId", "allocationId", "connectivityType", "privateIp", "availabilityMode", "vpcId"),
        tags="natgateway",
        wait=Wait("State", frozenset({"available"}), frozenset({"failed"}), "FailureMessage"),
        gone=("NatGatewayNotFound",),
        gone_when=Wait("State", frozenset({"deleted"})),
        seen={"allocationId": "NatGatewayAddresses[0].AllocationId"},
        sample_id="nat-00000000000000000",
        cloudformation="AWS::EC2::NatGateway",
    ),
    Row(
        "aws:ec2/eip:Eip",
        "ec2",
        Step("AllocateAddress"),
        id="{made.AllocationId}",
        read=(Step("DescribeAddresses", (), {"AllocationIds": ["{id}"]}, at="Addresses[0]"),),
        delete=(Step("ReleaseAddress", (), {"AllocationId": "{id}"}),),
        outputs={
            "arn": _arn("elastic-ip"),
            "allocationId": "{id}",
            "publicIp": "{read.PublicIp}",
            "domain": "{read.Domain}",
        },
        defaults={"domain": "vpc"},
        fixed=("domain", "address", "publicIpv4Pool", "networkBorderGroup", "customerOwnedIpv4Pool", "ipamPoolId"),
        tags="elastic-ip",
        gone=("InvalidAllocationID.NotFound",),
        sample_id="eipalloc-00000000000000000",
        cloudformation="AWS::EC2::EIP",
    ),
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
            Step(
                "AuthorizeSecurityGroupIngress",
                ("ingress",),
                {"GroupId": "{id}"},
                via={"ingress": lambda rules: {"IpPermissions": [permission(rule) for rule in rules]}},
                when=lambda values: bool(values.get("ingress")),
            ),
            Step(
                "AuthorizeSecurityGroupEgress",
                ("egress",),
                {"GroupId": "{id}"},
                via={"egress": lambda rules: {"IpPermissions": [permission(rule) for rule in rules]}},
                when=lambda values: bool(values.get("egress")),
            ),
        ),
        id="{made.GroupId}",
        read=(Step("DescribeSecurityGroups", (), {"GroupIds": ["{id}"]}, at="SecurityGroups[0]"),),
        update=_inline_updates(),
        delete=(Step("DeleteSecurityGroup", (), {"GroupId": "{id}"}),),
        outputs={"arn": _arn("security-group"), **_OWNER},
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
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "ec2",
        Step("CreateVpcEndpoint", names={"policy": "PolicyDocument"}),
        id="{made.VpcEndpoint.VpcEndpointId}",
        read=(
            Step("DescribeVpcEndpoints", (), {"VpcEndpointIds": ["{id}"]}, at="VpcEndpoints[0]"),
            Step(
                "DescribePrefixLists",
                (),
                {"Filters": [{"Name": "prefix-list-name", "Values": ["{in.serviceName}"]}]},
                when=lambda values: values.get("vpcEndpointType") == "Gateway",
                at="PrefixLists[0]",
                into="PrefixList",
            ),
        ),
        update=(
            Step(
                "ModifyVpcEndpoint",
                ("policy", "privateDnsEnabled", "ipAddressType", "dnsOptions"),
                {"VpcEndpointId": "{id}"},
                {"policy": "PolicyDocument"},
            ),
            *(
                Step(
                    "ModifyVpcEndpoint",
                    (key,),
                    {
                        "VpcEndpointId": "{id}",
                        f"Add{member}": f"{{minus(in.{key}, old.{key})}}",
                        f"Remove{member}": f"{{minus(old.{key}, in.{key})}}",
                    },
                    build=lambda _, __: {},
                )
                for key, member in (
                    ("subnetIds", "SubnetIds"),
                    ("securityGroupIds", "SecurityGroupIds"),
                    ("routeTableIds", "RouteTableIds"),
                )
            ),
        ),
        delete=(Step("DeleteVpcEndpoints", (), {"VpcEndpointIds": ["{id}"]}),),
        outputs={
            "arn": _arn("vpc-endpoint"),
            "state": "{read.State}",
            "prefixListId": "{read.PrefixList.PrefixListId}",
            "cidrBlocks": At("read.PrefixList.Cidrs || `[]`"),
            "dnsEntries": At("read.DnsEntries[].{dnsName: DnsName, hostedZoneId: HostedZoneId}"),
            "networkInterfaceIds": "{read.NetworkInterfaceIds || `[]`}",
            "requesterManaged": "{read.RequesterManaged || `false`}",
            **_OWNER,
        },
        defaults={"vpcEndpointType": "Gateway"},
        fixed=(
            "vpcId",
            "serviceName",
            "vpcEndpointType",
            "serviceRegion",
            "resourceConfigurationArn",
            "serviceNetworkArn",
        ),
        local=("autoAccept",),
        tags="vpc-endpoint",
        wait=Wait("State", frozenset({"available"}), frozenset({"failed", "rejected"})),
        gone=("InvalidVpcEndpointId.NotFound",),
        gone_when=Wait("State", frozenset({"deleted"})),
        seen={"securityGroupIds": "Groups[].GroupId", "policy": "PolicyDocument"},
        sample_id="vpce-00000000000000000",
        cloudformation="AWS::EC2::VPCEndpoint",
    ),
    Row(
        "aws:ec2/flowLog:FlowLog",
        "ec2",
        Step(
            "CreateFlowLogs",
            names={"iamRoleArn": "DeliverLogsPermissionArn"},
            via={
                "vpcId": lambda value: {"ResourceType": "VPC", "ResourceIds": [value]},
                "subnetId": lambda value: {"ResourceType": "Subnet", "ResourceIds": [value]},
                "eniId": lambda value: {"ResourceType": "NetworkInterface", "ResourceIds": [value]},
            },
        ),
        id="{made.FlowLogIds[0]}",
        read=(Step("DescribeFlowLogs", (), {"FlowLogIds": ["{id}"]}, at="FlowLogs[0]"),),
        delete=(Step("DeleteFlowLogs", (), {"FlowLogIds": ["{id}"]}),),
        outputs={"arn": _arn("vpc-flow-log")},
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        fixed=(
            "vpcId",
            "subnetId",
            "eniId",
            "trafficType",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "iamRoleArn",
            "maxAggregationInterval",
            "destinationOptions",
            "deliverCrossAccountRole",
            "tagFieldSpecifications",
        ),
        tags="vpc-flow-log",
        gone=("InvalidFlowLogId.NotFound",),
        seen={"vpcId": "ResourceId"},
        sample_id="fl-00000000000000000",
        cloudformation="AWS::EC2::FlowLog",
    ),
    Row(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "ec2",
        Step(
            "CreateLaunchTemplate",
            names={"name": "LaunchTemplateName", **_TEMPLATE_NAMES},
        ),
        id="{made.LaunchTemplate.LaunchTemplateId}",
        read=(
            Step("DescribeLaunchTemplates", (), {"LaunchTemplateIds": ["{id}"]}, at="LaunchTemplates[0]"),
            Step(
                "DescribeLaunchTemplateVersions",
                (),
                {"LaunchTemplateId": "{id}", "Versions": ["$Latest"]},
                at="LaunchTemplateVersions[0]",
            ),
        ),
        update=(
            Step("CreateLaunchTemplateVersion", _TEMPLATE_INPUTS, {"LaunchTemplateId": "{id}"}, _TEMPLATE_NAMES),
            Step(
                "ModifyLaunchTemplate",
                _TEMPLATE_INPUTS,
                {
                    "LaunchTemplateId": "{id}",
                    "DefaultVersion": At("to_string(made.LaunchTemplateVersion.VersionNumber)"),
                },
                when=lambda values: bool(values.get("updateDefaultVersion")),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteLaunchTemplate", (), {"LaunchTemplateId": "{id}"}),),
        outputs={
            "arn": _arn("launch-template"),
            "latestVersion": "{read.LatestVersionNumber}",
            "defaultVersion": "{read.DefaultVersionNumber}",
        },
        name="name",
        fixed=("name",),
        local=("updateDefaultVersion", "defaultVersion"),
        tags="launch-template",
        gone=("InvalidLaunchTemplateId.NotFound",),
        sample_id="lt-00000000000000000",
        cloudformation="AWS::EC2::LaunchTemplate",
    ),
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
            Step(
                "AuthorizeSecurityGroupIngress",
                ("ingress",),
                {"GroupId": "{id}"},
                via={"ingress": lambda rules: {"IpPermissions": [permission(rule) for rule in rules]}},
                when=lambda values: bool(values.get("ingress")),
            ),
            Step(
                "AuthorizeSecurityGroupEgress",
                ("egress",),
                {"GroupId": "{id}"},
                via={"egress": lambda rules: {"IpPermissions": [permission(rule) for rule in rules]}},
                when=lambda values: bool(values.get("egress")),
            ),
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
            "arn": _arn("security-group"),
            "name": "{read.GroupName}",
            "description": "{read.Description}",
            "namePrefix": "",
            **_OWNER,
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
