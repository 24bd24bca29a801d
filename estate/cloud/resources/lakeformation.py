"""Lake Formation: settings, registered locations, tags, and what they are on, grants."""

from collections.abc import Mapping
from typing import Any

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Values
from estate.cloud.resources.template import At

_GONE = ("EntityNotFoundException",)
_CATALOG = At("in.catalogId || account")


def _principals(arns: list[str]) -> list[Values]:
    return [{"DataLakePrincipalIdentifier": arn} for arn in arns]


def _defaults(items: list[Values]) -> list[Values]:
    return [
        {"Principal": {"DataLakePrincipalIdentifier": item["principal"]}, "Permissions": list(item["permissions"])}
        for item in items
    ]


def _settings(values: Values, _: Values) -> Values:
    """All settings: what is left out is set to nothing, as the provider does."""
    found: dict[str, Any] = {
        "DataLakeAdmins": _principals(values.get("admins", [])),
        "ReadOnlyAdmins": _principals(values.get("readOnlyAdmins", [])),
        "CreateDatabaseDefaultPermissions": _defaults(values.get("createDatabaseDefaultPermissions", [])),
        "CreateTableDefaultPermissions": _defaults(values.get("createTableDefaultPermissions", [])),
        "TrustedResourceOwners": list(values.get("trustedResourceOwners", [])),
        "ExternalDataFilteringAllowList": _principals(values.get("externalDataFilteringAllowLists", [])),
        "AuthorizedSessionTagValueList": list(values.get("authorizedSessionTagValueLists", [])),
    }
    for name in ("allowExternalDataFiltering", "allowFullTableExternalDataAccess", "parameters"):
        if values.get(name) is not None:
            found[capital(name)] = values[name]
    return {"DataLakeSettings": found}


def _tags(values: Values) -> list[Values]:
    given = values.get("lfTags", [])
    return [
        {"TagKey": tag["key"], "TagValues": [tag["value"]]}
        | ({"CatalogId": tag["catalogId"]} if tag.get("catalogId") else {})
        for tag in given
    ]


_MEMBERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "database": ("Database", {"name": "Name", "catalogId": "CatalogId"}),
    "table": ("Table", {"name": "Name", "databaseName": "DatabaseName", "catalogId": "CatalogId"}),
    "tableWithColumns": (
        "TableWithColumns",
        {"name": "Name", "databaseName": "DatabaseName", "catalogId": "CatalogId", "columnNames": "ColumnNames"},
    ),
    "dataLocation": ("DataLocation", {"arn": "ResourceArn", "catalogId": "CatalogId"}),
}


def _resource(values: Values) -> Values:
    """What is tagged or granted, in the API's form."""
    policy = values.get("lfTagPolicy")
    if policy:
        expression = [{"TagKey": each["key"], "TagValues": list(each["values"])} for each in policy["expressions"]]
        catalog = {"CatalogId": policy["catalogId"]} if policy.get("catalogId") else {}
        return {"LFTagPolicy": {**catalog, "ResourceType": policy["resourceType"], "Expression": expression}}
    for key, (member, names) in _MEMBERS.items():
        if values.get(key):
            return {member: {target: values[key][name] for name, target in names.items() if values[key].get(name)}}
    return {}


def _tagging(values: Values, _: Values) -> Values:
    return {"Resource": _resource(values), "LFTags": _tags(values)}


def _granted(values: Values, _: Values) -> Values:
    return {
        "Principal": {"DataLakePrincipalIdentifier": values["principal"]},
        "Resource": _resource(values),
    }


def _granting(values: Values, _: Values) -> Values:
    granted = {**_granted(values, {}), "Permissions": list(values["permissions"])}
    again = values.get("permissionsWithGrantOptions")
    return {**granted, "PermissionsWithGrantOption": list(again)} if again else granted


_TAGGED = ("database", "table", "tableWithColumns", "lfTags")
_GRANTED = (
    "principal",
    "permissions",
    "permissionsWithGrantOptions",
    "database",
    "table",
    "tableWithColumns",
    "dataLocation",
    "lfTagPolicy",
)
_SETTINGS = (
    "admins",
    "readOnlyAdmins",
    "createDatabaseDefaultPermissions",
    "createTableDefaultPermissions",
    "trustedResourceOwners",
    "externalDataFilteringAllowLists",
    "authorizedSessionTagValueLists",
    "allowExternalDataFiltering",
    "allowFullTableExternalDataAccess",
    "parameters",
)
_ON = "in.tableWithColumns.name || in.table.name || in.database.name"

