"""The catalog of the lake and the queries over it."""

from estate.cloud.resources.row import Row, Step
from estate.cloud.resources.template import At

_CATALOG = At("in.catalogId || account")
_TABLE = {"CatalogId": _CATALOG, "DatabaseName": "{in.databaseName}"}
_TABLE_INPUTS = {
    key: f"TableInput.{key[0].upper()}{key[1:]}"
    for key in (
        "name",
        "description",
        "owner",
        "parameters",
        "partitionKeys",
        "retention",
        "storageDescriptor",
        "tableType",
        "targetTable",
        "viewDefinition",
        "viewExpandedText",
        "viewOriginalText",
    )
} | {
    "storageDescriptor.serDeInfo": "SerdeInfo",
    "storageDescriptor.columns": "Columns",
    "partitionIndices": "PartitionIndexes",
}
_DATABASE_INPUTS = {
    key: f"DatabaseInput.{key[0].upper()}{key[1:]}"
    for key in (
        "name",
        "description",
        "locationUri",
        "parameters",
        "createTableDefaultPermissions",
        "targetDatabase",
        "federatedDatabase",
    )
}

ROWS = (
    Row(
        "aws:glue/catalogDatabase:CatalogDatabase",
        "glue",
        Step("CreateDatabase", params={"CatalogId": _CATALOG}, names=_DATABASE_INPUTS),
        id="{in.catalogId || account}:{in.name}",
        read=(Step("GetDatabase", (), {"CatalogId": _CATALOG, "Name": "{in.name}"}, at="Database"),),
        update=(
            Step(
                "UpdateDatabase",
                ("name", *(key for key in _DATABASE_INPUTS if key != "name")),
                {"CatalogId": _CATALOG, "Name": "{in.name}"},
                _DATABASE_INPUTS,
            ),
        ),
        delete=(Step("DeleteDatabase", (), {"CatalogId": _CATALOG, "Name": "{in.name}"}),),
        outputs={
            "arn": "arn:{partition}:glue:{region}:{account}:database/{in.name}",
            "catalogId": At("in.catalogId || account"),
        },
        name="name",
        fixed=("name", "catalogId"),
        gone=("EntityNotFoundException",),
        cloudformation="AWS::Glue::Database",
    ),
    Row(
        "aws:glue/catalogTable:CatalogTable",
        "glue",
        Step("CreateTable", params={"CatalogId": _CATALOG}, names=_TABLE_INPUTS),
        id="{in.catalogId || account}:{in.databaseName}:{in.name}",
        read=(Step("GetTable", (), {**_TABLE, "Name": "{in.name}"}, at="Table"),),
        update=(Step("UpdateTable", tuple(key for key in _TABLE_INPUTS if "." not in key), _TABLE, _TABLE_INPUTS),),
        delete=(Step("DeleteTable", (), {**_TABLE, "Name": "{in.name}"}),),
        outputs={
            "arn": "arn:{partition}:glue:{region}:{account}:table/{in.databaseName}/{in.name}",
            "catalogId": At("in.catalogId || account"),
        },
        name="name",
        fixed=("name", "databaseName", "catalogId", "openTableFormatInput", "partitionIndices"),
        gone=("EntityNotFoundException",),
        cloudformation="AWS::Glue::Table",
    ),
    Row(
        "aws:athena/workgroup:Workgroup",
        "athena",
        Step(
            "CreateWorkGroup",
            ("name", "description", "configuration", "tags"),
            names={
                "configuration.publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
                "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
            },
        ),
        follow=(
            Step(
                "UpdateWorkGroup",
                ("state",),
                {"WorkGroup": "{id}"},
                when=lambda values: values.get("state") == "DISABLED",
            ),
        ),
        id="{in.name}",
        read=(Step("GetWorkGroup", (), {"WorkGroup": "{id}"}, at="WorkGroup"),),
        update=(
            Step(
                "UpdateWorkGroup",
                ("description", "state", "configuration"),
                {"WorkGroup": "{id}"},
                {
                    "configuration": "ConfigurationUpdates",
                    "configuration.publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
                    "configuration.resultConfiguration": "ResultConfigurationUpdates",
                    "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
                },
            ),
        ),
        delete=(
            Step(
                "DeleteWorkGroup", (), {"WorkGroup": "{id}", "RecursiveDeleteOption": At("in.forceDestroy || `false`")}
            ),
        ),
        outputs={"arn": "arn:{partition}:athena:{region}:{account}:workgroup/{id}"},
        name="name",
        defaults={"state": "ENABLED"},
        fixed=("name",),
        local=("forceDestroy",),
        gone=("InvalidRequestException",),
        cloudformation="AWS::Athena::WorkGroup",
    ),
)
