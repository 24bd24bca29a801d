"""Goals really come into being, change and go; what AWS refuses is said in its words."""

import json
from typing import Any

import pytest

from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.engine.provider import ProviderError
from estate.engine.resource import Asset, Goal
from tests.cloud.resources.goals import ALARM, BUCKET, GROUP, PROVIDER, QUEUE, ROLE, TOPIC, VPC, goal

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def test_ids_and_outputs_are_those_of_pulumi_aws(provider: CloudProvider) -> None:
    bucket = provider.create(goal(BUCKET, bucket="ids-bucket"))
    role = provider.create(goal(ROLE, name="ids-role", assumeRolePolicy=TRUST, path="/mlops/"))
    topic = provider.create(goal(TOPIC, name="ids-topic"))
    queue = provider.create(goal(QUEUE, name="ids-queue"))
    assert bucket.id == "ids-bucket"
    assert bucket.outputs["arn"] == "arn:aws:s3:::ids-bucket"
    assert bucket.outputs["bucketRegionalDomainName"] == "ids-bucket.s3.eu-west-1.amazonaws.com"
    assert (role.id, role.outputs["arn"]) == ("ids-role", "arn:aws:iam::222233334444:role/mlops/ids-role")
    assert topic.id == topic.outputs["arn"] == "arn:aws:sns:eu-west-1:222233334444:ids-topic"
    assert queue.id == queue.outputs["url"]
    assert queue.outputs["arn"] == "arn:aws:sqs:eu-west-1:222233334444:ids-queue"
    for state in (queue, topic, role, bucket):
        provider.delete(state)


def test_a_network_is_wired_by_the_ids_that_the_cloud_gave(provider: CloudProvider, cloud: Cloud) -> None:
    vpc = provider.create(goal(VPC, cidrBlock="10.1.0.0/16", enableDnsHostnames=True))
    group = provider.create(goal(GROUP, name="jobs", vpcId=vpc.id))
    rule = goal(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        securityGroupId=group.id,
        cidrIpv4="10.1.0.0/16",
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
    )
    made = provider.create(rule)
    permissions = cloud.client("ec2").describe_security_groups(GroupIds=[group.id])["SecurityGroups"][0]
    assert [item["FromPort"] for item in permissions["IpPermissionsEgress"]] == [443]  # AWS's own open rule is gone
    assert vpc.outputs["defaultSecurityGroupId"].startswith("sg-")
    for state in (made, group, vpc):
        provider.delete(state)
        assert provider.reading(state) is None


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"allowedAccountIds": '["111111111111"]'}, "this is account 222233334444; allowed is only 111111111111"),
        ({"allowedAccountIds": ["111111111111", "333333333333"]}, "allowed is only 111111111111, 333333333333"),
        ({"forbiddenAccountIds": '["222233334444"]'}, "this is account 222233334444, which is forbidden"),
        ({"region": "us-east-1"}, "the program wants region us-east-1, the clients are in eu-west-1"),
    ],
)
def test_the_wrong_account_or_region_is_refused(provider: CloudProvider, inputs: dict, message: str) -> None:
    with pytest.raises(ProviderError, match=message):
        provider.configure(goal(PROVIDER, "aws", **inputs))


def test_the_right_account_is_let_in(provider: CloudProvider, cloud: Cloud) -> None:
    provider.configure(goal(PROVIDER, "aws", allowedAccountIds='["222233334444"]', region="eu-west-1"))
    made = provider.create(goal(QUEUE, name="let-in"))
    assert cloud.client("sqs").get_queue_url(QueueName="let-in")["QueueUrl"] == made.id
    provider.delete(made)


def test_clients_of_another_account_than_the_expected_one_are_refused(cloud: Cloud) -> None:
    stray = CloudProvider(cloud.client, "999999999999")
    with pytest.raises(ProviderError, match="this is account 222233334444, and 999999999999 was expected"):
        stray.configure(goal(PROVIDER, "aws"))


def alarm(threshold: float, **more: object) -> dict:
    return {
        "name": "drift",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "evaluationPeriods": 1,
        "metricName": "DriftedFeatures",
        "namespace": "Estate",
        "period": 60,
        "statistic": "Maximum",
        "threshold": threshold,
        **more,
    }


def test_a_changed_threshold_is_changed_in_place(provider: CloudProvider, cloud: Cloud) -> None:
    before = provider.create(goal(ALARM, **alarm(1)))
    after = provider.update(before, goal(ALARM, **alarm(2)))
    (live,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["drift"])["MetricAlarms"]
    assert (after.id, live["Threshold"]) == ("drift", 2.0)
    provider.delete(after)


def test_an_input_left_out_goes_back_to_its_default(provider: CloudProvider, cloud: Cloud) -> None:
    before = provider.create(goal(ALARM, **alarm(1, treatMissingData="breaching")))
    provider.update(before, goal(ALARM, **alarm(1)))
    (live,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["drift"])["MetricAlarms"]
    assert live["TreatMissingData"] == "missing"
    provider.delete(before)


