"""Samples of entries/findings.py."""

from tests.cloud.services.kept.stage import Sample, Stage


def analyzer(stage: Stage) -> str:
    return stage.parent("accessanalyzer:analyzer")["name"]


def rule(stage: Stage) -> str:
    """A rule of Config, which moto keeps."""

    def make() -> str:
        config = stage.client("config")
        source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
        config.put_config_rule(ConfigRule={"ConfigRuleName": "versions", "Source": source})
        return "versions"

    return stage.once("config rule", make)


def remediation(stage: Stage, attempts: int) -> dict:
    named = {"ConfigRuleName": rule(stage), "TargetType": "SSM_DOCUMENT", "TargetId": "AWS-ConfigureS3BucketVersioning"}
    return {"RemediationConfigurations": [{**named, "Automatic": False, "MaximumAutomaticAttempts": attempts}]}


SAMPLES = {
    "accessanalyzer:archive rule": Sample(
        lambda stage: {"analyzerName": analyzer(stage), "ruleName": "known", "filter": {"isPublic": {"eq": ["false"]}}},
        lambda stage: {"filter": {"isPublic": {"eq": ["true"]}}},
        lost=("analyzerName",),
    ),
    "securityhub:finding aggregator": Sample(
        lambda stage: {"RegionLinkingMode": "ALL_REGIONS"},
        lambda stage: {"RegionLinkingMode": "SPECIFIED_REGIONS", "Regions": ["eu-west-1"]},
    ),
    "macie2:custom data identifier": Sample(
        lambda stage: {"name": "customer", "regex": "C[0-9]{8}", "keywords": ["customer"], "tags": {"a": "b"}}
    ),
    "macie2:findings filter": Sample(
        lambda stage: {"name": "known", "action": "ARCHIVE", "findingCriteria": {"criterion": {"type": {"eq": ["x"]}}}},
        lambda stage: {"action": "NOOP"},
    ),
    "macie2:export configuration": Sample(
        lambda stage: {
            "configuration": {"s3Destination": {"bucketName": stage.ground.bucket, "kmsKeyArn": stage.ground.key}}
        }
    ),
    "macie2:automated discovery": Sample(lambda stage: {"status": "ENABLED"}),
    "config:remediation": Sample(
        lambda stage: remediation(stage, 3),
        lambda stage: remediation(stage, 5),
    ),
}
