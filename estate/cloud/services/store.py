"""What the SageMaker of one account holds, and how it is listed."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.wire import AwsError, Params, PassOn

Records = dict[str, Params]
PAGE = 100


@dataclass
class Store:
    """Records as their Describe operation answers them, by name (executions and packages by ARN)."""

    account: Account
    pipelines: Records = field(default_factory=dict)
    executions: dict[str, Any] = field(default_factory=dict)
    processing_jobs: Records = field(default_factory=dict)
    training_jobs: Records = field(default_factory=dict)
    transform_jobs: Records = field(default_factory=dict)
    tuning_jobs: Records = field(default_factory=dict)
    models: Records = field(default_factory=dict)
    endpoint_configs: Records = field(default_factory=dict)
    endpoints: Records = field(default_factory=dict)
    package_groups: Records = field(default_factory=dict)
    packages: Records = field(default_factory=dict)
    feature_groups: Records = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def arn(self, kind: str, name: str) -> str:
        return self.account.arn("sagemaker", f"{kind}/{name}")

    def tag(self, arn: str, tags: Iterable[Params]) -> None:
        """Remembers a resource together with its tags, of which it may have none."""
        self.tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})

    def content(self) -> dict[str, frozenset[str]]:
        """Ids of everything that exists, by kind."""
        kinds = {
            "pipeline": self.pipelines,
            "pipeline-execution": self.executions,
            "processing-job": self.processing_jobs,
            "training-job": self.training_jobs,
            "transform-job": self.transform_jobs,
            "hyper-parameter-tuning-job": self.tuning_jobs,
            "model": self.models,
            "endpoint-config": self.endpoint_configs,
            "endpoint": self.endpoints,
            "model-package-group": self.package_groups,
            "model-package": self.packages,
            "feature-group": self.feature_groups,
        }
        return {kind: frozenset(records) for kind, records in kinds.items()}

    # --- tags of what is held here; moto answers for the rest

    def add_tags(self, params: Params) -> Params:
        tags = self._tags_of(params["ResourceArn"])
        tags.update({tag["Key"]: tag["Value"] for tag in params["Tags"]})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def list_tags(self, params: Params) -> Params:
        tags = self._tags_of(params["ResourceArn"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def delete_tags(self, params: Params) -> Params:
        tags = self._tags_of(params["ResourceArn"])
        for key in params["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _tags_of(self, arn: str) -> dict[str, str]:
        tags = self.tags.get(arn)
        if tags is None:
            raise PassOn
        return tags


def page(
    records: Iterable[Params],
    params: Params,
    *,
    name: str,
    sorts: dict[str, str],
    keep: Callable[[Params], bool] = lambda record: True,
    default_order: str = "Descending",
) -> tuple[list[Params], dict[str, str]]:
    """One page of a listing, and `{"NextToken": ...}` where there is more.

    Filters by the members that SageMaker's List operations share. `sorts` maps values of SortBy to members.
    """
    found = [record for record in records if keep(record) and _matches(record, params, name)]
    member = sorts.get(params.get("SortBy", ""), next(iter(sorts.values())))
    found.sort(key=lambda record: record[member], reverse=params.get("SortOrder", default_order) == "Descending")
    start = _offset(params.get("NextToken"))
    end = start + int(params.get("MaxResults", PAGE))
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(found) else {}
    return found[start:end], more


def _matches(record: Params, params: Params, name: str) -> bool:
    wanted = params.get("NameContains") or params.get(f"{name}Contains")
    if wanted is not None and wanted.lower() not in record[name].lower():
        return False
    for member in ("CreationTime", "LastModifiedTime"):
        after, before = params.get(f"{member}After"), params.get(f"{member}Before")
        if after is not None and record[member] < moment(after):
            return False
        if before is not None and record[member] > moment(before):
            return False
    return True


def moment(value: float | str) -> datetime:
    """A timestamp as JSON carries it."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(value, UTC)


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise AwsError("ValidationException", "Invalid NextToken") from None


def select(record: Params, *names: str) -> Params:
    """The named members that the record has."""
    return {name: record[name] for name in names if name in record}
