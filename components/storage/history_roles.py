"""Who works on the tables that remember: Athena's merges, and Glue, which tends them."""

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION, Statement, Text, trust
from components.roles import bounded_role, inline_policy
from components.storage.query_workgroup import RESULTS

TENDING_LOGS = "/aws-glue/iceberg-*"  # as Glue names the logs of its optimizers


class HistoryRolesArgs(Args):
    placement: Placement
    bucket_arn: pulumi.Input[str] = Field(description="Bucket of curated rows, histories and results of queries.")
    key_arn: pulumi.Input[str] = Field(description="Key of the bucket.")
    database: pulumi.Input[str] = Field(description="Glue database of the tables.")
    workgroup: pulumi.Input[str] = Field(description="Athena workgroup of the merges.")
    permission_boundary_arn: pulumi.Input[str]


class HistoryRoles(Component):
    """`merges` reads curated rows and writes histories; `tending` removes and joins files of histories alone."""

    merges: pulumi.Output[str]
    tending: pulumi.Output[str]

    def __init__(self, name: str, args: HistoryRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:HistoryRoles", name, args.placement, opts)
        place = args.placement
        histories = _objects(args, "*/history/*")
        self.merges = self._role(
            args,
            "merges",
            "Merges curated rows into their histories",
            trust(place, "scheduler"),
            {
                "Sid": "Query",
                "Effect": "Allow",
                "Action": "athena:StartQueryExecution",
                "Resource": pulumi.Output.concat(place.arn("athena", "workgroup/"), args.workgroup),
            },
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": _objects(args, "*/rows/*")},
            _write("Write", [histories, _objects(args, f"{RESULTS}/*")]),
            _tables(args, "GetDatabase", "GetPartitions", "GetTable", "GetTables", "UpdateTable"),
        )
        self.tending = self._role(
            args,
            "tending",
            "Tends the histories' files",
            trust(place, "glue"),
            _write("Tend", [histories]),
            _tables(args, "GetTable", "UpdateTable"),
            {
                "Sid": "Report",
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": place.arn("logs", f"log-group:{TENDING_LOGS}"),
            },
        )
        self.register_outputs({"merges": self.merges, "tending": self.tending})

    def _role(
        self, args: HistoryRolesArgs, role: str, description: str, trusted: pulumi.Output[str], *allowed: Statement
    ) -> pulumi.Output[str]:
        made = bounded_role(
            self,
            "history",
            role,
            suffix=role,
            description=description,
            boundary_arn=args.permission_boundary_arn,
            trusted=trusted,
        )
        policy = inline_policy(
            self,
            made.name,
            role,
            {
                "Sid": "FindBucket",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": args.bucket_arn,
            },
            {
                "Sid": "UseKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],  # Encrypt: of a catalog under it
                "Resource": args.key_arn,
            },
            ASK_LAKE_FORMATION,
            *allowed,
            suffix=f"{role}-policy",
        )
        # Glue tries the role when an optimizer is made.
        return pulumi.Output.all(made.arn, policy.id).apply(lambda known: known[0])


def _objects(args: HistoryRolesArgs, pattern: str) -> Text:
    return pulumi.Output.concat(args.bucket_arn, f"/{pattern}")


def _write(sid: str, objects: list[Text]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ],
        "Resource": objects,
    }


def _tables(args: HistoryRolesArgs, *actions: str) -> Statement:
    place = args.placement
    return {
        "Sid": "UseTables",
        "Effect": "Allow",
        "Action": [f"glue:{action}" for action in actions],
        "Resource": [
            place.arn("glue", "catalog"),
            pulumi.Output.concat(place.arn("glue", "database/"), args.database),
            pulumi.Output.concat(place.arn("glue", "table/"), args.database, "/*"),
        ],
    }
