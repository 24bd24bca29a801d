"""Who may talk to whom inside the network."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2, vpc
from pydantic import Field

from components.base import Args, Component, Placement
from components.network.network import INTERNET

HTTPS = 443


class AccessArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    cidr: str = Field(description="Its address range.")
    prefix_lists: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Prefix lists of the gateway endpoints, by service, which jobs and models may reach."
    )
    internet: bool = Field(
        default=False, description="Let jobs and models reach the internet by HTTPS, as far as the routes lead there."
    )


class Access(Component):
    """Security groups of jobs, hosted models and interface endpoints; each rule is a resource of its own."""

    jobs: pulumi.Output[str]
    models: pulumi.Output[str]
    endpoints: pulumi.Output[str]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:Access", name, args.placement, opts)
        self._vpc_id = args.vpc_id
        self.endpoints = self._group("endpoints", "Interface endpoints of AWS services")
        self.jobs = self._group("jobs", "Training and processing jobs")
        self.models = self._group("models", "Hosted models")

        vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-from-vpc",
            security_group_id=self.endpoints,
            description="HTTPS from inside the VPC",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=args.cidr,
            opts=self.child(),
        )
        # Jobs of more than one instance talk to each other on ports that their framework chooses.
        vpc.SecurityGroupIngressRule(
            f"{name}-jobs-from-jobs",
            security_group_id=self.jobs,
            description="Instances of one job",
            ip_protocol="-1",
            referenced_security_group_id=self.jobs,
            opts=self.child(),
        )
        vpc.SecurityGroupEgressRule(
            f"{name}-jobs-to-jobs",
            security_group_id=self.jobs,
            description="Instances of one job",
            ip_protocol="-1",
            referenced_security_group_id=self.jobs,
            opts=self.child(),
        )
        for group, group_id in (("jobs", self.jobs), ("models", self.models)):
            self._https(group, group_id, "endpoints", "interface endpoints", group=self.endpoints)
            for service, prefix_list in args.prefix_lists.items():
                self._https(group, group_id, service, f"{service} by its gateway endpoint", prefix_list=prefix_list)
            if args.internet:
                self._https(group, group_id, "internet", "wherever the routes lead", cidr=INTERNET)
        self.register_outputs({"jobs": self.jobs, "models": self.models, "endpoints": self.endpoints})

    def _group(self, role: str, description: str) -> pulumi.Output[str]:
        name = self.placement.named(role)
        group = ec2.SecurityGroup(
            f"{self.name}-{role}",
            name=name,
            description=description,
            vpc_id=self._vpc_id,
            tags={"Name": name},
            opts=self.guarding_child(),
        )
        return group.id

    def _https(
        self,
        source: str,
        source_id: pulumi.Input[str],
        target: str,
        description: str,
        group: pulumi.Input[str] | None = None,
        prefix_list: pulumi.Input[str] | None = None,
        cidr: str | None = None,
    ) -> None:
        vpc.SecurityGroupEgressRule(
            f"{self.name}-{source}-to-{target}",
            security_group_id=source_id,
            description=f"HTTPS to {description}",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            referenced_security_group_id=group,
            prefix_list_id=prefix_list,
            cidr_ipv4=cidr,
            opts=self.child(),
        )
