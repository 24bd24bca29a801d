"""SageMaker endpoint configurations: every model, key and bucket that they name exists."""

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting import variant_checks
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.store import Store, page, select
from estate.cloud.services.wire import Params, Table

KEPT = ("ProductionVariants", "DataCaptureConfig", "KmsKeyId", "ShadowProductionVariants", "AsyncInferenceConfig",
        "EnableNetworkIsolation", "ExecutionRoleArn", "VpcConfig")  # fmt: skip


class EndpointConfigs:
    def __init__(self, account: Account, store: Store, models: Models) -> None:
        self._account = account
        self._store = store
        self._models = models

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
        variant_checks.check(self._account, self._store, self._models, params)
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
