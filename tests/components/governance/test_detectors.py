from components.governance.access_analyzer import AccessAnalyzer, AccessAnalyzerArgs
from components.governance.security_hub import SecurityHub, SecurityHubArgs, Standard
from components.governance.sensitive_data import SensitiveData, SensitiveDataArgs
from components.governance.threat_detector import ThreatDetector, ThreatDetectorArgs, Watched

ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
JOB = "aws:macie2/classificationJob:ClassificationJob"


def test_unused_access_is_looked_for_only_where_it_is_paid_for(record, place):
    def types(days):
        made = record(lambda: AccessAnalyzer("a", AccessAnalyzerArgs(placement=place, unused_days=days)))
        return [each["type"] for each in made.of(ANALYZER)]

    assert types(None) == ["ACCOUNT"]
    assert types(90) == ["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"]


def test_every_feature_is_said_and_only_what_is_named_is_on(record, place):
    made = record(
        lambda: ThreatDetector("t", ThreatDetectorArgs(placement=place, watched=frozenset({Watched.OBJECTS})))
    )

    assert {each["name"]: each["status"] for each in made.of(FEATURE)} == {
        feature.value: "ENABLED" if feature is Watched.OBJECTS else "DISABLED" for feature in Watched
    }


def test_agents_on_nodes_are_guardduty_s_own(record, place):
    made = record(lambda: ThreatDetector("t", ThreatDetectorArgs(placement=place, watched=frozenset({Watched.NODES}))))

    assert made.named("t-nodes")["additionalConfigurations"] == [
        {"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"},
        {"name": "EC2_AGENT_MANAGEMENT", "status": "ENABLED"},
    ]


def test_the_hub_checks_named_standards_of_the_region(record, place):
    made = record(lambda: SecurityHub("h", SecurityHubArgs(placement=place, standards=(Standard.CIS,))))

    assert made.named("h-account")["enableDefaultStandards"] is False
    assert made.named("h-cis")["standardsArn"] == (
        "arn:aws:securityhub:eu-west-1::standards/cis-aws-foundations-benchmark/v/3.0.0"
    )
    assert made.goal("h-account").urn in made.goal("h-cis").dependencies


def test_a_job_a_zone_looks_into_new_objects_every_week(record, place):
    args = SensitiveDataArgs(placement=place, buckets={"raw": "r", "features": "f"}, sampling_percent=25)
    made = record(lambda: SensitiveData("p", args))

    assert made.names(JOB) == ["p-features", "p-raw"]
    job = made.named("p-raw")
    assert (job["jobType"], job["scheduleFrequency"], job["samplingPercentage"]) == (
        "SCHEDULED",
        {"weeklySchedule": "SUNDAY"},
        25,
    )
    assert job["s3JobDefinition"] == {"bucketDefinitions": [{"accountId": "123456789012", "buckets": ["r"]}]}
