"""Keeping requests and answers, for the monitors and for questions later on."""

from typing import TYPE_CHECKING

import pulumi
from pydantic import Field

from components.base import Args

if TYPE_CHECKING:
    from pulumi_aws import sagemaker


class Capture(Args):
    """Where captured traffic goes."""

    uri: pulumi.Input[str] = Field(description="`s3://` prefix of captured requests and answers.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of captured requests and answers.")

    def configuration(self, percent: int) -> "sagemaker.EndpointConfigurationDataCaptureConfigArgsDict":
        """Captures `percent` of the requests, and the answers to them."""
        return {
            "enable_capture": True,
            "initial_sampling_percentage": percent,
            "destination_s3_uri": self.uri,
            "kms_key_id": self.key_arn,
            "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
            "capture_content_type_header": {
                "csv_content_types": ["text/csv"],
                "json_content_types": ["application/json"],
            },
        }
