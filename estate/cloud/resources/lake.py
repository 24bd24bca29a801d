"""The catalog of the lake and the queries over it."""

from estate.cloud.resources.row import Row, Step
from estate.cloud.resources.template import At

_CATALOG = At("in.catalogId || account")
_TABLE = {"CatalogId": _CATALOG, "DatabaseName": "{in.databaseName}"}
_OPTIMIZER = {
    "CatalogId": "{in.catalogId}",
    "DatabaseName": "{in.databaseName}",
    "TableName": "{in.tableName}",
    "Type": "{in.type}",
}
_UNENCRYPTED = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}
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
        seen={
            "openTableFormatInput": "Parameters.table_type == 'ICEBERG' && {icebergInput: {metadataOperation: "
            "'CREATE', version: in.openTableFormatInput.icebergInput.version}} || `null`"
        },
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
    Row(
        "aws:glue/catalogTableOptimizer:CatalogTableOptimizer",
        "glue",
        Step("CreateTableOptimizer", names={"configuration": "TableOptimizerConfiguration"}),
        id="{in.catalogId},{in.databaseName},{in.tableName},{in.type}",
        read=(Step("GetTableOptimizer", (), _OPTIMIZER),),
        update=(
            Step(
                "UpdateTableOptimizer", ("configuration",), _OPTIMIZER, {"configuration": "TableOptimizerConfiguration"}
            ),
        ),
        delete=(Step("DeleteTableOptimizer", (), _OPTIMIZER),),
        fixed=("catalogId", "databaseName", "tableName", "type"),
        gone=("EntityNotFoundException",),
        seen={"configuration": "TableOptimizer.configuration", "type": "TableOptimizer.type"},
        cloudformation="AWS::Glue::TableOptimizer",
    ),
    Row(
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        "glue",
        Step("PutDataCatalogEncryptionSettings", ("dataCatalogEncryptionSettings",), {"CatalogId": _CATALOG}),
        id="{in.catalogId || account}",
        read=(
            Step("GetDataCatalogEncryptionSettings", (), {"CatalogId": _CATALOG}, at="DataCatalogEncryptionSettings"),
        ),
        update=(Step("PutDataCatalogEncryptionSettings", ("dataCatalogEncryptionSettings",), {"CatalogId": _CATALOG}),),
        delete=(
            Step(
                "PutDataCatalogEncryptionSettings",
                (),
                {"CatalogId": _CATALOG, "DataCatalogEncryptionSettings": _UNENCRYPTED},
            ),
        ),
        fixed=("catalogId",),
        local=("catalogId",),
        lasting=True,
        seen={
            "dataCatalogEncryptionSettings": "{encryptionAtRest: {catalogEncryptionMode: "
            "EncryptionAtRest.CatalogEncryptionMode, sseAwsKmsKeyId: EncryptionAtRest.SseAwsKmsKeyId}, "
            "connectionPasswordEncryption: {returnConnectionPasswordEncrypted: "
            "ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted, "
            "awsKmsKeyId: ConnectionPasswordEncryption.AwsKmsKeyId}}"
        },
        cloudformation="AWS::Glue::DataCatalogEncryptionSettings",
    ),
)
