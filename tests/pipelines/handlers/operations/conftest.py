"""An emulated AWS of four models, and a desk in it."""

import json
import uuid
from collections.abc import Iterator

import pytest

from estate.cloud import Cloud
from tests.pipelines.handlers.operations.desk import ACCOUNT, URIS, Desk


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Iterator[Cloud]:
    with Cloud(account_id=ACCOUNT, region="us-east-1", workdir=tmp_path_factory.mktemp("cloud")) as opened:
        role = json.dumps(
            {
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            }
        )
        arn = opened.client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=role)["Role"]["Arn"]
        fail = {
            "Version": "2020-12-01",
            "Steps": [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no rows"}}],
        }
        fail["Parameters"] = [{"Name": "Trigger", "Type": "String", "DefaultValue": "manual"}]
        for model in ("eta", "fare", "risk", "wait"):
            opened.client("sagemaker").create_pipeline(
                PipelineName=f"t-dev-{model}-training",
                PipelineDefinition=json.dumps(fail),
                RoleArn=arn,
                ClientRequestToken=uuid.uuid4().hex,
            )
            outputs = {f"{kind}_pipeline": f"t-dev-{model}-{kind}" for kind in ("data", "training", "monitor")}
            opened.client("ssm").put_parameter(
                Name=f"/mlops-estate/dev/models/{model}",
                Type="String",
                Value=json.dumps({**outputs, "endpoint": f"t-dev-{model}", **URIS}),
            )
        opened.client("s3").create_bucket(Bucket=f"lake-{ACCOUNT}")
        yield opened


@pytest.fixture
def desk(cloud, monkeypatch) -> Desk:
    return Desk(cloud, monkeypatch)
