"""Inputs find their place in an API's shape, or are refused."""

from typing import Any

import pytest

from estate.cloud.models import input_shape
from estate.cloud.resources.fit import Fit, UnmappedInput
from estate.engine.resource import Asset, Secret


def fit(service: str, operation: str, values: dict[str, Any], **names: str) -> dict[str, Any]:
    return Fit(names, {}).struct(values, input_shape(service, operation))


@pytest.mark.parametrize(
    ("service", "operation", "given", "params"),
    [
        ("sns", "CreateTopic", {"name": "t"}, {"Name": "t"}),
        ("iam", "CreateRole", {"name": "r"}, {"RoleName": "r"}),
        ("iam", "CreateOpenIDConnectProvider", {"clientIdLists": ["a"]}, {"ClientIDList": ["a"]}),
        (
            "s3",
            "PutPublicAccessBlock",
            {"blockPublicAcls": True},
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        ),
        (
            "ecr",
            "CreateRepository",
            {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "k"}]},
            {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "k"}},
        ),
        ("sagemaker", "CreateModel", {"tags": {"b": "2", "a": "1"}}, {"Tags": [
            {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}),
        ("kms", "CreateKey", {"tags": {"a": "1"}}, {"Tags": [{"TagKey": "a", "TagValue": "1"}]}),
        ("eks", "CreateCluster", {"tags": {"a": "1"}}, {"tags": {"a": "1"}}),
        ("cloudwatch", "PutMetricAlarm", {"dimensions": {"M": "x"}}, {"Dimensions": [{"Name": "M", "Value": "x"}]}),
        ("cloudwatch", "PutMetricAlarm", {"threshold": 1}, {"Threshold": 1.0}),
        ("lambda", "CreateFunction", {"timeout": "30"}, {"Timeout": 30}),
        ("ssm", "PutParameter", {"value": Secret("s")}, {"Value": "s"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_an_input_is_matched(service: str, operation: str, given: dict[str, Any], params: dict[str, Any]) -> None:
    assert fit(service, operation, given) == params


def test_a_rename_reaches_into_an_attribute_map_and_makes_text() -> None:
    given = {"fifoTopic": True}
    assert fit("sns", "CreateTopic", given, fifoTopic="Attributes.FifoTopic") == {"Attributes": {"FifoTopic": "true"}}


def test_what_is_none_or_an_empty_set_of_tags_is_left_out() -> None:
    assert fit("sns", "CreateTopic", {"name": "t", "tags": {}, "displayName": None}) == {"Name": "t"}


def test_an_archive_becomes_its_bytes() -> None:
    code = Asset(b"zip", "0")
    assert fit("lambda", "CreateFunction", {"code": code}, code="Code.ZipFile") == {"Code": {"ZipFile": b"zip"}}


@pytest.mark.parametrize(
    ("service", "operation", "given", "message"),
    [
        ("sns", "CreateTopic", {"colour": "red"}, "colour has no place in CreateTopicInput"),
        ("eks", "CreateCluster", {"vpc": 1, "name": "c"}, "vpc has no place"),
        (
            "sagemaker",
            "CreateModel",
            {"primaryContainer": {"image": "i", "flavour": "f"}},
            "primaryContainer.flavour has no place in ContainerDefinition",
        ),
        ("sagemaker", "CreateModel", {"vpcConfig": "vpc-1"}, "vpcConfig is str, and VpcConfig is a structure"),
        ("eks", "CreateNodegroup", {"labels": "a=b"}, "labels is str, and labelsMap is a map"),
    ],
)
def test_an_input_without_a_place_is_refused(service: str, operation: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UnmappedInput, match=message):
        fit(service, operation, given)
