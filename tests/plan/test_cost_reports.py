"""What a terminal and a pull request say about money."""

import json

import pytest
from rich.console import Console

from estate.plan.difference import diff
from estate.plan.markdown import markdown
from estate.plan.text import show

KEYS = """
aws.kms.Key("first", opts=opts)
aws.iam.Role("role", assume_role_policy=json.dumps({}), opts=opts)
aws.s3.Bucket("lake", opts=opts)
"""
MORE = """
aws.eks.NodeGroup(
    "gpu", cluster_name="c", node_role_arn="arn:aws:iam::222222222222:role/r", subnet_ids=["subnet-1"],
    instance_types=["g5.2xlarge"], scaling_config={"min_size": 0, "max_size": 4, "desired_size": 0}, opts=opts)
aws.ec2.Eip("address", opts=opts)
aws.sagemaker.MlflowTrackingServer(
    "mlflow", tracking_server_name="m", artifact_store_uri="s3://b/m",
    role_arn="arn:aws:iam::222222222222:role/r", opts=opts)
"""


@pytest.fixture
def plans(planned):
    """A plan, its difference to a smaller base, and the document of the base."""
    base = json.loads(planned(KEYS).text())
    head = planned(KEYS + MORE)
    return head, diff(base, head.document)


def test_a_terminal_shows_the_idle_cost_and_what_a_gpu_hour_costs(plans):
    console = Console(record=True, width=400)
    show(console, *plans)
    text = console.export_text()

    assert "Idle cost: 4.65 USD a month (730 hours at list prices of us-east-1 dated 2024-05-21 to 2026-03-14; " in text
    assert "the estate is in eu-west-1, where they differ)" in text
    assert "A GPU's hour in gpu: 1.2120 USD; 0 to 4 nodes g5.2xlarge of 1 GPU" in text
    assert "No known price: sagemaker.MlflowTrackingServer mlflow: no price is known of MLflow tracking servers" in text
    assert "By use, and nothing while idle: eks.NodeGroup 1, s3.Bucket 1" in text
    assert "Change of the idle cost: +3.65 USD a month, from 1.00 to 4.65" in text
    assert "  +3.65 ec2.Eip address" in text
    assert "  +? sagemaker.MlflowTrackingServer mlflow: no price is known of MLflow tracking servers" in text


def test_a_pull_request_says_what_the_change_costs(plans):
    text = markdown(*plans)

    assert "### Cost (+3.65 USD a month)\n\nIdle, from 1.00 to 4.65 USD a month.\n" in text
    assert "- +3.65: `address` `aws:ec2/eip:Eip`\n" in text
    assert (
        "- +?: `mlflow` `aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer`: `no price is known of MLflow" in text
    )
    assert "While nobody uses it: **4.65 USD a month** at list prices of us-east-1: `(none)` 4.65." in text
    assert "The estate is in `eu-west-1`, where prices differ." in text
    assert "- A GPU's hour in `gpu`: 1.2120 USD, 0 to 4 nodes `g5.2xlarge`" in text


def test_without_a_base_the_report_has_the_whole_only(plans):
    text = markdown(plans[0], None)

    assert "### Cost\n\nWhile nobody uses it: **4.65 USD a month**" in text


def test_a_plan_as_json_has_its_cost_and_the_changes(plans):
    head, difference = plans

    assert head.document["cost"]["idle_monthly"] == 4.65
    assert head.document["cost"]["by_use"]["aws:s3/bucket:Bucket"] == "gigabytes and requests"
    assert difference.to_json()["cost"]["monthly"] == 3.65
