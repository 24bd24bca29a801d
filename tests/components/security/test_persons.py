import json

import pytest

from components.security.persons import Person, Persons, PersonsArgs, Trust
from tests.components.security.decide import may

BOUNDARY = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-boundary"
HERE = "eu-west-1:123456789012"
DATA_KEY, MODELS_KEY, LOGS_KEY = (f"arn:aws:kms:{HERE}:key/{each}" for each in ("data", "models", "logs"))
JOBS = "arn:aws:iam::123456789012:role/mlops/test/mlops-test-jobs"
SAML = "arn:aws:iam::123456789012:saml-provider/company"
BUCKETS = {
    zone: f"arn:aws:s3:::mlops-test-{zone}-123456789012-eu-west-1"
    for zone in ("raw", "curated", "features", "models", "audit", "logs")
}
ROLE = "aws:iam/role:Role"
ML = f"arn:aws:sagemaker:{HERE}"
S3 = {"kms__ViaService": ["s3.eu-west-1.amazonaws.com"]}
PROFILE = f"{ML}:user-profile/d-1/ann"
IN_NETWORK = {"sagemaker__InstanceTypes": ["ml.m5.xlarge"], "sagemaker__VpcSubnets": ["subnet-1"]}


@pytest.fixture
def persons(record, place):
    def make(**trusted: Trust):
        args = PersonsArgs(
            placement=place,
            environment="test",
            trusted={Person(person.replace("_", "-")): who for person, who in trusted.items()},
            permission_boundary_arn=BOUNDARY,
            data_key_arn=DATA_KEY,
            models_key_arn=MODELS_KEY,
            logs_key_arn=LOGS_KEY,
            jobs_role_arn=JOBS,
            instance_types=("ml.m5.*", "ml.g4dn.xlarge"),
        )
        return record(lambda: Persons("persons", args))

    return make


@pytest.fixture
def work(persons):
    made = persons(**{each.name.lower(): Trust(saml_provider_arn=SAML) for each in Person})
    return {each.value: list(made.statements(f"persons-{each}-work").values()) for each in Person}


def test_a_role_is_made_only_where_somebody_is_named(persons):
    assert persons(auditor=Trust(saml_provider_arn=SAML)).names(ROLE) == ["persons-auditor"]


def test_roles_are_bounded_under_the_path_and_end_after_four_hours(persons):
    role = persons(ml_engineer=Trust(saml_provider_arn=SAML)).named("persons-ml-engineer")

    assert (role["permissionsBoundary"], role["path"], role["maxSessionDuration"]) == (BOUNDARY, "/mlops/test/", 14400)
    assert role["name"] == "mlops-test-ml-engineer"


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        (
            Trust(saml_provider_arn=SAML),
            {
                "Sid": "Directory",
                "Effect": "Allow",
                "Principal": {"Federated": SAML},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            },
        ),
        (
            Trust(permission_sets=("Audit",)),
            {
                "Sid": "IdentityCenter",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "ArnLike": {
                        "aws:PrincipalArn": [
                            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Audit_*"
                        ]
                    }
                },
            },
        ),
        (
            Trust(principal_arns=("arn:aws:iam::123456789012:user/ann",)),
            {
                "Sid": "SecondFactor",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::123456789012:user/ann"]},
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            },
        ),
    ],
)
def test_who_may_assume_a_role(persons, who, statement):
    trust = json.loads(persons(auditor=who).named("persons-auditor")["assumeRolePolicy"])

    assert trust["Statement"] == [statement]


def profile(persona: str, environment: str = "test") -> dict[str, list[str]]:
    """Condition keys of a request for the profile of such a person."""
    return {"sagemaker__ResourceTag/persona": [persona], "sagemaker__ResourceTag/environment": [environment]}


