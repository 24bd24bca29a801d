import json

from components.network.flow_logs import FlowLogs, FlowLogsArgs


def flow_logs(place):
    return FlowLogsArgs(
        placement=place,
        vpc_id="vpc-1",
        key_arn="arn:aws:kms:eu-west-1:123456789012:key/logs",
        permission_boundary_arn="arn:aws:iam::123456789012:policy/mlops/test/boundary",
        retention_days=30,
    )


def test_all_traffic_is_recorded_in_an_encrypted_group(record, place):
    made = record(lambda: FlowLogs("flow", flow_logs(place)))

    log, group = made.named("flow-log"), made.named("flow-group")
    assert (log["vpcId"], log["trafficType"], log["logDestinationType"]) == ("vpc-1", "ALL", "cloud-watch-logs")
    assert group == {
        "name": "/aws/vpc/mlops-test-flow-logs",
        "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/logs",
        "retentionInDays": 30,
    }


def test_the_role_writes_to_this_group_and_nothing_else(record, place):
    made = record(lambda: FlowLogs("flow", flow_logs(place)))

    (statement,) = json.loads(made.named("flow-write")["policy"])["Statement"]
    assert statement["Resource"] == ("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vpc/mlops-test-flow-logs:*")
    assert "logs:CreateLogGroup" not in statement["Action"]


def test_only_this_accounts_flow_logs_assume_the_role(record, place):
    made = record(lambda: FlowLogs("flow", flow_logs(place)))

    (statement,) = json.loads(made.named("flow-role")["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": ["vpc-flow-logs.amazonaws.com"]}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*"},
    }
