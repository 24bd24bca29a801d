"""Inference components as Cloud Control makes them: what they name exists, and what they are refused is refused."""

from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting.endpoint_configs import EndpointConfigs
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Params

CONFIG, COMPONENT = "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::InferenceComponent"


class Components:
    """They are kept, and answer nothing: an endpoint's instances are counted, and no model runs on them."""

    def __init__(self, store: Store, configs: EndpointConfigs) -> None:
        self._store = store
        self._configs = configs
        self._names: set[str] = set()

    def has(self, name: str) -> bool:
        return name in self._names

    def make(self, state: Params) -> None:
        """Raises AwsError."""
        endpoint = self._store.endpoints.get(state["EndpointName"])
        if endpoint is None:
            raise invalid(f'Could not find endpoint "{self._store.arn("endpoint", state["EndpointName"])}".')
        if endpoint["EndpointStatus"] != "InService":
            raise invalid(f"Endpoint {state['EndpointName']} is {endpoint['EndpointStatus']}, and not InService")
        variants = self._configs.find(endpoint["EndpointConfigName"])["ProductionVariants"]
        named = {each["VariantName"]: each for each in variants}
        if "ModelName" in named.get(state.get("VariantName", ""), {"ModelName": ""}):
            raise invalid(f"{state['EndpointName']} has no variant {state.get('VariantName')} for inference components")
        model = state.get("Specification", {}).get("ModelName")
        if model is not None and model not in self._store.models:
            raise invalid(f'Could not find model "{self._store.arn("model", model)}".')
        if "InferenceComponentName" in state:
            self._names.add(state["InferenceComponentName"])

    def remove(self, properties: Params) -> None:
        self._names.discard(properties.get("InferenceComponentName", ""))

    def unmake_config(self, properties: Params) -> None:
        self._configs.delete_endpoint_config({"EndpointConfigName": properties["EndpointConfigName"]})
