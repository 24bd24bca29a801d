"""News of model packages: registered, approved, rejected."""

from collections.abc import Mapping

from components.base import Placement


def approval_events(placement: Placement) -> Mapping[str, object]:
    """EventBridge pattern of new versions and changed approvals in this environment's package groups."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [{"prefix": f"{placement.prefix}-"}]},
    }