DATA_SCIENTIST_MAY = [
    ("s3:GetObject", f"{BUCKETS['curated']}/eta/day.parquet", {}),
    ("s3:GetObject", f"{BUCKETS['features']}/eta/day.parquet", {}),
    ("s3:PutObject", f"{BUCKETS['curated']}/queries/answer.csv", {}),
    ("kms:Decrypt", DATA_KEY, {"kms__ViaService": ["s3.eu-west-1.amazonaws.com"]}),
    ("athena:StartQueryExecution", f"arn:aws:athena:{HERE}:workgroup/mlops-test-lake", {}),
    ("glue:GetTable", f"arn:aws:glue:{HERE}:table/mlops_test_lake/eta", {}),
    ("sagemaker:GetRecord", f"{ML}:feature-group/mlops-test-eta", {}),
    ("sagemaker:CreateTrainingJob", f"{ML}:training-job/mlops-test-try", IN_NETWORK),
    ("sagemaker:StopTrainingJob", f"{ML}:training-job/mlops-test-try", {}),
    ("iam:PassRole", JOBS, {"iam__PassedToService": ["sagemaker.amazonaws.com"]}),
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, profile("data-scientist")),
    ("kms:Decrypt", DATA_KEY, {"kms__ViaService": ["sagemaker.eu-west-1.amazonaws.com"]}),
    ("logs:GetQueryResults", "*", {}),
    ("sagemaker:DescribeModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
]
DATA_SCIENTIST_MAY_NOT = [
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, profile("ml-engineer")),
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, profile("data-scientist", "prod")),
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, {}),
    ("kms:Decrypt", MODELS_KEY, S3),
    ("s3:GetObject", f"{BUCKETS['raw']}/eta/day.parquet", {}),
    ("s3:PutObject", f"{BUCKETS['curated']}/eta/day.parquet", {}),
    ("s3:DeleteObject", f"{BUCKETS['features']}/eta/day.parquet", {}),
    ("kms:Decrypt", DATA_KEY, {"kms__ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}),
    ("kms:Decrypt", DATA_KEY, {}),
    (
        "sagemaker:CreateTrainingJob",
        f"{ML}:training-job/mlops-test-try",
        {**IN_NETWORK, "sagemaker__InstanceTypes": ["ml.p5.48xlarge"]},
    ),
    ("sagemaker:CreateTrainingJob", f"{ML}:training-job/mlops-test-try", {"sagemaker__InstanceTypes": ["ml.m5.large"]}),
    ("sagemaker:CreateTrainingJob", f"{ML}:training-job/others-try", IN_NETWORK),
    ("sagemaker:StartPipelineExecution", f"{ML}:pipeline/mlops-test-eta-training", {}),
    ("sagemaker:UpdateModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
    ("sagemaker:UpdateEndpoint", f"{ML}:endpoint/mlops-test-eta", {}),
    ("iam:PassRole", JOBS, {"iam__PassedToService": ["lambda.amazonaws.com"]}),
    (
        "iam:PassRole",
        "arn:aws:iam::123456789012:role/mlops/test/mlops-test-handlers",
        {"iam__PassedToService": ["sagemaker.amazonaws.com"]},
    ),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:mlops-test-x", {}),
]
ML_ENGINEER_MAY = [
    ("sagemaker:StartPipelineExecution", f"{ML}:pipeline/mlops-test-eta-training", {}),
    ("sagemaker:UpdateModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
    ("s3:GetObject", f"{BUCKETS['models']}/eta/model.tar.gz", {}),
    ("kms:Decrypt", MODELS_KEY, S3),
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, profile("ml-engineer")),
    ("dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/mlops-test-incidents", {}),
    ("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/mlops-estate/test/switches/healing", {}),
    ("logs:FilterLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/TrainingJobs", {}),
]
ML_ENGINEER_MAY_NOT = [
    ("sagemaker:CreatePresignedDomainUrl", PROFILE, profile("data-scientist")),
    ("sagemaker:StartPipelineExecution", f"{ML}:pipeline/others-training", {}),
    ("sagemaker:DeleteModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
    ("sagemaker:CreateEndpoint", f"{ML}:endpoint/mlops-test-eta", {}),
    ("sagemaker:UpdateEndpointWeightsAndCapacities", f"{ML}:endpoint/mlops-test-eta", {}),
    ("s3:PutObject", f"{BUCKETS['models']}/eta/model.tar.gz", {}),
    ("s3:GetObject", f"{BUCKETS['raw']}/eta/day.parquet", {}),
    ("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/mlops-estate/test/serving", {}),
    ("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/mlops-estate/prod/switches/healing", {}),
    ("iam:PassRole", JOBS, {"iam__PassedToService": ["sagemaker.amazonaws.com"]}),
]
AUDITOR_MAY = [
    ("config:GetComplianceDetailsByConfigRule", "*", {}),
    ("cloudtrail:LookupEvents", "*", {}),
    ("iam:GetRolePolicy", "*", {}),
    ("securityhub:GetFindings", "*", {}),
    ("s3:GetObject", f"{BUCKETS['audit']}/AWSLogs/1.json.gz", {}),
    ("s3:GetBucketPolicy", BUCKETS["curated"], {}),
    ("kms:Decrypt", LOGS_KEY, {"kms__ViaService": ["s3.eu-west-1.amazonaws.com"]}),
    ("sagemaker:DescribeModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
    ("dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/mlops-test-incidents", {}),
]
AUDITOR_MAY_NOT = [
    ("s3:GetObject", f"{BUCKETS['curated']}/eta/day.parquet", {}),
    ("s3:GetObject", f"{BUCKETS['models']}/eta/model.tar.gz", {}),
    ("s3:PutObject", f"{BUCKETS['audit']}/AWSLogs/1.json.gz", {}),
    ("s3:DeleteObject", f"{BUCKETS['audit']}/AWSLogs/1.json.gz", {}),
    ("kms:Decrypt", DATA_KEY, {"kms__ViaService": ["s3.eu-west-1.amazonaws.com"]}),
    ("kms:GenerateDataKey", LOGS_KEY, {"kms__ViaService": ["s3.eu-west-1.amazonaws.com"]}),
    ("athena:StartQueryExecution", f"arn:aws:athena:{HERE}:workgroup/mlops-test-lake", {}),
    ("sagemaker:GetRecord", f"{ML}:feature-group/mlops-test-eta", {}),
    ("sagemaker:InvokeEndpoint", f"{ML}:endpoint/mlops-test-eta", {}),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:mlops-test-x", {}),
    ("config:StopConfigurationRecorder", "*", {}),
    ("cloudtrail:StopLogging", "*", {}),
    ("sagemaker:UpdateModelPackage", f"{ML}:model-package/mlops-test-eta/1", {}),
    ("iam:PassRole", JOBS, {"iam__PassedToService": ["sagemaker.amazonaws.com"]}),
]
DECISIONS = [
    (person, *request, allowed)
    for person, requests, allowed in (
        ("data-scientist", DATA_SCIENTIST_MAY, True),
        ("data-scientist", DATA_SCIENTIST_MAY_NOT, False),
        ("ml-engineer", ML_ENGINEER_MAY, True),
        ("ml-engineer", ML_ENGINEER_MAY_NOT, False),
        ("auditor", AUDITOR_MAY, True),
        ("auditor", AUDITOR_MAY_NOT, False),
    )
    for request in requests
]


def test_what_each_person_may_and_may_not_do(work):
    wrong = [
        (person, action, resource)
        for person, action, resource, context, allowed in DECISIONS
        if may(work[person], action, resource, **context) is not allowed
    ]
    assert wrong == []


def test_nobody_may_do_everything_of_a_service_to_everything(work):
    wide = [
        (person, action)
        for person, statements in work.items()
        for each in statements
        if each["Effect"] == "Allow" and each["Resource"] == "*"
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        if action.endswith(":*")
    ]
    assert wide == []


def test_a_policy_fits_into_a_role(work):
    # IAM: 10,240 characters of inline policies a role.
    assert {person for person, each in work.items() if len(json.dumps(each, separators=(",", ":"))) > 10_000} == set()
