import json

import pytest

from stacks.settings import SettingsError

PACK = "aws:cfg/conformancePack:ConformancePack"
DETECTION = ("accessanalyzer", "securityhub", "guardduty", "macie2", "conformancePack", "budgetAction")


def governance(**changes):
    return {"governance": changes}


def test_by_default_nothing_is_on_that_costs_or_that_an_account_has_once(estate):
    made = estate()

    assert [goal.type for goal in made.result.goals if any(each in goal.type for each in DETECTION)] == []
    assert made.outputs["governance"].detectors == {}


def test_a_pack_stands_for_each_framework_once_the_recorder_is_on(estate):
    made = estate(**governance(conformance_packs=["gdpr", "soc2"]))

    assert [goal.inputs["name"] for goal in made.of_type(PACK)] == ["mlops-test-gdpr", "mlops-test-soc2"]
    assert made.named("config-on").urn in made.named("conformance-gdpr-pack").dependencies


def test_a_pack_asks_of_logs_what_the_environment_keeps(estate):
    made = estate(**governance(conformance_packs=["gdpr"]), monitoring={"log_retention_days": 90})

    rules = json.loads(made.named("conformance-gdpr-pack").inputs["templateBody"])["Resources"]
    assert rules["CwLoggroupRetentionPeriodCheck"]["Properties"]["InputParameters"] == {"MinRetentionTime": "90"}


def test_who_may_start_nothing_when_the_money_is_spent(estate):
    made = estate(
        **governance(spend_stop={"approval": "automatic", "percent": 120}),
        foundation={
            "network": {"cidr": "10.9.0.0/16", "nat": "single"},
            "persons": {
                "data_scientist": {"permission_sets": ["Ds"]},
                "ml_engineer": {"permission_sets": ["Ml"]},
                "auditor": {"permission_sets": ["Au"]},
            },
        },
        training={
            "cluster": {"kubernetes": {"karpenter": {}}},
            "studio": {"profiles": {"ben": {"persona": "ml-engineer"}}},
        },
    )

    action = made.named("spend-stop-action").inputs
    assert action["definition"]["iamActionDefinition"]["roles"] == [
        "mlops-test-jobs",
        "mlops-test-scheduler",
        "mlops-test-data-scientist",
        "mlops-test-ml-engineer",
        "mlops-test-studio-data-scientist",
        "mlops-test-studio-ml-engineer",
        "mlops-test-gpu-karpenter",
    ]
    assert (action["approvalModel"], action["actionThreshold"]["actionThresholdValue"]) == ("AUTOMATIC", 120)


@pytest.mark.parametrize(
    ("on", "source"),
    [
        ({"guard_duty": {}}, "aws.guardduty"),
        ({"security_hub": {}}, "aws.securityhub"),
        ({"guard_duty": {}, "security_hub": {}}, "aws.securityhub"),
    ],
)
def test_the_owner_hears_of_grave_findings_from_one_place(estate, on, source):
    made = estate(**governance(**on))

    assert json.loads(made.named("findings-rule").inputs["eventPattern"])["source"] == [source]
    assert made.named("findings-email").inputs["endpoint"] == "ml@example.com"


def test_macie_looks_where_personal_data_may_lie_and_where_none_must(estate):
    made = estate(**governance(macie={}))

    jobs = made.of_type("aws:macie2/classificationJob:ClassificationJob")
    assert [goal.inputs["s3JobDefinition"]["bucketDefinitions"][0]["buckets"] for goal in jobs] == [
        [f"mlops-test-{zone}-123456789012-eu-west-1"] for zone in ("raw", "curated", "features")
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"conformance_packs": ["pci"]}, "governance.conformance_packs"),
        ({"conformance_packs": ["gdpr", "gdpr"]}, "conformance_packs names 'gdpr' twice"),
        ({"security_hub": {"standards": []}}, "governance.security_hub.standards"),
        ({"security_hub": {"standards": ["cis", "cis"]}}, "security_hub.standards names 'cis' twice"),
        ({"guard_duty": {"watch": ["rds"]}}, "governance.guard_duty.watch"),
        ({"macie": {"sampling_percent": 0}}, "governance.macie.sampling_percent"),
        ({"macie": {"weekday": "someday"}}, "governance.macie.weekday"),
        ({"spend_stop": {"approval": "maybe"}}, "governance.spend_stop.approval"),
        ({"spend_stop": {"percent": 0}}, "governance.spend_stop.percent"),
        ({"access_analyzer": {"unused_days": 400}}, "governance.access_analyzer.unused_days"),
    ],
)
def test_a_wrong_setting_is_refused(estate, wrong, message):
    with pytest.raises(SettingsError, match=message):
        estate(**governance(**wrong))
