"""Actions of budgets, conformance packs, analyzers, Security Hub, Macie: what proves and notices."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, role
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import AwsError, Params

_CONFIG = Codes("ConformancePackTemplateValidationException", "NoSuchConformancePackException", "ValidationException")
_BUDGETS = Codes("DuplicateRecordException", "NotFoundException", "InvalidParameterException")


def _has_budget(account: Account, name: str) -> bool:
    backends = account.backend("budgets")
    return name in backends.budgets.get(account.account_id, {})


def _has_recorder(account: Account, _: Params) -> None:
    if not account.backend("config").recorders:
        raise AwsError("NoAvailableConfigurationRecorderException", "There is no configuration recorder.")


def _has_service_role(service: str) -> str:
    return "arn:{partition}:iam::{account}:role/aws-service-role/" + service


KINDS = (
    Kind(
        "budgets",
        "action",
        create="CreateBudgetAction",
        read="DescribeBudgetAction",
        update=("UpdateBudgetAction",),
        delete="DeleteBudgetAction",
        list="DescribeBudgetActionsForBudget",
        ids=("ActionId",),
        made={"ActionId": "{uuid}", "Status": "STANDBY"},
        wraps=("Action",),
        filters={"AccountId": "AccountId", "BudgetName": "BudgetName"},
        above=(Above("BudgetName", exists=_has_budget, unknown="NotFoundException", holds=False),),
        checks=(role("ExecutionRoleArn", "budgets.amazonaws.com"),),
        codes=_BUDGETS,
        told="kept: no budget is ever spent, so that no action is taken",
    ),
    Kind(
        "config",
        "conformance-pack",
        create="PutConformancePack",
        update=("PutConformancePack",),
        delete="DeleteConformancePack",
        list="DescribeConformancePacks",
        key=("ConformancePackName",),
        made={
            "ConformancePackArn": "arn:{partition}:config:{region}:{account}:conformance-pack/"
            "{ConformancePackName}/conformance-pack-{hex8}",
            "ConformancePackId": "conformance-pack-{hex8}",
        },
        filters={"ConformancePackNames": "ConformancePackName"},
        checks=(_has_recorder,),
        codes=_CONFIG,
        told="kept: no rule is evaluated",
    ),
    Kind(
        "accessanalyzer",
        "analyzer",
        create="CreateAnalyzer",
        read="GetAnalyzer",
        update=("UpdateAnalyzer",),
        delete="DeleteAnalyzer",
        list="ListAnalyzers",
        key=("name",),
        made={"arn": "arn:{partition}:access-analyzer:{region}:{account}:analyzer/{name}", "status": "ACTIVE"},
        names={"analyzerName": "name"},
        wraps=("analyzer",),
        arn="arn",
        told="kept: nothing is analysed",
    ),
    Kind(
        "securityhub",
        "hub",
        create="EnableSecurityHub",
        read="DescribeHub",
        update=("UpdateSecurityHubConfiguration",),
        delete="DisableSecurityHub",
        made={"HubArn": "arn:{partition}:securityhub:{region}:{account}:hub/default"},
        defaults={"AutoEnableControls": True, "ControlFindingGenerator": "SECURITY_CONTROL"},
        single=True,
        arn="HubArn",
        codes=Codes("ResourceConflictException", "InvalidAccessException", "InvalidInputException"),
        told="kept: no control is checked",
    ),
    Kind(
        "macie2",
        "session",
        create="EnableMacie",
        read="GetMacieSession",
        update=("UpdateMacieSession",),
        delete="DisableMacie",
        made={"serviceRole": _has_service_role("macie.amazonaws.com/AWSServiceRoleForAmazonMacie")},
        defaults={"findingPublishingFrequency": "FIFTEEN_MINUTES", "status": "ENABLED"},
        single=True,
        codes=Codes("ConflictException", "AccessDeniedException", "ValidationException"),
        told="kept: nothing is looked into",
    ),
    Kind(
        "macie2",
        "job",
        create="CreateClassificationJob",
        read="DescribeClassificationJob",
        update=("UpdateClassificationJob",),
        list="ListClassificationJobs",
        ids=("jobId", "jobArn"),
        made={
            "jobId": "{hex32}",
            "jobArn": "arn:{partition}:macie2:{region}:{account}:classification-job/{jobId}",
            "jobStatus": "RUNNING",
        },
        arn="jobArn",
        checks=(bucket("s3JobDefinition.bucketDefinitions[].buckets[]"),),
        told="kept: nothing is looked into",
    ),
)
