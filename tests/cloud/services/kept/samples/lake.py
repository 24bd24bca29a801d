"""Samples of entries/lake.py."""

from tests.cloud.services.kept.stage import Params, Sample, Stage

DATABASE, TABLE = "kept_lake", "kept_history"


def database(stage: Stage) -> str:
    """A database with one Iceberg table."""

    def make() -> str:
        glue = stage.client("glue")
        glue.create_database(DatabaseInput={"Name": DATABASE})
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={"Name": TABLE, "StorageDescriptor": {"Location": "s3://lake/history"}},
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}},
        )
        return DATABASE

    return stage.once("database", make)


def optimizer(stage: Stage, enabled: bool) -> Params:
    return {"roleArn": stage.role("glue.amazonaws.com"), "enabled": enabled}


SAMPLES = {
    "lakeformation:registered location": Sample(
        lambda stage: {
            "ResourceArn": f"arn:aws:s3:::{stage.ground.bucket}",
            "RoleArn": stage.role("lakeformation.amazonaws.com"),
        },
        lambda stage: {"RoleArn": stage.role("lakeformation.amazonaws.com"), "HybridAccessEnabled": True},
    ),
    "lakeformation:grant": Sample(
        lambda stage: {
            "Principal": {"DataLakePrincipalIdentifier": "arn:aws:iam::222233334444:role/reader"},
            "Resource": {"Database": {"Name": database(stage)}},
            "Permissions": ["DESCRIBE"],
        },
        lambda stage: {"Permissions": ["DESCRIBE", "CREATE_TABLE"]},
    ),
    "glue:table optimizer": Sample(
        lambda stage: {
            "CatalogId": "222233334444",
            "DatabaseName": database(stage),
            "TableName": TABLE,
            "Type": "compaction",
            "TableOptimizerConfiguration": optimizer(stage, True),
        },
        lambda stage: {"TableOptimizerConfiguration": optimizer(stage, False)},
    ),
}
