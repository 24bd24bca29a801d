import json

import pytest
from pydantic import ValidationError

from components.network.gateway_endpoints import GatewayEndpoints, GatewayEndpointsArgs
from components.network.interface_endpoints import ML_SERVICES, InterfaceEndpoints, InterfaceEndpointsArgs

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def gateways(place, **changes):
    tables = {"a": "rtb-a", "b": "rtb-b"}
    return GatewayEndpointsArgs.model_validate(
        {"placement": place, "vpc_id": "vpc-1", "route_table_ids": tables, **changes}
    )


def interfaces(place, **changes):
    given = {"placement": place, "vpc_id": "vpc-1", "subnet_ids": {"a": "subnet-a"}, "security_group_id": "sg-1"}
    return InterfaceEndpointsArgs.model_validate({**given, **changes})


def test_every_route_table_leads_to_s3_and_dynamodb(record, place):
    made = record(lambda: GatewayEndpoints("gw", gateways(place)))

    assert [(e["serviceName"], e["vpcEndpointType"], e["routeTableIds"]) for e in made.of(ENDPOINT)] == [
        ("com.amazonaws.eu-west-1.dynamodb", "Gateway", ["rtb-a", "rtb-b"]),
        ("com.amazonaws.eu-west-1.s3", "Gateway", ["rtb-a", "rtb-b"]),
    ]


def test_through_the_s3_endpoint_data_cannot_leave_the_account(record, place):
    statements = record(lambda: GatewayEndpoints("gw", gateways(place))).statements("gw-s3")

    assert statements["ThisAccount"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}
    }
    assert statements["ImageLayers"]["Action"] == "s3:GetObject"
    assert statements["ImageLayers"]["Resource"] == "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"


def test_services_answer_inside_the_network_under_their_own_names(record, place):
    made = record(lambda: InterfaceEndpoints("if", interfaces(place)))

    assert sorted(e["serviceName"] for e in made.of(ENDPOINT)) == sorted(
        f"com.amazonaws.eu-west-1.{service}" for service in ML_SERVICES
    )
    assert {e["privateDnsEnabled"] for e in made.of(ENDPOINT)} == {True}
    assert {json.dumps([e["subnetIds"], e["securityGroupIds"]]) for e in made.of(ENDPOINT)} == {
        '[["subnet-a"], ["sg-1"]]'
    }


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("sagemaker.featurestore-runtime", "sagemaker:*"),
        ("monitoring", "cloudwatch:*"),
        ("ecr.dkr", "ecr:*"),
        ("aps-workspaces", "aps:*"),
        ("kinesis-streams", "kinesis:*"),
        ("sagemaker.studio", "sagemaker:*"),
        ("sagemaker.experiments", "sagemaker-mlflow:*"),
    ],
)
def test_an_endpoint_serves_its_own_service_and_this_account_only(record, place, service, action):
    made = record(lambda: InterfaceEndpoints("if", interfaces(place, services=(service,))))

    (statement,) = json.loads(made.inputs(ENDPOINT)["policy"])["Statement"]
    assert statement["Action"] == action
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


@pytest.mark.parametrize("wrong", [{"subnet_ids": {}}, {"services": ()}, {"dns": True}])
def test_wrong_arguments_are_refused_before_anything_is_registered(place, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        interfaces(place, **wrong)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("sts", "com.amazonaws.eu-west-1.sts"),
        ("sagemaker.api", "com.amazonaws.eu-west-1.sagemaker.api"),
        ("sagemaker.studio", "aws.sagemaker.eu-west-1.studio"),
        ("sagemaker.experiments", "aws.sagemaker.eu-west-1.experiments"),
    ],
)
def test_a_service_is_called_by_the_name_of_its_endpoint(record, place, service, name):
    made = record(lambda: InterfaceEndpoints("if", interfaces(place, services=(service,))))

    assert made.inputs(ENDPOINT)["serviceName"] == name
