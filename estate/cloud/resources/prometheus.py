"""Amazon Managed Service for Prometheus: workspaces, their rules and alert manager, collectors."""

from estate.cloud.resources.row import Row, Step, Wait

_WORKSPACE = {"workspaceId": "{in.workspaceId}"}
_LOGGING = {"loggingConfiguration": lambda value: {"logGroupArn": value["logGroupArn"]}}
_SCRAPER = {
    "scrapeConfiguration": "scrapeConfiguration.configurationBlob",
    "source.eks": "eksConfiguration",
    "destination.amp": "ampConfiguration",
}
_GONE = ("ResourceNotFoundException",)
_ACTIVE = frozenset({"ACTIVE"})
_FAILED = frozenset({"CREATION_FAILED", "UPDATE_FAILED"})

ROWS = (
    Row(
        "aws:amp/workspace:Workspace",
        "amp",
        Step("CreateWorkspace", ("alias", "kmsKeyArn", "tags")),
        follow=(Step("CreateLoggingConfiguration", ("loggingConfiguration",), {"workspaceId": "{id}"}, via=_LOGGING),),
        id="{made.workspaceId}",
        read=(
            Step("DescribeWorkspace", (), {"workspaceId": "{id}"}, at="workspace"),
            Step(
                "DescribeLoggingConfiguration",
                (),
                {"workspaceId": "{id}"},
                at="loggingConfiguration",
                into="Logging",
                missing=_GONE,
            ),
        ),
        update=(
            Step("UpdateWorkspaceAlias", ("alias",), {"workspaceId": "{id}"}),
            Step("UpdateLoggingConfiguration", ("loggingConfiguration",), {"workspaceId": "{id}"}, via=_LOGGING),
        ),
        delete=(Step("DeleteWorkspace", (), {"workspaceId": "{id}"}),),
        outputs={"arn": "{read.arn}", "prometheusEndpoint": "{read.prometheusEndpoint}"},
        name="alias",
        fixed=("kmsKeyArn",),
        wait=Wait("status.statusCode", _ACTIVE, frozenset({"CREATION_FAILED"})),
        gone=_GONE,
        seen={"loggingConfiguration": "Logging && {logGroupArn: Logging.logGroupArn}"},
        sample_id="ws-00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::APS::Workspace",
    ),
    Row(
        "aws:amp/workspaceConfiguration:WorkspaceConfiguration",
        "amp",
        Step("UpdateWorkspaceConfiguration"),
        id="{in.workspaceId}",
        read=(Step("DescribeWorkspaceConfiguration", (), _WORKSPACE, at="workspaceConfiguration"),),
        update=(
            Step(
                "UpdateWorkspaceConfiguration",
                ("retentionPeriodInDays", "limitsPerLabelSets"),
                _WORKSPACE,
            ),
        ),
        delete=(),
        fixed=("workspaceId",),
        gone=_GONE,
        seen={"workspaceId": "in.workspaceId"},
        adopted=True,
        cloudformation="AWS::APS::Workspace",
    ),
    Row(
        "aws:amp/alertManagerDefinition:AlertManagerDefinition",
        "amp",
        Step("CreateAlertManagerDefinition", names={"definition": "data"}),
        id="{in.workspaceId}",
        read=(Step("DescribeAlertManagerDefinition", (), _WORKSPACE, at="alertManagerDefinition"),),
        update=(Step("PutAlertManagerDefinition", ("definition",), _WORKSPACE, {"definition": "data"}),),
        delete=(Step("DeleteAlertManagerDefinition", (), _WORKSPACE),),
        fixed=("workspaceId",),
        wait=Wait("status.statusCode", _ACTIVE, _FAILED, "status.statusReason"),
        gone=_GONE,
        seen={"workspaceId": "in.workspaceId"},
        cloudformation="AWS::APS::Workspace",
    ),
    Row(
        "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
        "amp",
        Step("CreateRuleGroupsNamespace"),
        id="{made.arn}",
        read=(Step("DescribeRuleGroupsNamespace", (), {**_WORKSPACE, "name": "{in.name}"}, at="ruleGroupsNamespace"),),
        update=(Step("PutRuleGroupsNamespace", ("data",), {**_WORKSPACE, "name": "{in.name}"}),),
        delete=(Step("DeleteRuleGroupsNamespace", (), {**_WORKSPACE, "name": "{in.name}"}),),
        outputs={"arn": "{read.arn}"},
        name="name",
        fixed=("name", "workspaceId"),
        wait=Wait("status.statusCode", _ACTIVE, _FAILED, "status.statusReason"),
        gone=_GONE,
        seen={"workspaceId": "in.workspaceId"},
        cloudformation="AWS::APS::RuleGroupsNamespace",
    ),
    Row(
        "aws:amp/scraper:Scraper",
        "amp",
        Step("CreateScraper", names=_SCRAPER),
        id="{made.scraperId}",
        read=(Step("DescribeScraper", (), {"scraperId": "{id}"}, at="scraper"),),
        update=(
            Step(
                "UpdateScraper",
                ("alias", "scrapeConfiguration"),
                {"scraperId": "{id}"},
                _SCRAPER,
            ),
        ),
        delete=(Step("DeleteScraper", (), {"scraperId": "{id}"}),),
        outputs={"arn": "{read.arn}", "roleArn": "{read.roleArn}"},
        name="alias",
        fixed=("source", "destination"),
        wait=Wait("status.statusCode", _ACTIVE, frozenset({"CREATION_FAILED"}), "statusReason"),
        gone=_GONE,
        gone_when=Wait("status.statusCode", frozenset({"DELETING"})),
        sample_id="s-00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::APS::Scraper",
    ),
)
