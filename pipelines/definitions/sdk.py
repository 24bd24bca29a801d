"""The parts of the SageMaker SDK that the definitions are made of.

The SDK creates clients when it is imported, so it wants a region, and it reports its use unless told not to. The
region set here is never asked for anything.
"""

import os
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("SAGEMAKER_ADMIN_CONFIG_OVERRIDE", str(Path(__file__).parent / "sdk.yaml"))

from sagemaker.core.helper.session_helper import Session  # noqa: E402
from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo  # noqa: E402
from sagemaker.core.workflow.execution_variables import ExecutionVariables  # noqa: E402
from sagemaker.core.workflow.functions import Join, JsonGet  # noqa: E402
from sagemaker.core.workflow.parameters import ParameterString  # noqa: E402
from sagemaker.core.workflow.properties import Properties, PropertyFile  # noqa: E402
from sagemaker.mlops.workflow.condition_step import ConditionStep  # noqa: E402
from sagemaker.mlops.workflow.fail_step import FailStep  # noqa: E402
from sagemaker.mlops.workflow.pipeline import Pipeline  # noqa: E402
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum  # noqa: E402

__all__ = [
    "ConditionGreaterThanOrEqualTo",
    "ConditionStep",
    "ExecutionVariables",
    "FailStep",
    "Join",
    "JsonGet",
    "ParameterString",
    "Pipeline",
    "Properties",
    "PropertyFile",
    "Session",
    "Step",
    "StepTypeEnum",
]