ROWS = (
    Row(
        "aws:lakeformation/dataLakeSettings:DataLakeSettings",
        "lakeformation",
        Step("PutDataLakeSettings", _SETTINGS, {"CatalogId": _CATALOG}, build=_settings),
        id="{in.catalogId || account}",
        read=(Step("GetDataLakeSettings", (), {"CatalogId": _CATALOG}, at="DataLakeSettings"),),
        update=(Step("PutDataLakeSettings", _SETTINGS, {"CatalogId": _CATALOG}, build=_settings),),
        delete=(Step("PutDataLakeSettings", (), {"CatalogId": _CATALOG, "DataLakeSettings": {"DataLakeAdmins": []}}),),
        fixed=("catalogId",),
        local=("catalogId",),
        lasting=True,
        seen={
            "admins": "DataLakeAdmins[].DataLakePrincipalIdentifier",
            "readOnlyAdmins": "ReadOnlyAdmins[].DataLakePrincipalIdentifier",
        },
        cloudformation="AWS::LakeFormation::DataLakeSettings",
    ),
    Row(
        "aws:lakeformation/resource:Resource",
        "lakeformation",
        Step("RegisterResource", names={"arn": "ResourceArn"}),
        id="{in.arn}",
        read=(Step("DescribeResource", (), {"ResourceArn": "{id}"}, at="ResourceInfo"),),
        update=(
            Step(
                "UpdateResource",
                ("roleArn", "hybridAccessEnabled", "withFederation"),
                {"ResourceArn": "{id}"},
            ),
        ),
        delete=(Step("DeregisterResource", (), {"ResourceArn": "{id}"}),),
        fixed=("arn", "useServiceLinkedRole"),
        gone=_GONE,
        silent=("useServiceLinkedRole",),
        seen={"arn": "ResourceArn"},
        cloudformation="AWS::LakeFormation::Resource",
    ),
    Row(
        "aws:lakeformation/lfTag:LfTag",
        "lakeformation",
        Step("CreateLFTag", params={"CatalogId": _CATALOG}, names={"key": "TagKey", "values": "TagValues"}),
        id="{in.catalogId || account}:{in.key}",
        # The emulated Lake Formation answers for a tag that is not there too, without values.
        read=(Step("GetLFTag", (), {"CatalogId": _CATALOG, "TagKey": "{in.key}"}, at="TagValues && @ || `null`"),),
        update=(
            Step(
                "UpdateLFTag",
                ("values",),
                {
                    "CatalogId": _CATALOG,
                    "TagKey": "{in.key}",
                    "TagValuesToAdd": At("minus(in.values, old.values)"),
                    "TagValuesToDelete": At("minus(old.values, in.values)"),
                },
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteLFTag", (), {"CatalogId": _CATALOG, "TagKey": "{in.key}"}),),
        name="key",
        fixed=("key", "catalogId"),
        gone=_GONE,
        seen={"key": "TagKey", "values": "TagValues"},
        cloudformation="AWS::LakeFormation::Tag",
    ),
    Row(
        "aws:lakeformation/resourceLfTags:ResourceLfTags",
        "lakeformation",
        Step("AddLFTagsToResource", _TAGGED, {"CatalogId": _CATALOG}, build=_tagging),
        id=At(f"join(':', [in.catalogId || account, {_ON}, in.lfTags[0].key])"),
        read=(
            Step(
                "GetResourceLFTags",
                ("database", "table", "tableWithColumns"),
                {"CatalogId": _CATALOG},
                build=lambda values, _: {"Resource": _resource(values)},
                at="LFTagOnDatabase || LFTagsOnTable || LFTagsOnColumns[0].LFTags",
                into="LFTags",
            ),
        ),
        delete=(Step("RemoveLFTagsFromResource", _TAGGED, {"CatalogId": _CATALOG}, build=_tagging),),
        fixed=(*_TAGGED, "catalogId"),
        local=("catalogId",),
        gone=_GONE,
        seen={
            "lfTags": "LFTags[].{key: TagKey, value: TagValues[0], catalogId: CatalogId}",
            "database": "in.database",
            "tableWithColumns": "in.tableWithColumns",
        },
        cloudformation="AWS::LakeFormation::TagAssociation",
    ),
    Row(
        "aws:lakeformation/permissions:Permissions",
        "lakeformation",
        Step("GrantPermissions", _GRANTED, {"CatalogId": _CATALOG}, build=_granting),
        id=At("join(',', [in.principal, to_string(in.lfTagPolicy || in.dataLocation || in.database || in.table)])"),
        read=(
            Step(
                "ListPermissions",
                ("principal", "database", "table", "tableWithColumns", "dataLocation", "lfTagPolicy"),
                {"CatalogId": _CATALOG},
                build=_granted,
                at="PrincipalResourcePermissions[0]",
            ),
        ),
        delete=(Step("RevokePermissions", _GRANTED, {"CatalogId": _CATALOG}, build=_granting),),
        fixed=(*_GRANTED, "catalogId"),
        local=("catalogId",),
        gone=_GONE,
        seen={
            "principal": "Principal.DataLakePrincipalIdentifier",
            "permissions": "Permissions",
            "lfTagPolicy": "Resource.LFTagPolicy.{resourceType: ResourceType, catalogId: CatalogId, "
            "expressions: Expression[].{key: TagKey, values: TagValues}}",
            "dataLocation": "Resource.DataLocation.{arn: ResourceArn, catalogId: CatalogId}",
        },
        cloudformation="AWS::LakeFormation::PrincipalPermissions",
    ),
)
