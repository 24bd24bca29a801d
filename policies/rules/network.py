"""Rules over networks."""

from collections.abc import Iterator

from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import allowed
from .values import Inputs, items

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EVERYWHERE = ("0.0.0.0/0", "::/0")


@rule(
    id="network-no-open-ingress",
    on=(GROUP, DEFAULT_GROUP, GROUP_RULE, INGRESS_RULE),
    title="No security group lets the internet in.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Name the address ranges or security groups that may come in.",
)
def no_open_ingress(inputs: Inputs) -> Iterator[str]:
    if inputs.get("type") == "egress":
        return
    for each in [inputs, *items(inputs.get("ingress"))]:
        for name in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"):
            for source in items(each.get(name)):
                if source in EVERYWHERE:
                    yield f"{source} may come in on port {each.get('fromPort', 'any')}"


@rule(
    id="network-no-public-addresses",
    on=SUBNET,
    title="Nothing gets a public address by default.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Leave mapPublicIpOnLaunch out, or set it to false.",
)
def no_public_addresses(inputs: Inputs) -> Iterator[str]:
    if inputs.get("mapPublicIpOnLaunch"):
        yield "mapPublicIpOnLaunch is true"


@stack_rule(
    id="network-flow-logs",
    on=VPC,
    title="Traffic of every network is recorded.",
    severity=Severity.MEDIUM,
    controls=("GDPR-33", "HIPAA-164.312(b)", "ISO27001-A.8.15", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Add a FlowLog of the VPC for accepted and rejected traffic.",
)
def flow_logs(vpc: Resource, stack: Stack) -> Iterator[str]:
    found = belonging(stack, FLOW_LOG, "vpcId", vpc)
    if not any(each.values.get("trafficType") == "ALL" for each in found):
        yield "its traffic is not recorded"


@rule(
    id="network-endpoints-limited",
    on=ENDPOINT,
    title="Nothing is carried out of the network into the accounts of others through a service's endpoint.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set a policy that names principals or resources, or is conditioned on aws:PrincipalAccount or the like.",
)
def endpoints_limited(inputs: Inputs) -> Iterator[str]:
    if "policy" not in inputs:
        yield "no policy: everybody may do everything through it"
        return
    for each in allowed(inputs["policy"]):
        if each.anyone and each.any_action and each.any_resource and not each.conditions:
            yield "everybody may do everything through it"
