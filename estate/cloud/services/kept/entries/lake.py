"""What governs and tends the lake: registered locations, grants, optimizers of tables. moto keeps settings and tags."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import role
from estate.cloud.services.kept.kind import Codes, Kind
from estate.cloud.services.wire import AwsError, Params

_LAKE_FORMATION = Codes("AlreadyExistsException", "EntityNotFoundException", "InvalidInputException")
_GLUE = Codes("AlreadyExistsException", "EntityNotFoundException", "ValidationException")


def _one_role(_: Account, values: Params) -> None:
    if bool(values.get("RoleArn")) == bool(values.get("UseServiceLinkedRole")):
        raise AwsError("InvalidInputException", "Give RoleArn or UseServiceLinkedRole, one of both")


def _bucket_is_there(account: Account, values: Params) -> None:
    bucket = values["ResourceArn"].rpartition(":::")[2].partition("/")[0]
    if bucket not in account.backend("s3").buckets:
        raise AwsError("InvalidInputException", f"The bucket {bucket} does not exist")


def _iceberg_table(account: Account, values: Params) -> None:
    """Optimizers are for Iceberg tables alone."""
    databases = account.backend("glue").databases
    database = databases.get(values["DatabaseName"])
    table = None if database is None else database.tables.get(values["TableName"])
    if table is None:
        raise AwsError("EntityNotFoundException", f"Table {values['TableName']} does not exist")
    latest = table.versions[str(max(map(int, table.versions)))]
    if latest.get("Parameters", {}).get("table_type") != "ICEBERG":
        raise AwsError("ValidationException", f"Table {values['TableName']} is no Iceberg table")


def _tag_is_there(account: Account, values: Params) -> None:
    """A grant by a tag that nobody made would never show anything."""
    policy = values["Resource"].get("LFTagPolicy", {})
    there = account.backend("lakeformation").list_lf_tags(policy.get("CatalogId", account.account_id))
    for each in policy.get("Expression", []):
        if not set(each["TagValues"]) <= set(there.get(each["TagKey"], [])):
            raise AwsError("EntityNotFoundException", f"The tag {each['TagKey']} or a value of it does not exist")


def _optimizer(record: Params) -> Params:
    configuration = record["TableOptimizerConfiguration"]
    return {"type": record["Type"], "configuration": configuration}


KINDS = (
    Kind(
        "lakeformation",
        "registered location",
        create="RegisterResource",
        read="DescribeResource",
        update=("UpdateResource",),
        delete="DeregisterResource",
        list="ListResources",
        key=("ResourceArn",),
        wraps=("ResourceInfo",),
        checks=(_one_role, _bucket_is_there, role("RoleArn", "lakeformation.amazonaws.com")),
        codes=_LAKE_FORMATION,
        told="kept: no credentials are lent",
    ),
    Kind(
        "lakeformation",
        "grant",
        create="GrantPermissions",
        update=("GrantPermissions",),
        delete="RevokePermissions",
        list="ListPermissions",
        key=("Principal", "Resource"),
        filters={"CatalogId": "CatalogId", "ResourceType": "ResourceType"},
        checks=(_tag_is_there,),
        codes=_LAKE_FORMATION,
        told="kept, and asked by nobody; another grant of the same thing takes the place of the one before",
    ),
    Kind(
        "glue",
        "table optimizer",
        create="CreateTableOptimizer",
        read="GetTableOptimizer",
        update=("UpdateTableOptimizer",),
        delete="DeleteTableOptimizer",
        key=("CatalogId", "DatabaseName", "TableName", "Type"),
        shown={"TableOptimizer": _optimizer},
        checks=(_iceberg_table, role("TableOptimizerConfiguration.roleArn", "glue.amazonaws.com")),
        codes=_GLUE,
        told="kept: no file is joined or removed",
    ),
)