@pytest.mark.parametrize(
    "start",
    [
        goal(TOPIC, name="tagged"),
        goal(QUEUE, name="tagged"),
        goal(VPC, cidrBlock="10.2.0.0/16"),
        goal(BUCKET, bucket="tagged-bucket"),
        goal(ROLE, name="tagged", assumeRolePolicy=TRUST),
        goal("aws:cloudwatch/logGroup:LogGroup", name="/tagged"),
        goal("aws:kms/key:Key", description="tagged"),
        goal("aws:ssm/parameter:Parameter", name="/tagged", type="String", value="x"),
        goal("aws:ecr/repository:Repository", name="tagged"),
        goal("aws:sagemaker/modelPackageGroup:ModelPackageGroup", modelPackageGroupName="tagged"),
        goal("aws:glue/catalogDatabase:CatalogDatabase", name="tagged"),
    ],
    ids=lambda start: start.type,
)
def test_tags_are_added_changed_and_removed(provider: CloudProvider, start: Goal) -> None:
    def tagged(**tags: str) -> Goal:
        inputs: dict[str, Any] = {**start.inputs, "tags": tags}
        return goal(start.type, **inputs)

    first = provider.create(tagged(a="1", b="1"))
    second = provider.update(first, tagged(b="2", c="3"))
    reading = provider.reading(second) or {}
    live = provider.tags(second)
    if live is None:
        found = reading.get("Tags", reading.get("TagSet", reading.get("tags")))
        live = {item["Key"]: item["Value"] for item in found} if isinstance(found, list) else found
    assert live == {"b": "2", "c": "3"}
    provider.delete(second)


def test_what_cannot_change_in_place_is_said(provider: CloudProvider) -> None:
    before = provider.create(goal(TOPIC, name="fixed"))
    with pytest.raises(ProviderError, match="name of aws:sns/topic:Topic cannot be changed in place"):
        provider.update(before, goal(TOPIC, name="other"))
    provider.delete(before)


def test_a_full_bucket_is_refused_in_the_words_of_aws(provider: CloudProvider, cloud: Cloud) -> None:
    state = provider.create(goal(BUCKET, bucket="full-bucket"))
    cloud.client("s3").put_object(Bucket="full-bucket", Key="a", Body=b"1")
    with pytest.raises(ProviderError, match="s3 DeleteBucket: BucketNotEmpty"):
        provider.delete(state)
    provider.delete(provider.update(state, goal(BUCKET, bucket="full-bucket", forceDestroy=True)))
    assert provider.reading(state) is None


def test_every_version_goes_with_a_bucket_that_may_be_destroyed(provider: CloudProvider, cloud: Cloud) -> None:
    state = provider.create(goal(BUCKET, bucket="versioned-bucket", forceDestroy=True))
    versioning = goal(
        "aws:s3/bucketVersioning:BucketVersioning",
        bucket="versioned-bucket",
        versioningConfiguration={"status": "Enabled"},
    )
    provider.create(versioning)
    s3 = cloud.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket="versioned-bucket", Key="a", Body=body)
    s3.delete_object(Bucket="versioned-bucket", Key="a")
    provider.delete(state)
    assert provider.reading(state) is None


def test_locked_objects_stay(provider: CloudProvider, cloud: Cloud) -> None:
    state = provider.create(goal(BUCKET, bucket="locked-bucket", forceDestroy=True, objectLockEnabled=True))
    lock = goal(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        bucket="locked-bucket",
        rule={"defaultRetention": {"mode": "COMPLIANCE", "days": 1}},
    )
    provider.create(lock)
    cloud.client("s3").put_object(Bucket="locked-bucket", Key="trail", Body=b"1")
    with pytest.raises(ProviderError, match="locked-bucket/trail cannot be deleted"):
        provider.delete(state)
    assert provider.reading(state) is not None


def test_what_is_gone_already_is_no_error(provider: CloudProvider, cloud: Cloud) -> None:
    state = provider.create(goal(QUEUE, name="gone"))
    cloud.client("sqs").delete_queue(QueueUrl=state.id)
    provider.delete(state)
    assert provider.reading(state) is None


def test_what_something_else_removed_cannot_be_updated(provider: CloudProvider, cloud: Cloud) -> None:
    state = provider.create(goal(QUEUE, name="removed"))
    cloud.client("sqs").delete_queue(QueueUrl=state.id)
    with pytest.raises(ProviderError, match="is gone; it was removed by something else"):
        provider.update(state, goal(QUEUE, name="removed", delaySeconds=5))


