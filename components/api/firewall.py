"""A web ACL in front of a REST API. AWS associates none with HTTP and WebSocket APIs of API Gateway."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import cloudwatch, wafv2
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document

if TYPE_CHECKING:
    from pulumi_aws.wafv2 import (
        WebAclLoggingConfigurationRedactedFieldArgsDict,
        WebAclRuleArgsDict,
        WebAclRuleVisibilityConfigArgsDict,
    )

LOG_PREFIX = "aws-waf-logs-"  # WAF writes into no other log groups
# What says who calls, or is a request's content: never in a log.
REDACTED = ("authorization", "x-api-key", "x-amz-security-token", "cookie")
# Of a request that is only let through, the API's own log tells.
KEPT = ("BLOCK", "COUNT")
# Rows make a body longer than the 8 KB that this rule lets through; the API's own limit of 10 MB holds.
LONG_BODIES = {"AWSManagedRulesCommonRuleSet": "SizeRestrictions_BODY"}


class FirewallArgs(Args):
    placement: Placement
    stage_arn: pulumi.Input[str] = Field(description="Stage of the REST API that it stands in front of.")
    requests_per_address: int = Field(default=2000, ge=10, description="Of one address in five minutes.")
    managed_rules: Sequence[str] = Field(description="AWS's rule groups, in the order in which they are asked.")
    only_count: bool = Field(default=False, description="Blocks nothing and counts what it would block.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the log.")
    log_retention_days: int = Field(ge=1)


class Firewall(Component):
    """Rules of AWS, a limit an address, a log of what was stopped, and the association with the stage."""

    acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:api:Firewall", name, args.placement, opts)
        acl = wafv2.WebAcl(
            f"{name}-acl",
            name=args.placement.named(name),
            description="In front of the REST API",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=[self._limit(args), *(self._group(args, at, each) for at, each in enumerate(args.managed_rules, 1))],
            visibility_config=self._visible(args, "all"),
            opts=self.child(),
        )
        wafv2.WebAclAssociation(
            f"{name}-association", resource_arn=args.stage_arn, web_acl_arn=acl.arn, opts=self.child()
        )
        self._log(args, acl)
        self.acl_arn = acl.arn
        self.register_outputs({"acl_arn": self.acl_arn})

    def _limit(self, args: FirewallArgs) -> "WebAclRuleArgsDict":
        return {
            "name": "requests-per-address",
            "priority": 0,
            "action": {"count": {}} if args.only_count else {"block": {}},
            "statement": {
                "rate_based_statement": {
                    "limit": args.requests_per_address,
                    "aggregate_key_type": "IP",
                    "evaluation_window_sec": 300,
                }
            },
            "visibility_config": self._visible(args, "requests-per-address"),
        }

    def _group(self, args: FirewallArgs, priority: int, group: str) -> "WebAclRuleArgsDict":
        long = LONG_BODIES.get(group)
        return {
            "name": group,
            "priority": priority,
            "override_action": {"count": {}} if args.only_count else {"none": {}},
            "statement": {
                "managed_rule_group_statement": {
                    "vendor_name": "AWS",
                    "name": group,
                    "rule_action_overrides": [] if long is None else [{"name": long, "action_to_use": {"count": {}}}],
                }
            },
            "visibility_config": self._visible(args, group),
        }

    def _visible(self, args: FirewallArgs, what: str) -> "WebAclRuleVisibilityConfigArgsDict":
        """Metrics of each rule. WAF keeps samples of requests in clear, for everybody with access to it: none here."""
        return {
            "cloudwatch_metrics_enabled": True,
            "metric_name": args.placement.named(self.name, what),
            "sampled_requests_enabled": False,
        }

    def _log(self, args: FirewallArgs, acl: wafv2.WebAcl) -> None:
        place = args.placement
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"{LOG_PREFIX}{place.named(self.name)}",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        policy = cloudwatch.LogResourcePolicy(
            f"{self.name}-log-policy",
            policy_name=place.named(self.name, "log"),
            policy_document=document(
                {
                    "Sid": "WriteFirewallLog",
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(log.arn, ":*"),
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": place.account_id},
                        "ArnLike": {"aws:SourceArn": place.arn("logs", "*")},
                    },
                }
            ),
            opts=self.child(),
        )
        wafv2.WebAclLoggingConfiguration(
            f"{self.name}-logging",
            resource_arn=acl.arn,
            log_destination_configs=[log.arn],
            redacted_fields=_redacted(),
            logging_filter={
                "default_behavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"action_condition": {"action": action}} for action in KEPT],
                    }
                ],
            },
            opts=self.child(depends_on=[policy]),
        )


def _redacted() -> "list[WebAclLoggingConfigurationRedactedFieldArgsDict]":
    fields: list[WebAclLoggingConfigurationRedactedFieldArgsDict] = [
        {"single_header": {"name": header}} for header in REDACTED
    ]
    # The query of a GET holds a row.
    return [*fields, {"query_string": {}}]
