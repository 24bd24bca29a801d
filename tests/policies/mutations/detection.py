"""Mutations for rules/detection.py."""

from policies.rules import detection
from tests.policies.mutations.kit import Mutation, drop, put

ALLOWS = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'

MUTATIONS = {
    "detection-on": Mutation(detection.DETECTOR, put("enable", False)),
    "detection-prompt": Mutation(detection.DETECTOR, put("findingPublishingFrequency", "SIX_HOURS")),
    "detection-sees-data": Mutation(detection.FEATURE, put("status", "DISABLED"), "objects"),
    "detection-held-to-a-standard": Mutation(detection.STANDARD, where="hub-foundational"),
    "detection-keeps-looking": Mutation(detection.MACIE_JOB, put("jobType", "ONE_TIME"), "raw"),
    "costs-action-told": Mutation(detection.ACTION, drop("subscribers")),
    "costs-action-denies": Mutation(detection.ACTION, put("definition.iamActionDefinition.roles", [])),
    "guardrails-fit": Mutation(detection.GUARDRAIL, added={"type": "SERVICE_CONTROL_POLICY", "content": ALLOWS}),
}
