"""A workspace of Amazon Managed Grafana: who may come in, and what it may read."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import grafana, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.roles import bounded_role, inline_policy


class Saml(Args):
    """The identity provider whose people come in."""

    metadata_url: str
    role_assertion: str
    admin_roles: Sequence[str] = Field(min_length=1)
    editor_roles: Sequence[str] = ()


class GrafanaWorkspaceArgs(Args):
    placement: Placement
    saml: Saml | None = Field(default=None, description="By default people come in by IAM Identity Center.")
    admin_groups: Sequence[str] = Field(default=(), description="Identity Center's groups that administer it.")
    version: str = Field(description="Version of Grafana.")
    metrics_arn: pulumi.Input[str] | None = Field(
        default=None,
        description="Workspace of Managed Prometheus that it reads; CloudWatch and X-Ray alone by default.",
    )
    subnet_ids: Sequence[pulumi.Input[str]] = Field(min_length=2, description="From these it reaches data sources.")
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of what it stores.")
    permission_boundary_arn: pulumi.Input[str]


class GrafanaWorkspace(Component):
    """The workspace, its role, which reads metrics, logs and traces, and who administers it."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: GrafanaWorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:grafana:GrafanaWorkspace", name, args.placement, opts)
        place = args.placement
        role, policy = self._role(args)
        prometheus = [] if args.metrics_arn is None else ["PROMETHEUS"]
        workspace = grafana.Workspace(
            f"{name}-workspace",
            name=place.named("grafana"),
            description=f"Models of {place.prefix}",
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=["AWS_SSO" if args.saml is None else "SAML"],
            permission_type="CUSTOMER_MANAGED",
            role_arn=role.arn,
            data_sources=["CLOUDWATCH", *prometheus, "XRAY"],
            grafana_version=args.version,
            kms_key_id=args.key_arn,
            vpc_configuration={
                "subnet_ids": list(args.subnet_ids),
                "security_group_ids": [args.security_group_id],
            },
            opts=self.stateful_child(depends_on=[policy]),
        )
        if args.saml is not None:
            grafana.WorkspaceSamlConfiguration(
                f"{name}-saml",
                workspace_id=workspace.id,
                idp_metadata_url=args.saml.metadata_url,
                role_assertion=args.saml.role_assertion,
                admin_role_values=list(args.saml.admin_roles),
                editor_role_values=list(args.saml.editor_roles),
                opts=self.guarding_child(),
            )
        else:
            grafana.RoleAssociation(
                f"{name}-admins",
                workspace_id=workspace.id,
                role="ADMIN",
                group_ids=list(args.admin_groups),
                opts=self.guarding_child(),
            )
        self.url = pulumi.Output.concat("https://", workspace.endpoint)
        self.register_outputs({"url": self.url})

    def _role(self, args: GrafanaWorkspaceArgs) -> tuple[iam.Role, iam.RolePolicy]:
        place = args.placement
        role = bounded_role(
            self,
            "grafana",
            description="Grafana's data sources",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "grafana", source_arn=place.arn("grafana", "/workspaces/*")),
            opts=self.guarding_child(),
        )
        policy = inline_policy(self, role.name, "read", *_reading(args), opts=self.guarding_child())
        return role, policy


def _reading(args: GrafanaWorkspaceArgs) -> list[Statement]:
    """What the data sources ask; neither metrics nor traces have ARNs."""
    place = args.placement
    found: list[Statement] = [
        {
            "Sid": "ReadMetricsAndTraces",
            "Effect": "Allow",
            "Action": [
                "cloudwatch:DescribeAlarms",
                "cloudwatch:DescribeAlarmsForMetric",
                "cloudwatch:GetMetricData",
                "cloudwatch:ListMetrics",
                "logs:DescribeLogGroups",
                "logs:GetQueryResults",
                "logs:StopQuery",
                "xray:BatchGetTraces",
                "xray:GetGroups",
                "xray:GetServiceGraph",
                "xray:GetTraceSummaries",
            ],
            "Resource": "*",
        },
        {
            "Sid": "ReadLogs",
            "Effect": "Allow",
            "Action": ["logs:GetLogEvents", "logs:StartQuery"],
            "Resource": [
                place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{place.prefix}-*"),
                place.arn("logs", f"log-group:/aws/lambda/{place.prefix}-*"),
            ],
        },
    ]
    if args.metrics_arn is not None:
        found.append(
            {
                "Sid": "ReadPrometheus",
                "Effect": "Allow",
                "Action": ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"],
                "Resource": args.metrics_arn,
            }
        )
    return found
