"""SageMaker endpoint configurations: every model, key and bucket that they name exists."""

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import Params, Table

KEPT = ("ProductionVariants", "DataCaptureConfig", "KmsKeyId", "ShadowProductionVariants", "ExplainerConfig",
        "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")  # fmt: skip


class EndpointConfigs:
    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_endpoint_config,
                self.describe_endpoint_config,
                self.list_endpoint_configs,
                self.delete_endpoint_config,
            ),
        )

    def create_endpoint_config(self, params: Params) -> Params:
        name = params["EndpointConfigName"]
        arn = self._store.arn("endpoint-config", name)
        if "AsyncInferenceConfig" in params:
            raise invalid("AsyncInferenceConfig is not supported offline")
        variants = [*params["ProductionVariants"], *params.get("ShadowProductionVariants", [])]
        names = [variant["VariantName"] for variant in variants]
        for variant in variants:
            if names.count(variant["VariantName"]) > 1:
                raise invalid(f"Variant names must be unique: {variant['VariantName']}")
            self._check_variant(variant)
        checks.key(self._account, params.get("KmsKeyId"))
        capture = params.get("DataCaptureConfig")
        if capture is not None:
            checks.s3_uri(self._account, capture["DestinationS3Uri"], "DataCaptureConfig")
            checks.key(self._account, capture.get("KmsKeyId"))
        with self._account.lock:
            if name in self._store.endpoint_configs:
                raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
            self._store.endpoint_configs[name] = {
                "EndpointConfigName": name,
                "EndpointConfigArn": arn,
                "CreationTime": now(),
                **select(params, *KEPT),
            }
            self._store.tag(arn, params.get("Tags", []))
        return {"EndpointConfigArn": arn}

    def _check_variant(self, variant: Params) -> None:
        name, model = variant["VariantName"], variant.get("ModelName")
        if model is None:
            raise invalid(f"Variant {name}: ModelName is required offline; inference components are not supported")
        if model not in self._store.models:
            raise invalid(f'Could not find model "{self._store.arn("model", model)}".')
        if "ServerlessConfig" not in variant:
            for member in ("InstanceType", "InitialInstanceCount"):
                if member not in variant:
                    raise invalid(f"Variant {name}: {member} is required")

    def describe_endpoint_config(self, params: Params) -> Params:
        return dict(self.find(params["EndpointConfigName"]))

    def list_endpoint_configs(self, params: Params) -> Params:
        found, more = page(
            list(self._store.endpoint_configs.values()),
            params,
            name="EndpointConfigName",
            sorts={"CreationTime": "CreationTime", "Name": "EndpointConfigName"},
        )
        members = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        return {"EndpointConfigs": [select(record, *members) for record in found], **more}

    def delete_endpoint_config(self, params: Params) -> Params:
        with self._account.lock:
            record = self.find(params["EndpointConfigName"])
            del self._store.endpoint_configs[record["EndpointConfigName"]]
            self._store.tags.pop(record["EndpointConfigArn"], None)
        return {}

    def find(self, name: str) -> Params:
        """Raises AwsError."""
        found = self._store.endpoint_configs.get(name)
        if found is None:
            arn = self._store.arn("endpoint-config", name)
            raise invalid(f'Could not find endpoint configuration "{arn}".')
        return found
