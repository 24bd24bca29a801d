"""The model registry: package groups, and versions in them with metrics, metadata and an approval status."""

from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import AwsError, Params, Table

KEPT = (
    "ModelPackageGroupName", "ModelPackageDescription", "InferenceSpecification", "ModelApprovalStatus", "ModelMetrics",
    "MetadataProperties", "CustomerMetadataProperties", "DriftCheckBaselines", "Domain", "Task", "SamplePayloadUrl",
    "SkipModelValidation", "SourceUri", "ModelLifeCycle", "SecurityConfig", "ModelCard",
    "AdditionalInferenceSpecifications",
)  # fmt: skip
CHANGEABLE = ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelLifeCycle")
BY_TIME = {"CreationTime": "CreationTime"}


class Packages:
    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store
        self._last_version: dict[str, int] = {}  # a deleted version's number is not given again

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_model_package_group,
                self.describe_model_package_group,
                self.list_model_package_groups,
                self.delete_model_package_group,
                self.put_model_package_group_policy,
                self.get_model_package_group_policy,
                self.delete_model_package_group_policy,
                self.create_model_package,
                self.describe_model_package,
                self.list_model_packages,
                self.update_model_package,
                self.delete_model_package,
            ),
        )

    # --- groups

    def create_model_package_group(self, params: Params) -> Params:
        name = params["ModelPackageGroupName"]
        arn = self._store.arn("model-package-group", name)
        with self._account.lock:
            if name in self._store.package_groups:
                raise invalid(f"Model Package Group already exists: {arn}")
            self._store.package_groups[name] = {
                "ModelPackageGroupName": name,
                "ModelPackageGroupArn": arn,
                "CreationTime": now(),
                "CreatedBy": {},
                "ModelPackageGroupStatus": "Completed",
                **select(params, "ModelPackageGroupDescription"),
            }
            self._store.tag(arn, params.get("Tags", []))
        return {"ModelPackageGroupArn": arn}

    def describe_model_package_group(self, params: Params) -> Params:
        return {key: value for key, value in self._group(params).items() if key != "Policy"}

    def list_model_package_groups(self, params: Params) -> Params:
        found, more = page(
            list(self._store.package_groups.values()),
            params,
            name="ModelPackageGroupName",
            sorts={**BY_TIME, "Name": "ModelPackageGroupName"},
        )
        members = ("ModelPackageGroupName", "ModelPackageGroupArn", "ModelPackageGroupDescription", "CreationTime",
                   "ModelPackageGroupStatus")  # fmt: skip
        return {"ModelPackageGroupSummaryList": [select(record, *members) for record in found], **more}

    def delete_model_package_group(self, params: Params) -> Params:
        with self._account.lock:
            group = self._group(params)
            name = group["ModelPackageGroupName"]
            if any(package.get("ModelPackageGroupName") == name for package in self._store.packages.values()):
                raise AwsError(
                    "ConflictException",
                    f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted: it has model packages. "
                    "Delete them first.",
                )
            del self._store.package_groups[name]
            self._store.tags.pop(group["ModelPackageGroupArn"], None)
            self._last_version.pop(name, None)
        return {}

    def put_model_package_group_policy(self, params: Params) -> Params:
        group = self._group(params)
        group["Policy"] = params["ResourcePolicy"]
        return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}

    def get_model_package_group_policy(self, params: Params) -> Params:
        group = self._group(params)
        if "Policy" not in group:
            raise invalid(f"Cannot find resource policy for: {group['ModelPackageGroupArn']}")
        return {"ResourcePolicy": group["Policy"]}

    def delete_model_package_group_policy(self, params: Params) -> Params:
        group = self._group(params)
        if group.pop("Policy", None) is None:
            raise invalid(f"Cannot find resource policy for: {group['ModelPackageGroupArn']}")
        return {}

    def _group(self, params: Params) -> Params:
        name = params["ModelPackageGroupName"].rpartition("/")[2]
        found = self._store.package_groups.get(name)
        if found is None:
            raise invalid(f"ModelPackageGroup {self._store.arn('model-package-group', name)} does not exist.")
        return found

    # --- packages

    def create_model_package(self, params: Params) -> Params:
        return {"ModelPackageArn": self.create(params, None)["ModelPackageArn"]}

    def create(self, params: Params, execution: str | None) -> Params:
        """A new version in its group, made by a pipeline's execution or by hand. Raises AwsError."""
        group = params.get("ModelPackageGroupName")
        if group is None:
            raise invalid("Only versioned model packages are supported offline: ModelPackageGroupName is required")
        for container in params.get("InferenceSpecification", {}).get("Containers", []):
            if "Image" in container:
                checks.image(self._account, container["Image"])
            if "ModelDataUrl" in container:
                check_model_data(self._account, container["ModelDataUrl"])
        checks.key(self._account, params.get("SecurityConfig", {}).get("KmsKeyId"))
        with self._account.lock:
            name = self._group(params)["ModelPackageGroupName"]
            version = self._last_version.get(name, 0) + 1
            self._last_version[name] = version
            arn = self._store.arn("model-package", f"{name}/{version}")
            package = {
                "ModelApprovalStatus": "PendingManualApproval",
                **select(params, *KEPT),
                "ModelPackageGroupName": name,
                "ModelPackageVersion": version,
                "ModelPackageArn": arn,
                "CreationTime": now(),
                "CreatedBy": {},
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            }
            if execution is not None:
                package["MetadataProperties"] = {"GeneratedBy": execution, **package.get("MetadataProperties", {})}
            self._store.packages[arn] = package
            self._store.tag(arn, params.get("Tags", []))
        self._tell(package, [])
        return package

    def describe_model_package(self, params: Params) -> Params:
        return dict(self.find(params["ModelPackageName"]))

    def list_model_packages(self, params: Params) -> Params:
        group = params.get("ModelPackageGroupName")
        if group is not None:
            group = self._group(params)["ModelPackageGroupName"]
        status = params.get("ModelApprovalStatus")
        found, more = page(
            list(self._store.packages.values()),
            params,
            name="ModelPackageGroupName",
            sorts={**BY_TIME, "Name": "ModelPackageArn"},
            keep=lambda package: (
                group in (None, package["ModelPackageGroupName"]) and status in (None, package["ModelApprovalStatus"])
            ),
        )
        members = ("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription",
                   "CreationTime", "ModelPackageStatus", "ModelApprovalStatus")  # fmt: skip
        return {"ModelPackageSummaryList": [select(package, *members) for package in found], **more}

    def update_model_package(self, params: Params) -> Params:
        with self._account.lock:
            package = self.find(params["ModelPackageArn"])
            changed = [name for name in CHANGEABLE if name in params and params[name] != package.get(name)]
            package.update(select(params, *CHANGEABLE))
            metadata = {**package.get("CustomerMetadataProperties", {}), **params.get("CustomerMetadataProperties", {})}
            for key in params.get("CustomerMetadataPropertiesToRemove", []):
                metadata.pop(key, None)
            if metadata != package.get("CustomerMetadataProperties", {}):
                package["CustomerMetadataProperties"] = metadata
                changed.append("CustomerMetadataProperties")
            package["LastModifiedTime"] = now()
            package["LastModifiedBy"] = {}
        if changed:
            self._tell(package, changed)
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def delete_model_package(self, params: Params) -> Params:
        with self._account.lock:
            arn = self.find(params["ModelPackageName"])["ModelPackageArn"]
            del self._store.packages[arn]
            self._store.tags.pop(arn, None)
        return {}

    def find(self, name: str) -> Params:
        """A package by its ARN, or by `<group>/<version>`. Raises AwsError."""
        arn = name if name.startswith("arn:") else self._store.arn("model-package", name)
        found = self._store.packages.get(arn)
        if found is None:
            raise invalid(f"ModelPackage {arn} does not exist.")
        return found

    def _tell(self, package: Params, changed: list[str]) -> None:
        detail: dict[str, Any] = {
            name: value.isoformat() if name in ("CreationTime", "LastModifiedTime") else value
            for name, value in package.items()
        }
        detail["ModelPackageName"] = f"{package['ModelPackageGroupName']}/{package['ModelPackageVersion']}"
        detail["Tags"] = dict(self._store.tags.get(package["ModelPackageArn"], {}))
        if changed:
            detail["UpdatedModelPackageFields"] = changed
        arn = package["ModelPackageArn"]
        self._account.publish("aws.sagemaker", "SageMaker Model Package State Change", detail, [arn])


def check_model_data(account: Account, uri: str) -> None:
    """The model's archive exists."""
    bucket, key = checks.split(uri, "ModelDataUrl")
    buckets = account.backend("s3").buckets
    if bucket not in buckets or key not in buckets[bucket].keys:
        raise invalid(f"Could not find model data at {uri}.")
