"""featurestore-runtime: puts, reads and deletes records; what is put also reaches the offline store as Parquet."""

import io
import re
import time
import uuid
from datetime import UTC, datetime

from estate.cloud.services import objects
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import split
from estate.cloud.services.registries.feature_groups import FeatureGroups, Group, Row
from estate.cloud.services.wire import AwsError, Params, RestAnswer, RestCall, Table

PATH = r"/FeatureGroup/(?P<name>.+)"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
INTEGRAL = re.compile(r"[+-]?\d{1,19}")
LONGEST_VALUE = 358400
UNIT_S = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86400, "Weeks": 604800}
STORES = frozenset({"OnlineStore", "OfflineStore"})


class FeatureRecords:
    def __init__(self, account: Account, groups: FeatureGroups) -> None:
        self._account = account
        self._groups = groups

    def register(self, table: Table) -> None:
        table.route("sagemaker", "PUT", PATH, self.put_record)
        table.route("sagemaker", "GET", PATH, self.get_record)
        table.route("sagemaker", "DELETE", PATH, self.delete_record)
        table.route("sagemaker", "POST", r"/BatchGetRecord", self.batch_get_record)

    def put_record(self, call: RestCall) -> RestAnswer:
        body = call.json()
        with self._account.lock:
            group = self._groups.find(call.path["name"])
            values = _values(group, body.get("Record", []))
            stores = _stores(group, body.get("TargetStores"))
            event_time = _event_time(group, values[group.record["EventTimeFeatureName"]])
            ttl = body.get("TtlDuration") or group.record.get("OnlineStoreConfig", {}).get("TtlDuration")
            expires = event_time + ttl["Value"] * UNIT_S[ttl["Unit"]] if ttl else None
            if "OnlineStore" in stores:
                _keep(group, values[group.record["RecordIdentifierFeatureName"]], Row(values, event_time, expires))
            if "OfflineStore" in stores:
                group.waiting.append(_offline_row(group, values, event_time, deleted=False))
        return RestAnswer()

    def get_record(self, call: RestCall) -> RestAnswer:
        with self._account.lock:
            group = self._groups.find(call.path["name"])
            _require_online(group)
            wanted = call.all("FeatureName")
            identifier = call.query.get("RecordIdentifierValueAsString", "")
            record = _read(group, identifier, wanted)
        return RestAnswer({"Record": record} if record else {})

    def batch_get_record(self, call: RestCall) -> RestAnswer:
        records, errors = [], []
        with self._account.lock:
            for item in call.json().get("Identifiers", []):
                for identifier in item["RecordIdentifiersValueAsString"]:
                    named = {
                        "FeatureGroupName": item["FeatureGroupName"],
                        "RecordIdentifierValueAsString": identifier,
                    }
                    try:
                        group = self._groups.find(item["FeatureGroupName"])
                        _require_online(group)
                        record = _read(group, identifier, item.get("FeatureNames", []))
                    except AwsError as error:
                        errors.append({**named, "ErrorCode": error.code, "ErrorMessage": error.message})
                        continue
                    if record:
                        records.append({**named, "Record": record})
        return RestAnswer({"Records": records, "Errors": errors, "UnprocessedIdentifiers": []})

    def delete_record(self, call: RestCall) -> RestAnswer:
        with self._account.lock:
            group = self._groups.find(call.path["name"])
            identifier = call.query.get("RecordIdentifierValueAsString", "")
            stores = _stores(group, call.all("TargetStores") or None)
            text = call.query.get("EventTime", "")
            event_time = _event_time(group, text)
            values = {
                group.record["RecordIdentifierFeatureName"]: identifier,
                group.record["EventTimeFeatureName"]: text,
            }
            if "OnlineStore" in stores:
                before = group.rows.get(identifier)
                if call.query.get("DeletionMode") == "HardDelete":
                    if before is not None and before.event_time <= event_time:
                        del group.rows[identifier]
                else:
                    _keep(group, identifier, Row(values, event_time, deleted=True))
            if "OfflineStore" in stores:
                group.waiting.append(_offline_row(group, values, event_time, deleted=True))
        return RestAnswer()

    def flush(self) -> None:
        """Writes the offline rows that wait: a Parquet file a group and hour of event time."""
        with self._account.lock:
            work = [(group, group.waiting) for group in self._groups.groups.values() if group.waiting]
            for group, _ in work:
                group.waiting = []
        for group, rows in work:
            hours: dict[str, list[Params]] = {}
            for row in rows:
                moment = row["event_moment"]
                hours.setdefault(moment.strftime("year=%Y/month=%m/day=%d/hour=%H"), []).append(row)
            for hour, items in hours.items():
                self._write(group, hour, items)

    def _write(self, group: Group, hour: str, rows: list[Params]) -> None:
        offline = group.offline
        assert offline is not None
        storage = offline["S3StorageConfig"]
        bucket, prefix = split(storage["ResolvedOutputS3Uri"], "ResolvedOutputS3Uri")
        if bucket not in self._account.backend("s3").buckets:
            return
        newest = max(row["event_moment"] for row in rows)
        name = f"{newest.strftime('%Y%m%dT%H%M%SZ')}_{uuid.uuid4().hex[:16]}.parquet"
        body = _parquet(group, rows)
        objects.put(self._account, bucket, f"{prefix}/{hour}/{name}", body, storage.get("KmsKeyId"))


