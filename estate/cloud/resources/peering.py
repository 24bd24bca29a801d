"""Peering connections between networks."""

from estate.cloud.resources.row import Row, Step, Wait

_ID = {"VpcPeeringConnectionId": "{id}"}
_READ = Step("DescribeVpcPeeringConnections", (), {"VpcPeeringConnectionIds": ["{id}"]}, at="VpcPeeringConnections[0]")
_SEEN = {
    "autoAccept": "Status.Code == 'active'",
    "peerOwnerId": "AccepterVpcInfo.OwnerId",
    "peerRegion": "AccepterVpcInfo.Region",
    "peerVpcId": "AccepterVpcInfo.VpcId",
    "vpcId": "RequesterVpcInfo.VpcId",
}
_ENDED = Wait("Status.Code", frozenset({"deleted", "rejected"}))

ROWS = (
    Row(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        "ec2",
        Step("CreateVpcPeeringConnection"),
        follow=(
            Step(
                "AcceptVpcPeeringConnection",
                ("autoAccept",),
                _ID,
                when=lambda values: bool(values.get("autoAccept")),
                build=lambda _, __: {},
            ),
        ),
        id="{made.VpcPeeringConnection.VpcPeeringConnectionId}",
        read=(_READ,),
        delete=(Step("DeleteVpcPeeringConnection", (), _ID),),
        outputs={"acceptStatus": "{read.Status.Code}"},
        fixed=("peerOwnerId", "peerRegion", "peerVpcId", "vpcId"),
        tags="vpc-peering-connection",
        gone=("InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.NotFound"),
        gone_when=_ENDED,
        seen=_SEEN,
        sample_id="pcx-0123456789abcdef0",
        cloudformation="AWS::EC2::VPCPeeringConnection",
    ),
    Row(
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        "ec2",
        Step(
            "AcceptVpcPeeringConnection",
            ("autoAccept", "vpcPeeringConnectionId"),
            {"VpcPeeringConnectionId": "{in.vpcPeeringConnectionId}"},
            build=lambda _, __: {},
        ),
        id="{in.vpcPeeringConnectionId}",
        read=(_READ,),
        delete=(),
        fixed=("vpcPeeringConnectionId",),
        gone=("InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.NotFound"),
        seen={"autoAccept": _SEEN["autoAccept"], "vpcPeeringConnectionId": "VpcPeeringConnectionId"},
        adopted=True,  # who asked for it removes it
        cloudformation="",
    ),
)