def test_a_creation_that_fails_half_way_leaves_nothing(provider: CloudProvider, cloud: Cloud) -> None:
    role = goal(
        ROLE, name="half", assumeRolePolicy=TRUST, managedPolicyArns=["arn:aws:iam::222233334444:policy/nowhere"]
    )
    with pytest.raises(ProviderError, match="iam AttachRolePolicy: NoSuchEntity"):
        provider.create(role)
    with pytest.raises(cloud.client("iam").exceptions.NoSuchEntityException):
        cloud.client("iam").get_role(RoleName="half")


def test_an_existing_resource_is_read_by_its_id(provider: CloudProvider) -> None:
    made = provider.create(goal(VPC, cidrBlock="10.3.0.0/16"))
    found = provider.read(goal(VPC, external_id=made.id))
    assert (found.id, found.outputs["cidrBlock"]) == (made.id, "10.3.0.0/16")
    provider.delete(found)  # what is only looked at stays
    assert provider.reading(made) is not None
    provider.delete(made)


def test_an_id_that_does_not_exist_is_an_error(provider: CloudProvider) -> None:
    with pytest.raises(ProviderError, match="there is no aws:ec2/vpc:Vpc vpc-00000000"):
        provider.read(goal(VPC, external_id="vpc-00000000"))


def test_a_key_waits_for_its_deletion(provider: CloudProvider, cloud: Cloud) -> None:
    key = provider.create(goal("aws:kms/key:Key", description="k", enableKeyRotation=True, deletionWindowInDays=7))
    provider.delete(key)
    metadata = cloud.client("kms").describe_key(KeyId=key.id)["KeyMetadata"]
    assert metadata["KeyState"] == "PendingDeletion"
    assert provider.reading(key) is None


def test_a_function_gets_its_code_and_new_code(provider: CloudProvider, cloud: Cloud) -> None:
    role = provider.create(goal(ROLE, name="fn", assumeRolePolicy=TRUST.replace("sagemaker", "lambda")))
    archive = Asset(_zip(b"def handle(e, c): pass"), "1")
    inputs = {"name": "fn", "role": role.outputs["arn"], "runtime": "python3.12", "handler": "h.handle"}
    before = provider.create(goal("aws:lambda/function:Function", code=archive, **inputs))
    other = Asset(_zip(b"def handle(e, c): return 1"), "2")
    after = provider.update(before, goal("aws:lambda/function:Function", code=other, memorySize=256, **inputs))
    live = cloud.client("lambda").get_function(FunctionName="fn")["Configuration"]
    assert (live["MemorySize"], live["CodeSha256"]) == (256, after.outputs["codeSha256"])
    assert before.outputs["codeSha256"] != after.outputs["codeSha256"]
    provider.delete(after)
    provider.delete(role)


def _zip(source: bytes) -> bytes:
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("h.py"), source)
    return made.getvalue()


@pytest.mark.parametrize(
    ("found", "first"),
    [
        (goal(BUCKET, bucket="given"), True),
        (goal(BUCKET), False),
        (goal(VPC, cidrBlock="10.0.0.0/16"), False),
        (goal("aws:s3/bucketPolicy:BucketPolicy", bucket="b", policy="{}"), True),
    ],
)
def test_the_old_one_goes_first_where_the_name_is_taken(provider: CloudProvider, found: Goal, first: bool) -> None:
    assert provider.replaces_in_place(found) is first


@pytest.mark.parametrize(("before", "first"), [("given", True), ("another", False)])
def test_an_old_one_of_another_name_stays_until_the_new_one_is_there(
    provider: CloudProvider, before: str, first: bool
) -> None:
    assert provider.replaces_in_place(goal(BUCKET, bucket="given"), goal(BUCKET, bucket=before)) is first


def test_a_recorded_type_is_kept_in_the_plan_only(provider: CloudProvider) -> None:
    namespace = goal("kubernetes:core/v1:Namespace", metadata={"name": "gpu"})
    state = provider.create(namespace)
    assert (state.id, state.outputs["metadata"]) == ("gpu", {"name": "gpu"})
    provider.delete(state)


def test_data_sources_are_answered(provider: CloudProvider) -> None:
    assert provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "222233334444"
    assert provider.invoke("aws:index/getPartition:getPartition", {})["dnsSuffix"] == "amazonaws.com"
    assert provider.invoke("aws:index/getRegion:getRegion", {})["region"] == "eu-west-1"
    zones = provider.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"})["names"]
    assert zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_policy_document_is_made(provider: CloudProvider) -> None:
    statement = {
        "actions": ["s3:GetObject"],
        "resources": ["*"],
        "principals": [{"type": "*", "identifiers": ["*"]}],
        "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}],
    }
    answer = provider.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
    assert json.loads(answer["json"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "*",
            "Principal": "*",
            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
        }
    ]


def test_an_unknown_data_source_is_refused(provider: CloudProvider) -> None:
    with pytest.raises(ProviderError, match="aws:ec2/getAmi:getAmi: no such data source here; there are: getAlias"):
        provider.invoke("aws:ec2/getAmi:getAmi", {})
