"""SageMaker feature groups: created with what they need in place, described, extended, deleted.

The Glue table that SageMaker makes for an offline store is not made here: `DisableGlueTableCreation` is stored only.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import AwsError, Params, Table

RESERVED = frozenset({"is_deleted", "write_time", "api_invocation_time"})
EVENT_TIME_TYPES = frozenset({"String", "Fractional"})


@dataclass(frozen=True)
class Row:
    """The newest record of an identifier. A deleted one keeps its time, so that nothing older comes back."""

    values: dict[str, str]
    event_time: float
    expires: float | None = None
    deleted: bool = False


@dataclass
class Group:
    """A feature group at work: its online rows, and the offline rows that wait to be written."""

    record: Params
    rows: dict[str, Row] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)

    @property
    def types(self) -> dict[str, str]:
        return {item["FeatureName"]: item["FeatureType"] for item in self.record["FeatureDefinitions"]}

    @property
    def online(self) -> bool:
        return bool(self.record.get("OnlineStoreConfig", {}).get("EnableOnlineStore"))

    @property
    def offline(self) -> Params | None:
        return self.record.get("OfflineStoreConfig")


class FeatureGroups:
    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store
        self.groups: dict[str, Group] = {}

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_feature_group,
                self.describe_feature_group,
                self.update_feature_group,
                self.list_feature_groups,
                self.delete_feature_group,
            ),
        )

    def create_feature_group(self, params: Params) -> Params:
        name = params["FeatureGroupName"]
        arn = self._store.arn("feature-group", name)
        definitions = params["FeatureDefinitions"]
        _check_definitions(definitions)
        types = {item["FeatureName"]: item["FeatureType"] for item in definitions}
        for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
            if params[member] not in types:
                raise invalid(f"{member} {params[member]!r} is not among the FeatureDefinitions")
        if types[params["EventTimeFeatureName"]] not in EVENT_TIME_TYPES:
            raise invalid(f"The event time feature {params['EventTimeFeatureName']} must be String or Fractional")
        online, offline = params.get("OnlineStoreConfig"), params.get("OfflineStoreConfig")
        if not (online or {}).get("EnableOnlineStore") and offline is None:
            raise invalid("A feature group needs an online store, an offline store, or both")
        checks.key(self._account, (online or {}).get("SecurityConfig", {}).get("KmsKeyId"))
        moment = now()
        record = {
            "FeatureGroupName": name,
            "FeatureGroupArn": arn,
            "CreationTime": moment,
            "LastModifiedTime": moment,
            "FeatureGroupStatus": "Created",
            **select(
                params, "RecordIdentifierFeatureName", "EventTimeFeatureName", "FeatureDefinitions", "Description",
                "RoleArn", "OnlineStoreConfig", "ThroughputConfig",
            ),
        }  # fmt: skip
        if offline is not None:
            record["OfflineStoreConfig"] = self._offline(name, params, offline, moment)
            record["OfflineStoreStatus"] = {"Status": "Active"}
        with self._account.lock:
            if name in self.groups:
                raise AwsError(
                    "ResourceInUse", f"Resource Already Exists: FeatureGroup with name {name} already exists. "
                    f"Choose a different name.\nInfo: Feature Group '{name}' already exists.",
                )  # fmt: skip
            self.groups[name] = Group(record)
            self._store.feature_groups[name] = record
            self._store.tag(arn, params.get("Tags", []))
        return {"FeatureGroupArn": arn}

    def _offline(self, name: str, params: Params, offline: Params, moment: datetime) -> Params:
        """The configuration with the folder that SageMaker resolves from it."""
        if "RoleArn" not in params:
            raise invalid("RoleArn is required for an offline store")
        checks.role(self._account, params["RoleArn"])
        storage = offline["S3StorageConfig"]
        checks.key(self._account, storage.get("KmsKeyId"))
        catalog = offline.get("DataCatalogConfig")
        if catalog is not None and catalog["Database"] not in self._account.backend("glue").databases:
            raise invalid(f"The database {catalog['Database']} does not exist")
        bucket, prefix = checks.s3_uri(self._account, storage["S3Uri"], "OfflineStoreConfig")
        parts = (
            prefix.strip("/"), self._account.account_id, "sagemaker", self._account.region, "offline-store",
            f"{name}-{int(moment.timestamp())}", "data",
        )  # fmt: skip
        resolved = f"s3://{bucket}/{'/'.join(part for part in parts if part)}"
        return {**offline, "S3StorageConfig": {**storage, "ResolvedOutputS3Uri": resolved}}

    def describe_feature_group(self, params: Params) -> Params:
        return dict(self.find(params["FeatureGroupName"]).record)

    def update_feature_group(self, params: Params) -> Params:
        with self._account.lock:
            group = self.find(params["FeatureGroupName"])
            added = params.get("FeatureAdditions", [])
            _check_definitions([*group.record["FeatureDefinitions"], *added])
            group.record["FeatureDefinitions"] = [*group.record["FeatureDefinitions"], *added]
            if "OnlineStoreConfig" in params and "OnlineStoreConfig" in group.record:
                group.record["OnlineStoreConfig"] = {**group.record["OnlineStoreConfig"], **params["OnlineStoreConfig"]}
            if "ThroughputConfig" in params:
                group.record["ThroughputConfig"] = params["ThroughputConfig"]
            group.record.update(LastModifiedTime=now(), LastUpdateStatus={"Status": "Successful"})
        return {"FeatureGroupArn": group.record["FeatureGroupArn"]}

    def list_feature_groups(self, params: Params) -> Params:
        found, more = page(
            [group.record for group in self.groups.values()],
            params,
            name="FeatureGroupName",
            sorts={"CreationTime": "CreationTime", "Name": "FeatureGroupName"},
        )
        members = ("FeatureGroupName", "FeatureGroupArn", "CreationTime", "FeatureGroupStatus", "OfflineStoreStatus")
        return {"FeatureGroupSummaries": [select(record, *members) for record in found], **more}

    def delete_feature_group(self, params: Params) -> Params:
        """The offline store's objects stay in S3, as on AWS."""
        with self._account.lock:
            group = self.find(params["FeatureGroupName"])
            name = group.record["FeatureGroupName"]
            del self.groups[name]
            del self._store.feature_groups[name]
            self._store.tags.pop(group.record["FeatureGroupArn"], None)
        return {}

    def find(self, name: str) -> Group:
        """A group by name or ARN. Raises AwsError."""
        found = self.groups.get(name.rpartition("/")[2])
        if found is None:
            raise AwsError("ResourceNotFound", f"FeatureGroup with name {name} not found.", 404)
        return found


def _check_definitions(definitions: list[Params]) -> None:
    names = [item["FeatureName"] for item in definitions]
    for item in definitions:
        name = item["FeatureName"]
        if names.count(name) > 1:
            raise invalid(f"Feature names must be unique: {name}")
        if name.lower() in RESERVED:
            raise invalid(f"Feature name {name} is reserved")
        if "FeatureType" not in item:
            raise invalid(f"Feature {name}: FeatureType is required")
        if "CollectionType" in item:
            raise invalid(f"Feature {name}: collection types are not supported offline")
