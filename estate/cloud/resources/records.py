"""Tables of records and documents of runbooks."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait

_TABLE = {"TableName": "{id}"}


def _sse(value: Values) -> dict[str, Any]:
    key = {"SSEType": "KMS", "KMSMasterKeyId": value["kmsKeyArn"]} if value.get("kmsKeyArn") else {}
    return {"SSESpecification": {"Enabled": bool(value["enabled"]), **key}}


def _keys(values: Values, _: Values) -> dict[str, Any]:
    """CreateTable, whose key schema is a list where Pulumi has two names."""
    schema = [
        {"AttributeName": values[key], "KeyType": kind}
        for key, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if values.get(key)
    ]
    made: dict[str, Any] = {"KeySchema": schema} if schema else {}
    if "name" in values:
        made["TableName"] = values["name"]
    if "billingMode" in values:
        made["BillingMode"] = values["billingMode"]
    if "attributes" in values:
        made["AttributeDefinitions"] = [
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in values["attributes"]
        ]
    if "readCapacity" in values or "writeCapacity" in values:
        made["ProvisionedThroughput"] = {
            "ReadCapacityUnits": int(values.get("readCapacity", 1)),
            "WriteCapacityUnits": int(values.get("writeCapacity", 1)),
        }
    if "serverSideEncryption" in values:
        made |= _sse(values["serverSideEncryption"])
    if "deletionProtectionEnabled" in values:
        made["DeletionProtectionEnabled"] = bool(values["deletionProtectionEnabled"])
    if values.get("tags"):
        made["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(values["tags"].items())]
    return made


def _recovery(values: Values, _: Values) -> dict[str, Any]:
    wanted = bool((values.get("pointInTimeRecovery") or {}).get("enabled"))
    return {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": wanted}}


def _next_version(_: Values, known: Values) -> dict[str, Any]:
    return {"DocumentVersion": str(int(known["read"]["LatestVersion"]) + 1)}


_CREATE = (
    "name",
    "billingMode",
    "hashKey",
    "rangeKey",
    "attributes",
    "readCapacity",
    "writeCapacity",
    "serverSideEncryption",
    "deletionProtectionEnabled",
    "tags",
)

ROWS = (
    Row(
        "aws:dynamodb/table:Table",
        "dynamodb",
        Step("CreateTable", _CREATE, build=_keys),
        follow=(Step("UpdateContinuousBackups", ("pointInTimeRecovery",), _TABLE, build=_recovery),),
        id="{in.name}",
        read=(
            Step("DescribeTable", (), _TABLE, at="Table"),
            Step("DescribeContinuousBackups", (), _TABLE, at="ContinuousBackupsDescription", into="Backups"),
        ),
        update=(
            Step("UpdateContinuousBackups", ("pointInTimeRecovery",), _TABLE, build=_recovery),
            Step("UpdateTable", ("deletionProtectionEnabled",), _TABLE),
            Step("UpdateTable", ("serverSideEncryption",), _TABLE, via={"serverSideEncryption": _sse}),
        ),
        delete=(Step("DeleteTable", (), _TABLE),),
        outputs={"arn": "{read.TableArn}", "streamArn": "", "streamLabel": ""},
        name="name",
        defaults={"billingMode": "PROVISIONED"},
        fixed=("name", "hashKey", "rangeKey", "attributes", "billingMode", "readCapacity", "writeCapacity"),
        tagging=Tagging("TagResource", "UntagResource", "ListTagsOfResource", {"ResourceArn": "{out.arn}"}),
        wait=Wait("TableStatus", frozenset({"ACTIVE"})),
        gone=("ResourceNotFoundException",),
        seen={
            "name": "TableName",
            "billingMode": "BillingModeSummary.BillingMode",
            "hashKey": "KeySchema[?KeyType == 'HASH'].AttributeName | [0]",
            "rangeKey": "KeySchema[?KeyType == 'RANGE'].AttributeName | [0]",
            "attributes": "AttributeDefinitions[].{name: AttributeName, type: AttributeType}",
            "serverSideEncryption": "SSEDescription && {enabled: SSEDescription.Status == 'ENABLED', "
            "kmsKeyArn: SSEDescription.KMSMasterKeyArn}",
            "pointInTimeRecovery": "{enabled: Backups.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == "
            "'ENABLED'}",
        },
        cloudformation="AWS::DynamoDB::Table",
    ),
    Row(
        "aws:ssm/document:Document",
        "ssm",
        Step("CreateDocument", names={"name": "Name", "content": "Content"}),
        id="{in.name}",
        read=(
            Step("DescribeDocument", (), {"Name": "{id}"}, at="Document"),
            Step(
                "GetDocument",
                (),
                {"Name": "{id}", "DocumentVersion": "$LATEST", "DocumentFormat": "{in.documentFormat}"},
            ),
        ),
        update=(
            Step(
                "UpdateDocument",
                ("content", "documentFormat"),
                {"Name": "{id}", "DocumentVersion": "$LATEST"},
                needs=("Content",),
            ),
            # Like Terraform's provider: what was written last is what runs.
            Step("UpdateDocumentDefaultVersion", ("content",), {"Name": "{id}"}, build=_next_version),
        ),
        delete=(Step("DeleteDocument", (), {"Name": "{id}"}),),
        outputs={
            "arn": "arn:{partition}:ssm:{region}:{account}:document/{id}",
            "createdDate": "{read.CreatedDate}",
            "defaultVersion": "{read.DefaultVersion}",
            "description": "{read.Description || ''}",
            "documentVersion": "{read.DocumentVersion}",
            "hash": "{read.Hash}",
            "hashType": "{read.HashType}",
            "latestVersion": "{read.LatestVersion}",
            "owner": "{read.Owner}",
            "schemaVersion": "{read.SchemaVersion}",
            "status": "{read.Status}",
        },
        name="name",
        defaults={"documentFormat": "JSON"},
        fixed=("name", "documentType"),
        tagging=Tagging(
            "AddTagsToResource",
            "RemoveTagsFromResource",
            "ListTagsForResource",
            {"ResourceType": "Document", "ResourceId": "{id}"},
            at="TagList",
        ),
        gone=("InvalidDocument", "InvalidDocumentOperation"),
        cloudformation="AWS::SSM::Document",
    ),
)
