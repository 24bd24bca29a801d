"""Looks after old versions in the model registry, on a schedule.

Environment: GROUPS, a JSON object from model to package group; PINNED, a JSON list of package ARNs that settings name;
PREFIX, with which the estate's models begin; KEEP, newest versions that stay; ACTION, `report`, `archive` or `delete`;
MOST, versions that one run touches at most.

Approved versions are evidence of what was decided and are never touched; nor is a pinned one, nor one of which a
SageMaker model exists, which an endpoint or a transform job may run.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACTIONS = ("report", "archive", "delete")
ARCHIVED = "Archived"


def handle(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Returns `{"action", "old": [ARN], "touched": [ARN], "left": count, "failed": {ARN: code}}`, which is logged too.

    `old` are all that may go; `left` those that wait for a later run. Raises ValueError where its settings are none.
    """
    action, keep, most = os.environ["ACTION"], int(os.environ["KEEP"]), int(os.environ["MOST"])
    if action not in ACTIONS or keep < 1 or most < 1:
        raise ValueError(f"ACTION {action}, KEEP {keep}, MOST {most}: allowed are {', '.join(ACTIONS)}, 1 and more")
    sagemaker = boto3.client("sagemaker", config=Config(retries={"mode": "standard", "max_attempts": 5}))
    untouchable = {*json.loads(os.environ["PINNED"]), *_in_use(sagemaker, os.environ["PREFIX"])}
    groups = json.loads(os.environ["GROUPS"])
    old = [arn for model in sorted(groups) for arn in _old(sagemaker, groups[model], keep) if arn not in untouchable]
    open_ones = old if action == "delete" else [arn for arn in old if not _archived(sagemaker, arn)]
    touched: list[str] = []
    failed: dict[str, str] = {}
    for arn in open_ones[:most] if action != "report" else ():
        try:
            if _act(sagemaker, arn, action):
                touched.append(arn)
        except ClientError as error:  # one version's trouble is not the others'
            failed[arn] = error.response["Error"]["Code"]
    report = {
        "action": action,
        "old": old,
        "touched": touched,
        "left": max(len(open_ones) - most, 0) if action != "report" else len(open_ones),
        "failed": failed,
    }
    print(json.dumps(report))  # noqa: T201  a handler's log
    return report


def _old(sagemaker: Any, group: str, keep: int) -> Iterator[str]:
    """Versions beyond the newest `keep` that nobody approved, oldest first."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    found = [summary for page in pages for summary in page["ModelPackageSummaryList"]]
    found.sort(key=lambda summary: summary["ModelPackageVersion"])
    for summary in found[:-keep]:
        if summary["ModelApprovalStatus"] != "Approved":
            yield summary["ModelPackageArn"]


def _in_use(sagemaker: Any, prefix: str) -> Iterator[str]:
    """Packages of which a model exists."""
    for page in sagemaker.get_paginator("list_models").paginate(NameContains=prefix):
        for summary in page["Models"]:
            model = sagemaker.describe_model(ModelName=summary["ModelName"])
            for container in (model.get("PrimaryContainer", {}), *model.get("Containers", ())):
                if "ModelPackageName" in container:
                    yield container["ModelPackageName"]


def _archived(sagemaker: Any, arn: str) -> bool:
    return sagemaker.describe_model_package(ModelPackageName=arn).get("ModelLifeCycle", {}).get("Stage") == ARCHIVED


def _act(sagemaker: Any, arn: str, action: str) -> bool:
    """Whether it was done: somebody may have approved the version since it was listed."""
    if sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Approved":
        return False
    if action == "delete":
        sagemaker.delete_model_package(ModelPackageName=arn)
        return True
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelLifeCycle={
            "Stage": ARCHIVED,
            "StageStatus": "Superseded",
            "StageDescription": "Newer versions were registered, and nobody approved this one",
        },
    )
    return True
