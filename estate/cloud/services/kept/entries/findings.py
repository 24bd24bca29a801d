"""What looks for faults in an account: Access Analyzer, Security Hub, GuardDuty, Macie, Config's packs."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, key
from estate.cloud.services.kept.kind import Above, Codes, Kind


def _has_rule(account: Account, name: str) -> bool:
    return name in account.backend("config").config_rules


KINDS = (
    Kind(
        "accessanalyzer",
        "archive rule",
        create="CreateArchiveRule",
        read="GetArchiveRule",
        update=("UpdateArchiveRule",),
        delete="DeleteArchiveRule",
        list="ListArchiveRules",
        key=("analyzerName", "ruleName"),
        wraps=("archiveRule",),
        above=(Above("analyzerName", "analyzer", holds=False),),
    ),
    Kind(
        "securityhub",
        "finding aggregator",
        create="CreateFindingAggregator",
        read="GetFindingAggregator",
        update=("UpdateFindingAggregator",),
        delete="DeleteFindingAggregator",
        list="ListFindingAggregators",
        single=True,
        ids=("FindingAggregatorArn",),
        made={
            "FindingAggregatorArn": "arn:{partition}:securityhub:{region}:{account}:finding-aggregator/{uuid}",
            "FindingAggregationRegion": "{region}",
        },
        codes=Codes("InvalidInputException", "ResourceNotFoundException", "InvalidInputException"),
    ),
    Kind(
        "macie2",
        "custom data identifier",
        create="CreateCustomDataIdentifier",
        read="GetCustomDataIdentifier",
        delete="DeleteCustomDataIdentifier",
        list="ListCustomDataIdentifiers",
        key=("name",),
        ids=("id",),
        made={
            "id": "{uuid}",
            "arn": "arn:{partition}:macie2:{region}:{account}:custom-data-identifier/{id}",
            "deleted": False,
        },
        defaults={"maximumMatchDistance": 50},
        names={"customDataIdentifierId": "id"},
        arn="arn",
    ),
    Kind(
        "macie2",
        "findings filter",
        create="CreateFindingsFilter",
        read="GetFindingsFilter",
        update=("UpdateFindingsFilter",),
        delete="DeleteFindingsFilter",
        list="ListFindingsFilters",
        key=("name",),
        ids=("id",),
        made={"id": "{uuid}", "arn": "arn:{partition}:macie2:{region}:{account}:findings-filter/{id}"},
        defaults={"position": 1},
        arn="arn",
    ),
    Kind(
        "macie2",
        "export configuration",
        create="PutClassificationExportConfiguration",
        update=("PutClassificationExportConfiguration",),
        read="GetClassificationExportConfiguration",
        single=True,
        always={},
        checks=(bucket("configuration.s3Destination.bucketName"), key("configuration.s3Destination.kmsKeyArn")),
    ),
    Kind(
        "macie2",
        "automated discovery",
        create="UpdateAutomatedDiscoveryConfiguration",
        update=("UpdateAutomatedDiscoveryConfiguration",),
        read="GetAutomatedDiscoveryConfiguration",
        single=True,
        always={"status": "DISABLED"},
    ),
    Kind(
        "config",
        "remediation",
        create="PutRemediationConfigurations",
        many={"PutRemediationConfigurations": "RemediationConfigurations"},
        update=("PutRemediationConfigurations",),
        delete="DeleteRemediationConfiguration",
        list="DescribeRemediationConfigurations",
        key=("ConfigRuleName",),
        made={"Arn": "arn:{partition}:config:{region}:{account}:remediation-configuration/{ConfigRuleName}/{uuid}"},
        filters={"ConfigRuleNames": "ConfigRuleName"},
        shown={"FailedBatches": lambda record: []},
        above=(
            Above(
                "ConfigRuleName",
                exists=_has_rule,
                delete="DeleteConfigRule",
                held="ResourceInUseException",
                unknown="InvalidParameterValueException",
            ),
        ),
        codes=Codes(
            "InvalidParameterValueException",
            "NoSuchRemediationConfigurationException",
            "InvalidParameterValueException",
        ),
    ),
)
