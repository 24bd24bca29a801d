"""A name of one's own for an API."""

import pulumi
from pulumi_aws import apigatewayv2
from pydantic import Field

from components.base import Args, Component


class Domain(Args):
    name: str = Field(description="Such as `models.example.com`.")
    certificate_arn: str = Field(description="Certificate of the name, in the API's region.")


def custom_domain(
    parent: Component, domain: Domain, api_id: pulumi.Input[str], stage: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Serves `stage` under the name, over TLS 1.2 at least. Returns the URL; the name's own record is its owner's."""
    made = apigatewayv2.DomainName(
        f"{parent.name}-domain",
        domain_name=domain.name,
        domain_name_configuration={
            "certificate_arn": domain.certificate_arn,
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
        opts=parent.child(),
    )
    apigatewayv2.ApiMapping(
        f"{parent.name}-mapping",
        api_id=api_id,
        domain_name=made.domain_name,
        stage=stage,
        opts=parent.child(),
    )
    return pulumi.Output.concat("https://", made.domain_name)
