# ruff: noqa: E402  what comes first is needed by the imports
"""The parts of the SageMaker SDK that the definitions are made of.

The SDK creates clients when it is imported, so it wants a region, and it reports its use unless told not to. The
region set here is never asked for anything.
"""

import logging
import os
from pathlib import Path

logging.getLogger("sagemaker.config").setLevel(logging.WARNING)
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("SAGEMAKER_ADMIN_CONFIG_OVERRIDE", str(Path(__file__).parent / "sdk.yaml"))

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.properties import Properties, PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import Step, StepTypeEnum

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