def _values(group: Group, record: list[Params]) -> dict[str, str]:
    """The record's values by feature, all of them checked."""
    types = group.types
    values: dict[str, str] = {}
    for item in record:
        name, value = item.get("FeatureName", ""), item.get("ValueAsString")
        if name not in types:
            raise _invalid(f"Feature {name!r} is not defined in feature group {group.record['FeatureGroupName']}")
        if name in values:
            raise _invalid(f"Feature {name!r} is given twice")
        if value is None:
            raise _invalid(f"Feature {name!r}: ValueAsString is required")
        _check_type(name, types[name], value)
        values[name] = value
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if group.record[member] not in values:
            raise _invalid(f"Record lacks the feature {group.record[member]!r} ({member})")
    return values


def _check_type(name: str, kind: str, value: str) -> None:
    if kind == "Integral":
        ok = INTEGRAL.fullmatch(value) is not None and -(2**63) <= int(value) < 2**63
    elif kind == "Fractional":
        try:
            float(value)
            ok = True
        except ValueError:
            ok = False
    else:
        ok = len(value) <= LONGEST_VALUE
    if not ok:
        raise _invalid(f"Feature {name!r} is of type {kind}; {value[:100]!r} is not")


def _event_time(group: Group, text: str) -> float:
    """Seconds since 1970."""
    name = group.record["EventTimeFeatureName"]
    if group.types[name] == "Fractional":
        try:
            seconds = float(text)
            datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError):
            raise _invalid(f"Event time {text!r} of {name!r} is not a number of seconds since 1970") from None
        return seconds
    if ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            pass
    raise _invalid(f"Event time {text!r} of {name!r} is not like yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ")


def _stores(group: Group, asked: list[str] | None) -> set[str]:
    has = {"OnlineStore"} if group.online else set()
    if group.offline is not None:
        has.add("OfflineStore")
    for store in asked or ():
        if store not in STORES or store not in has:
            raise _invalid(f"Feature group {group.record['FeatureGroupName']} has no {store}")
    chosen = set(asked) if asked else has
    if "OfflineStore" in chosen and (group.offline or {}).get("TableFormat") == "Iceberg":
        # Parquet files without Iceberg's metadata would be rows that no reader of the table sees.
        raise AwsError("NotImplemented", "not emulated: offline records of the format Iceberg", 501)
    return chosen


def _require_online(group: Group) -> None:
    if not group.online:
        raise _invalid(f"Feature group {group.record['FeatureGroupName']} has no OnlineStore")


def _keep(group: Group, identifier: str, row: Row) -> None:
    """An older record, by event time, never replaces a newer one."""
    before = group.rows.get(identifier)
    if before is None or row.event_time >= before.event_time:
        group.rows[identifier] = row


def _read(group: Group, identifier: str, wanted: list[str]) -> list[Params]:
    for name in wanted:
        if name not in group.types:
            raise _invalid(f"Feature {name!r} is not defined in feature group {group.record['FeatureGroupName']}")
    row = group.rows.get(identifier)
    if row is None or row.deleted or (row.expires is not None and row.expires < time.time()):
        return []
    names = wanted or list(group.types)
    return [{"FeatureName": name, "ValueAsString": row.values[name]} for name in names if name in row.values]


def _offline_row(group: Group, values: dict[str, str], event_time: float, *, deleted: bool) -> Params:
    moment = now()
    return {
        "values": {name: _converted(kind, values.get(name)) for name, kind in group.types.items()},
        "event_moment": datetime.fromtimestamp(event_time, UTC),
        "api_invocation_time": moment,
        "is_deleted": deleted,
    }


def _converted(kind: str, value: str | None) -> str | int | float | None:
    if value is None:
        return None
    if kind == "Integral":
        return int(value)
    return float(value) if kind == "Fractional" else value


def _parquet(group: Group, rows: list[Params]) -> bytes:
    # Slow to import, and only an offline store needs it.
    import pyarrow
    import pyarrow.parquet

    kinds = {"Integral": pyarrow.int64(), "Fractional": pyarrow.float64(), "String": pyarrow.string()}
    types = group.types
    stamp = pyarrow.timestamp("ms", tz="UTC")
    columns = {name: pyarrow.array([row["values"].get(name) for row in rows], kinds[types[name]]) for name in types}
    columns["write_time"] = pyarrow.array([now()] * len(rows), stamp)
    columns["api_invocation_time"] = pyarrow.array([row["api_invocation_time"] for row in rows], stamp)
    columns["is_deleted"] = pyarrow.array([row["is_deleted"] for row in rows], pyarrow.bool_())
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", f"Validation Error: {message}")
