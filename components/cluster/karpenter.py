"""What Karpenter needs of AWS: who it is, who its nodes are, and word of nodes that AWS takes back."""

import json
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, eks, iam, sqs
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.karpenter_policy import statements
from components.cluster.pod_role import PodRole, PodRoleArgs
from components.cluster.roles import NODE_POLICIES
from components.documents import bare_trust, document, over_tls
from components.names import Limit
from components.roles import aws_policy, bounded_role

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "karpenter"
# Events after which a node is emptied before it goes, from Karpenter's documentation of interruptions. Each kind has
# one source, so that one rule hears of all.
EVENTS: Mapping[str, Sequence[str]] = {
    "source": ("aws.ec2", "aws.health"),
    "detail-type": (
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    ),
}


class KarpenterArgs(Args):
    placement: Placement
    cluster: str = Field(description="Name of the cluster, which stands in policies.")
    cluster_name: pulumi.Input[str] = Field(description="The cluster, once it is there.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the roles may do.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the nodes' volumes.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the queue; lets EventBridge use it.")


class Karpenter(Component):
    """The controller's role by Pod Identity, the nodes' role and profile, their entry, a queue and its rule.

    The profile is made here and named in node classes, so that the controller needs no rights over IAM, which a private
    network does not reach either. Node classes name subnets and security groups by id: tags on the network's subnets
    would have two owners.
    """

    queue: pulumi.Output[str]  # name, as Karpenter's setting wants it
    instance_profile: pulumi.Output[str]
    controller_role: pulumi.Output[str]  # name
    namespace = NAMESPACE
    service_account = SERVICE_ACCOUNT

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:Karpenter", name, args.placement, opts)
        node = self._node(args)
        queue = self._queue(args)
        controller = PodRole(
            f"{name}-controller",
            PodRoleArgs(
                placement=args.placement,
                subject="karpenter",
                cluster=args.cluster,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                permission_boundary_arn=args.permission_boundary_arn,
                policy=document(
                    *statements(args.placement, args.cluster, node.arn, queue.arn, args.key_arn, args.log_key_arn)
                ),
                cluster_name=args.cluster_name,
            ),
            self.child(),
        )
        self.controller_role = controller.arn.apply(lambda arn: arn.rpartition("/")[2])
        self.register_outputs({"queue": self.queue, "instance_profile": self.instance_profile})

    def _node(self, args: KarpenterArgs) -> iam.Role:
        place = args.placement
        role = bounded_role(
            self,
            "gpu",
            "karpenter-node",
            suffix="node",
            description="Nodes that Karpenter makes",
            boundary_arn=args.permission_boundary_arn,
            trusted=bare_trust("ec2"),
        )
        attached = [aws_policy(self, role.name, policy, suffix=f"node-{policy}") for policy in NODE_POLICIES]
        profile = iam.InstanceProfile(
            f"{self.name}-profile",
            name=place.named("gpu", "karpenter-node", limit=Limit.IAM_ROLE),
            path=place.path,
            role=role.name,
            opts=self.child(),
        )
        entry = eks.AccessEntry(
            f"{self.name}-node-access",
            cluster_name=args.cluster_name,
            principal_arn=role.arn,
            type="EC2_LINUX",
            opts=self.child(),
        )
        ready = (entry.id, *(policy.id for policy in attached))
        self.instance_profile = pulumi.Output.all(profile.name, *ready).apply(lambda values: values[0])
        return role

    def _queue(self, args: KarpenterArgs) -> sqs.Queue:
        place = args.placement
        queue = sqs.Queue(
            f"{self.name}-queue",
            name=place.named("gpu", "interruptions"),
            kms_master_key_id=args.log_key_arn,
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=300,  # after that the node is gone anyway
            opts=self.child(),
        )
        rule = self._rule(args, queue)
        policy = sqs.QueuePolicy(
            f"{self.name}-queue-policy",
            queue_url=queue.url,
            policy=document(
                {
                    "Sid": "Interruptions",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
                },
                over_tls("sqs:*", queue.arn),
            ),
            opts=self.child(),
        )
        self.queue = pulumi.Output.all(queue.name, policy.id).apply(lambda values: values[0])
        return queue

    def _rule(self, args: KarpenterArgs, queue: sqs.Queue) -> cloudwatch.EventRule:
        rule = cloudwatch.EventRule(
            f"{self.name}-interruptions",
            name=args.placement.named("gpu", "interruptions"),
            description="Nodes that AWS takes back, or that stop",
            event_pattern=json.dumps(EVENTS, sort_keys=True),
            opts=self.child(),
        )
        cloudwatch.EventTarget(
            f"{self.name}-interruptions-target",
            rule=rule.name,
            target_id="karpenter",
            arn=queue.arn,
            opts=self.child(),
        )
        return rule
