"""Encryption of the Glue catalog: of descriptions of tables, their statistics, passwords of connections."""

import pulumi
from pulumi_aws import glue
from pydantic import Field

from components.base import Args, Component, Placement


class CatalogEncryptionArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="Key of the catalog; who reads it needs kms:Decrypt on the key.")


class CatalogEncryption(Component):
    """One setting of the whole account and region, whoever else has tables there. Removing it takes encryption off
    what is written from then on; what was written before stays readable with the key alone."""

    def __init__(self, name: str, args: CatalogEncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:CatalogEncryption", name, args.placement, opts)
        glue.DataCatalogEncryptionSettings(
            f"{name}-settings",
            catalog_id=args.placement.account_id,
            data_catalog_encryption_settings={
                "encryption_at_rest": {"catalog_encryption_mode": "SSE-KMS", "sse_aws_kms_key_id": args.key_arn},
                "connection_password_encryption": {
                    "return_connection_password_encrypted": True,
                    "aws_kms_key_id": args.key_arn,
                },
            },
            opts=self.guarding_child(),
        )
        self.register_outputs({})
