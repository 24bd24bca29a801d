"""VPCs, subnets and routes."""

from estate.cloud.resources.common import OWNER, arn, capital
from estate.cloud.resources.row import Row, Step

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


def _vpc_attribute(name: str) -> Step:
    return Step(
        "ModifyVpcAttribute", (name,), {"VpcId": "{id}"}, via={name: lambda value: {capital(name): {"Value": value}}}
    )


def _subnet_attribute(name: str) -> Step:
    if name == "privateDnsHostnameTypeOnLaunch":
        return Step("ModifySubnetAttribute", (name,), {"SubnetId": "{id}"})
    return Step(
        "ModifySubnetAttribute",
        (name,),
        {"SubnetId": "{id}"},
        via={name: lambda value: {capital(name): {"Value": value}}},
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
                    at=f"{capital(name)}.Value",
                    into=capital(name),
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
            "arn": arn("vpc"),
            "mainRouteTableId": "{read.MainRouteTable}",
            "defaultRouteTableId": "{read.MainRouteTable}",
            "defaultSecurityGroupId": "{read.DefaultSecurityGroup}",
            "defaultNetworkAclId": "{read.DefaultNetworkAcl}",
            "dhcpOptionsId": "{read.DhcpOptionsId}",
            **OWNER,
        },
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        fixed=("cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"),
        tags="vpc",
        gone=("InvalidVpcID.NotFound",),
        seen={name: capital(name) for name in _VPC_ATTRIBUTES},
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
            **OWNER,
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
        seen={name: capital(name) for name in _SUBNET_ATTRIBUTES},
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
        outputs={"arn": arn("route-table"), "routes": "{in.routes}", **OWNER},
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
        outputs={"arn": arn("vpc-flow-log")},
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
)
