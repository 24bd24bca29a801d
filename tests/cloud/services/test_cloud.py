"""The emulated AWS as a whole: account, other processes, snapshots, and that nothing of it is left."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from estate.cloud import Cloud, CloudError
from tests.cloud.services.harness import ACCOUNT, REGION, Ground, answer_of


def test_the_account_is_the_one_that_was_asked_for(ground: Ground) -> None:
    assert ground.client("sts").get_caller_identity()["Account"] == ACCOUNT
    topic = ground.client("sns").create_topic(Name="mine")["TopicArn"]
    assert topic == f"arn:aws:sns:{REGION}:{ACCOUNT}:mine"


def test_a_process_with_nothing_but_the_environment_reaches_it(ground: Ground) -> None:
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    found = subprocess.run(
        [sys.executable, "-c", code], env=ground.cloud.environment(), capture_output=True, text=True, timeout=60
    )
    assert (found.stdout.strip(), found.stderr) == (ACCOUNT, "")


def test_only_one_is_open_at_a_time(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="another emulated AWS is open"):
        Cloud(account_id=ACCOUNT, region=REGION, workdir=tmp_path).__enter__()
    assert ground.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_reading_changes_no_snapshot(ground: Ground) -> None:
    before = ground.cloud.snapshot()
    for service, operation in (
        ("ec2", "describe_vpcs"), ("kms", "list_aliases"), ("s3", "list_buckets"), ("ssm", "describe_parameters"),
        ("glue", "get_databases"), ("logs", "describe_log_groups"), ("athena", "list_work_groups"),
        ("cloudwatch", "describe_alarms"), ("lambda", "list_functions"), ("iam", "list_roles"),
        ("eks", "list_clusters"),
        ("config", "describe_configuration_recorders"), ("scheduler", "list_schedules"), ("sagemaker", "list_models"),
        ("cloudtrail", "list_trails"), ("rds", "describe_db_instances"), ("dynamodb", "list_tables"),
    ):  # fmt: skip
        getattr(ground.client(service), operation)()
    assert before.difference(ground.cloud.snapshot()) == []


def test_a_snapshot_sees_what_any_service_made_and_what_went(ground: Ground) -> None:
    before = ground.cloud.snapshot()
    ground.put("seen/object", b"x")
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName="seen")
    ground.client("iam").create_role(RoleName="seen", AssumeRolePolicyDocument="{}")
    ground.client("sqs").create_queue(QueueName="seen")
    after = ground.cloud.snapshot()
    lines = before.difference(after)
    assert [line.partition(":")[0] for line in lines] == ["iam", "s3", "sagemaker", "sqs"]
    assert lines[0].endswith("(seen)")
    assert lines[1:] == [
        f"s3: buckets.keys: {ground.bucket}/keys/seen/object",
        "sagemaker: model-package-group: seen",
        "sqs: queues: seen",
    ]
    assert after.difference(before) == [f"{line} (gone)" for line in lines]


def test_leaving_takes_everything_along(ground: Ground) -> None:
    """In a process of its own, since only one cloud can be open in this one."""
    code = f"""
        import json, sys, tempfile, threading
        from pathlib import Path
        import psutil
        from estate.cloud import Cloud
        folder = Path(tempfile.mkdtemp())
        before = psutil.Process().net_connections()
        with Cloud(account_id="{ACCOUNT}", region="{REGION}", workdir=folder / "w", image_path=folder) as cloud:
            cloud.client("s3").list_buckets()
            port = cloud.endpoint
        left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        listening = [c.laddr.port for c in psutil.Process().net_connections() if c.status == "LISTEN"]
        print(json.dumps([left, listening, [str(p) for p in (folder / "w").iterdir()]]))
    """
    found = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert (json.loads(found.stdout or "null"), found.stderr) == ([[], [], []], "")


STUCK = """
    import json, signal, sys, time
    from pathlib import Path
    from estate.cloud import Cloud

    class Ended(BaseException):
        pass

    def end(number, frame):
        raise Ended

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    account, region = "222233334444", "eu-west-1"
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    try:
        with Cloud(account_id=account, region=region, workdir=Path(sys.argv[1]), image_path=Path(sys.argv[1])) as cloud:
            role = cloud.client("iam").create_role(
                RoleName="jobs", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
            cloud.client("ecr").create_repository(repositoryName="jobs")
            cloud.client("sagemaker").create_processing_job(
                ProcessingJobName="stuck", RoleArn=role,
                AppSpecification={
                    "ImageUri": f"{account}.dkr.ecr.{region}.amazonaws.com/jobs:1",
                    "ContainerEntrypoint": ["python", "-c", "import signal, subprocess, time;"
                        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
                        "subprocess.Popen(['sleep', '600']); print('up', flush=True); time.sleep(600)"],
                },
                ProcessingResources={
                    "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}})
            while "up" not in cloud.logs("stuck"):
                time.sleep(0.05)
            print(cloud.endpoint, flush=True)
            time.sleep(600)
    except Ended:
        pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_process_port_or_folder(tmp_path: Path, number: int) -> None:
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STUCK), str(tmp_path)],
        stdout=subprocess.PIPE, text=True, cwd=root,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        endpoint = urlsplit(process.stdout.readline().strip())
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == 2
        process.send_signal(number)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 2
    while any(child.is_running() and child.status() != "zombie" for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [child for child in children if child.is_running() and child.status() != "zombie"] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", endpoint.port or 0)) != 0
    assert list(tmp_path.iterdir()) == []


def test_no_thread_of_a_finished_request_stays(ground: Ground) -> None:
    for _ in range(5):
        ground.client("s3").list_buckets()
    deadline = time.monotonic() + 2
    while any("process_request" in t.name for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [t.name for t in threading.enumerate() if "process_request" in t.name] == []


def test_what_is_not_emulated_says_so(ground: Ground) -> None:
    error = answer_of(lambda: ground.client("budgets").describe_budget_actions_for_account(AccountId=ACCOUNT))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "not emulated" in error["Error"]["Message"]


def test_a_network_that_came_and_went_left_nothing(ground: Ground) -> None:
    ec2 = ground.client("ec2")
    before = ground.cloud.snapshot()
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}])["Vpc"]["VpcId"]  # fmt: skip
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    service = f"com.amazonaws.{REGION}.kms"
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Interface")["VpcEndpoint"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    assert before.difference(ground.cloud.snapshot()) == []


def test_a_transaction_that_fails_takes_nobody_else_s_writes_back(ground: Ground) -> None:
    client = ground.client("dynamodb")
    client.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )  # fmt: skip

    def key(name: str) -> dict[str, dict[str, str]]:
        return {"k": {"S": name}}

    client.put_item(TableName="t", Item={**key("taken"), "many": {"L": [{"S": "x"}] * 5000}})
    put = {"TableName": "t", "Item": key("taken"), "ConditionExpression": "attribute_not_exists(k)"}
    done, codes = threading.Event(), set()

    def fail() -> None:
        while not done.is_set():
            codes.add(answer_of(lambda: client.transact_write_items(TransactItems=[{"Put": put}]))["Error"]["Code"])

    threads = [threading.Thread(target=fail) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(20):
        client.put_item(TableName="t", Item=key(f"own-{i}"))
    done.set()
    for thread in threads:
        thread.join()
    assert codes == {"TransactionCanceledException"}
    assert client.scan(TableName="t", Select="COUNT")["Count"] == 21
