"""A deletion in the wrong order fails here as on AWS, and succeeds once nothing uses what is to go."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.cloud.services.harness import REGION, Ground, answer_of, trust

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})


def code_of(call: Callable[[], object]) -> str:
    return answer_of(call)["Error"]["Code"]


@pytest.fixture
def vpc(ground: Ground) -> Iterator[str]:
    """An empty network, which must be empty again."""
    ec2 = ground.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    yield made
    ec2.delete_vpc(VpcId=made)


def subnet_of(ground: Ground, vpc: str) -> str:
    return ground.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.8.1.0/24")["Subnet"]["SubnetId"]


def group_of(ground: Ground, vpc: str, name: str) -> str:
    return ground.client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def test_a_security_group_that_a_rule_names_stays(ground: Ground, vpc: str) -> None:
    ec2 = ground.client("ec2")
    named, naming = group_of(ground, vpc, "named"), group_of(ground, vpc, "naming")
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": named}]}]
    for group in (named, naming):  # a rule about itself holds no group
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
    assert code_of(lambda: ec2.delete_security_group(GroupId=named)) == "DependencyViolation"
    ec2.delete_security_group(GroupId=naming)
    ec2.delete_security_group(GroupId=named)


def test_a_subnet_and_a_security_group_with_an_interface_endpoint_stay(ground: Ground, vpc: str) -> None:
    ec2 = ground.client("ec2")
    subnet, group = subnet_of(ground, vpc), group_of(ground, vpc, "endpoints")
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.kms", VpcEndpointType="Interface", SubnetIds=[subnet],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    assert code_of(lambda: ec2.delete_subnet(SubnetId=subnet)) == "DependencyViolation"
    assert code_of(lambda: ec2.delete_security_group(GroupId=group)) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)


@pytest.mark.parametrize("holder", ["security group", "internet gateway", "gateway endpoint", "subnet", "route table"])
def test_a_network_with_something_in_it_stays(ground: Ground, vpc: str, holder: str) -> None:
    ec2 = ground.client("ec2")
    if holder == "security group":
        group = group_of(ground, vpc, "inside")
        clear = lambda: ec2.delete_security_group(GroupId=group)  # noqa: E731
    elif holder == "internet gateway":
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        clear = lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)  # noqa: E731
    elif holder == "gateway endpoint":
        name = f"com.amazonaws.{REGION}.s3"
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=name, VpcEndpointType="Gateway")["VpcEndpoint"]
        clear = lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])  # noqa: E731
    elif holder == "subnet":
        subnet = subnet_of(ground, vpc)
        clear = lambda: ec2.delete_subnet(SubnetId=subnet)  # noqa: E731
    else:
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        clear = lambda: ec2.delete_route_table(RouteTableId=table)  # noqa: E731
    assert code_of(lambda: ec2.delete_vpc(VpcId=vpc)) == "DependencyViolation"
    clear()


def test_a_nat_gateway_holds_its_subnet_its_address_and_the_internet_gateway(ground: Ground, vpc: str) -> None:
    ec2 = ground.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet, address = subnet_of(ground, vpc), ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    refused = [
        code_of(lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)),
        code_of(lambda: ec2.delete_subnet(SubnetId=subnet)),
        code_of(lambda: ec2.release_address(AllocationId=address)),
    ]
    assert refused == ["DependencyViolation", "DependencyViolation", "InvalidIPAddress.InUse"]
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)


def test_a_policy_stays_while_it_is_attached_bounds_a_role_or_has_versions(ground: Ground) -> None:
    iam = ground.client("iam")
    arn = iam.create_policy(PolicyName="held", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))
    refused = []
    iam.attach_role_policy(RoleName="holder", PolicyArn=arn)
    refused.append(code_of(lambda: iam.delete_policy(PolicyArn=arn)))
    iam.detach_role_policy(RoleName="holder", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="holder", PermissionsBoundary=arn)
    refused.append(code_of(lambda: iam.delete_policy(PolicyArn=arn)))
    iam.delete_role_permissions_boundary(RoleName="holder")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    refused.append(code_of(lambda: iam.delete_policy(PolicyArn=arn)))
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert refused == ["DeleteConflict"] * 3
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName="holder")


def test_a_role_stays_while_it_has_policies(ground: Ground) -> None:
    iam = ground.client("iam")
    iam.create_role(RoleName="inline", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))
    iam.put_role_policy(RoleName="inline", PolicyName="own", PolicyDocument=POLICY)
    assert code_of(lambda: iam.delete_role(RoleName="inline")) == "DeleteConflict"
    iam.delete_role_policy(RoleName="inline", PolicyName="own")
    iam.delete_role(RoleName="inline")


def test_a_key_is_scheduled_for_deletion_once(ground: Ground) -> None:
    kms = ground.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert code_of(lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)) == "KMSInvalidStateException"


def test_a_repository_with_an_image_a_rule_with_targets_and_a_bucket_with_versions_stay(ground: Ground) -> None:
    ecr, events, s3 = ground.client("ecr"), ground.client("events"), ground.client("s3")
    ecr.create_repository(repositoryName="held")
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{'0' * 64}"}
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": config,
        "layers": [],
    }  # fmt: skip
    ecr.put_image(repositoryName="held", imageManifest=json.dumps(manifest), imageTag="1")
    events.put_rule(Name="held", EventPattern='{"source": ["x"]}')
    events.put_targets(Rule="held", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:222233334444:q"}])
    s3.create_bucket(Bucket="held-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="held-bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="held-bucket", Key="a", Body=b"")
    s3.delete_object(Bucket="held-bucket", Key="a")
    refused = [
        code_of(lambda: ecr.delete_repository(repositoryName="held")),
        code_of(lambda: events.delete_rule(Name="held")),
        code_of(lambda: s3.delete_bucket(Bucket="held-bucket")),
    ]
    assert refused == ["RepositoryNotEmptyException", "ValidationException", "BucketNotEmpty"]


def test_a_locked_version_stays_even_for_who_may_bypass_governance(ground: Ground) -> None:
    s3 = ground.client("s3")
    s3.create_bucket(
        Bucket="locked-bucket", CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )  # fmt: skip
    retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket="locked-bucket", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    version = s3.put_object(Bucket="locked-bucket", Key="a", Body=b"")["VersionId"]
    remove = {"Bucket": "locked-bucket", "Key": "a", "VersionId": version, "BypassGovernanceRetention": True}
    assert code_of(lambda: s3.delete_object(**remove)) == "AccessDenied"


def test_a_marked_object_can_be_removed_after_versioning_was_suspended(ground: Ground) -> None:
    s3 = ground.client("s3")
    s3.create_bucket(Bucket="marked", CreateBucketConfiguration={"LocationConstraint": REGION})
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket="marked", VersioningConfiguration={"Status": status})
        if status == "Enabled":
            s3.put_object(Bucket="marked", Key="rows", Body=b"1")
            s3.delete_object(Bucket="marked", Key="rows")
    found = s3.list_object_versions(Bucket="marked")
    versions = [*found["Versions"], *found["DeleteMarkers"]]

    for each in versions:
        s3.delete_object(Bucket="marked", Key="rows", VersionId=each["VersionId"])

    assert len(versions) == 2
    s3.delete_bucket(Bucket="marked")
