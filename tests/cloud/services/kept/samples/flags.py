"""Samples of entries/flags.py."""

import json
from typing import Any

from tests.cloud.services.kept.stage import Sample, Stage

FLAGS = {
    "version": "1",
    "flags": {
        "answers": {"name": "answers", "attributes": {"rows": {"constraints": {"type": "number", "minimum": 1}}}}
    },
    "values": {"answers": {"enabled": True, "rows": 5}},
}


def application(stage: Stage) -> str:
    return stage.parent("appconfig:application")["Id"]


def profile(stage: Stage) -> dict[str, Any]:
    return {"ApplicationId": application(stage), "Name": "flags", "LocationUri": "hosted"}


SAMPLES = {
    "appconfig:application": Sample(
        lambda stage: {"Name": "models", "Tags": {"owner": "platform"}}, lambda stage: {"Description": "flags"}
    ),
    "appconfig:environment": Sample(
        lambda stage: {"ApplicationId": application(stage), "Name": "eta"}, lambda stage: {"Description": "doors"}
    ),
    "appconfig:configuration profile": Sample(
        lambda stage: {**profile(stage), "Type": "AWS.AppConfig.FeatureFlags"}, lambda stage: {"Description": "flags"}
    ),
    "appconfig:hosted version": Sample(
        lambda stage: {
            "ApplicationId": application(stage),
            "ConfigurationProfileId": stage.parent("appconfig:configuration profile")["Id"],
            "Content": json.dumps(FLAGS).encode(),
            "ContentType": "application/json",
        }
    ),
    "appconfig:strategy": Sample(
        lambda stage: {"Name": "steps", "DeploymentDurationInMinutes": 10, "GrowthFactor": 20.0},
        lambda stage: {"DeploymentDurationInMinutes": 5},
    ),
}
