"""SageMaker models: containers that exist, from packages that are approved."""

from dataclasses import dataclass

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting import endpoint_events
from estate.cloud.services.registries.packages import Packages, check_model_data
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import Params, Table

MULTI = "MultiModel"
REFUSED = ("ModelDataSource", "AdditionalModelDataSources", "ImageConfig", "InferenceSpecificationName")
KEPT = ("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "InferenceExecutionConfig")


@dataclass(frozen=True)
class Serving:
    """What a host of a model runs: its archive, if it has one, and its container's environment.

    Of a multi-model container `model_data` is the prefix of all archives; `cached` says whether models stay loaded.
    """

    model_data: str | None
    environment: dict[str, str]
    role: str
    multi_model: bool = False
    cached: bool = True
    bound: bool = False  # to a network, or isolated from it


class Models:
    def __init__(self, account: Account, store: Store, packages: Packages) -> None:
        self._account = account
        self._store = store
        self._packages = packages

    def register(self, table: Table) -> None:
        table.add("sagemaker", (self.create_model, self.describe_model, self.list_models, self.delete_model))

    def create_model(self, params: Params) -> Params:
        name = params["ModelName"]
        arn = self._store.arn("model", name)
        given = [params["PrimaryContainer"]] if "PrimaryContainer" in params else params.get("Containers", [])
        if not given or ("PrimaryContainer" in params and "Containers" in params):
            raise invalid("Exactly one of PrimaryContainer and Containers must be given")
        if len(given) > 1:
            raise invalid("Inference pipelines of several containers are not supported offline")
        if "ExecutionRoleArn" in params:
            checks.role(self._account, params["ExecutionRoleArn"])
        checks.network(self._account, params.get("VpcConfig"))
        self._check_container(given[0])
        with self._account.lock:
            if name in self._store.models:
                raise invalid(f'Cannot create already existing model "{arn}".')
            record = {
                "ModelName": name,
                "ModelArn": arn,
                "CreationTime": now(),
                "EnableNetworkIsolation": False,
                **select(params, *KEPT),
                **({"PrimaryContainer": given[0]} if "PrimaryContainer" in params else {"Containers": given}),
            }
            self._store.models[name] = record
            self._store.tag(arn, params.get("Tags", []))
        endpoint_events.model_changed(self._account, record)
        return {"ModelArn": arn}

    def describe_model(self, params: Params) -> Params:
        return dict(self._find(params["ModelName"]))

    def list_models(self, params: Params) -> Params:
        sorts = {"CreationTime": "CreationTime", "Name": "ModelName"}
        found, more = page(list(self._store.models.values()), params, name="ModelName", sorts=sorts)
        return {"Models": [select(record, "ModelName", "ModelArn", "CreationTime") for record in found], **more}

    def delete_model(self, params: Params) -> Params:
        with self._account.lock:
            record = self._find(params["ModelName"])
            del self._store.models[record["ModelName"]]
            self._store.tags.pop(record["ModelArn"], None)
        endpoint_events.model_changed(self._account, record)
        return {}

    def serving(self, name: str) -> Serving:
        """What hosts of the model run. Raises AwsError where the model or its package is gone."""
        record = self._find(name)
        container = record.get("PrimaryContainer") or record["Containers"][0]
        role = record.get("ExecutionRoleArn", "")
        bound = "VpcConfig" in record or record["EnableNetworkIsolation"]
        if "ModelPackageName" not in container:
            return Serving(
                container.get("ModelDataUrl"),
                container.get("Environment", {}),
                role,
                container.get("Mode") == MULTI,
                container.get("MultiModelConfig", {}).get("ModelCacheSetting") != "Disabled",
                bound=bound,
            )
        package = self._packages.find(container["ModelPackageName"])
        registered = package.get("InferenceSpecification", {}).get("Containers", [{}])[0]
        environment = {**registered.get("Environment", {}), **container.get("Environment", {})}
        return Serving(registered.get("ModelDataUrl"), environment, role, bound=bound)

    def _check_container(self, container: Params) -> None:
        for member in REFUSED:
            if member in container:
                raise invalid(f"{member} is not supported offline")
        many = container.get("Mode") == MULTI
        if "MultiModelConfig" in container and not many:
            raise invalid("MultiModelConfig is only for containers whose Mode is MultiModel")
        if "ModelPackageName" in container:
            if many:
                raise invalid("A multi-model container needs an Image and a ModelDataUrl, not a ModelPackageName")
            package = self._packages.find(container["ModelPackageName"])
            status = package["ModelApprovalStatus"]
            if status != "Approved":
                raise invalid(
                    f"Cannot create a model from model package {package['ModelPackageArn']}: its approval status is "
                    f"{status}, it must be Approved."
                )
            if not package.get("InferenceSpecification", {}).get("Containers"):
                raise invalid(f"Model package {package['ModelPackageArn']} has no inference specification")
            return
        if "Image" not in container:
            raise invalid("A container needs an Image or a ModelPackageName")
        checks.image(self._account, container["Image"])
        if many:
            url = container.get("ModelDataUrl")
            if url is None or not url.endswith("/"):
                raise invalid(
                    "ModelDataUrl of a multi-model container must be the S3 prefix of its models, and end with a slash"
                )
            checks.s3_uri(self._account, url, "ModelDataUrl")
        elif "ModelDataUrl" in container:
            check_model_data(self._account, container["ModelDataUrl"])

    def _find(self, name: str) -> Params:
        found = self._store.models.get(name)
        if found is None:
            raise invalid(f'Could not find model "{self._store.arn("model", name)}".')
        return found
