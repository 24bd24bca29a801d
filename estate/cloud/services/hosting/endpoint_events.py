"""What SageMaker tells EventBridge of endpoints and models."""

import re
from datetime import datetime

from estate.cloud.services.account import Account
from estate.cloud.services.wire import Params

SOURCE = "aws.sagemaker"
LEFT_OUT = frozenset({"LastDeploymentConfig", "DataCaptureConfig", "AsyncInferenceConfig"})


def endpoint_changed(account: Account, described: Params) -> None:
    """`described` is the endpoint as DescribeEndpoint answers it."""
    _emit(account, "SageMaker Endpoint State Change", described)


def deployment_changed(account: Account, described: Params) -> None:
    """A step of a deployment, or of a change of capacity."""
    _emit(account, "SageMaker Endpoint Deployment State Change", described)


def model_changed(account: Account, record: Params) -> None:
    account.emit(SOURCE, "SageMaker Model State Change", _plain(record), [record["ModelArn"]])


def _emit(account: Account, kind: str, described: Params) -> None:
    detail = _plain({key: value for key, value in described.items() if key not in LEFT_OUT})
    detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", described["EndpointStatus"]).upper()
    account.emit(SOURCE, kind, {**detail, "Tags": {}}, [described["EndpointArn"]])


def _plain(value: Params) -> Params:
    """Times are milliseconds since 1970, as in AWS's examples."""

    def convert(item: object) -> object:
        if isinstance(item, datetime):
            return int(item.timestamp() * 1000)
        if isinstance(item, dict):
            return {key: convert(part) for key, part in item.items()}
        return [convert(part) for part in item] if isinstance(item, list) else item

    return {key: convert(item) for key, item in value.items()}
