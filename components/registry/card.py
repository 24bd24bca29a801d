"""A model's card: what its workload states, in SageMaker's form."""

import json
from typing import Any

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from contracts.workload import Direction, RiskTier, Workload

# SageMaker's ratings beside the risk classes of the EU AI Act, which the card names too.
RATINGS = {RiskTier.MINIMAL: "Low", RiskTier.LIMITED: "Medium", RiskTier.HIGH: "High"}
FACETS = {"roc_auc": "AUC", "mae": "MAE"}
FUNCTIONS = {Direction.MAXIMIZE: "Maximize", Direction.MINIMIZE: "Minimize"}


class ModelCardArgs(Args):
    placement: Placement
    workload: Workload
    owner: str = Field(description="Who answers for the model.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the card.")


class ModelCard(Component):
    """The card of a model, a new version of it whenever the workload states something else.

    Its review status belongs to whoever reviews it, and is never set back.
    """

    card: pulumi.Output[str]

    def __init__(self, name: str, args: ModelCardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:registry:ModelCard", name, args.placement, opts)
        card = sagemaker.ModelCard(
            f"{name}-card",
            model_card_name=args.placement.named(args.workload.name),
            model_card_status="Draft",
            content=json.dumps(content(args.workload, args.owner), sort_keys=True, separators=(",", ":")),
            security_config={"kms_key_id": args.key_arn},
            opts=self.stateful_child(ignore_changes=["modelCardStatus"]),
        )
        self.card = card.model_card_name
        self.register_outputs({"card": self.card})


def content(workload: Workload, owner: str) -> dict[str, Any]:
    """The card in SageMaker's model card JSON schema; https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html."""
    purpose, gate = workload.purpose, workload.gate
    baseline = "the mean label" if gate.baseline is None else f"the feature {gate.baseline}"
    bias = workload.monitors.bias
    return {
        "model_overview": {
            "model_name": workload.name,
            "model_description": purpose.problem[:1024],
            "model_owner": owner[:1024],
            "problem_type": workload.task,
        },
        "business_details": {
            "business_problem": purpose.problem[:2048],
            "business_stakeholders": purpose.users[:2048],
        },
        "intended_uses": {
            "purpose_of_model": purpose.problem[:2048],
            "intended_uses": f"Helps {purpose.users}. Success: {purpose.success}"[:2048],
            "factors_affecting_model_efficiency": _factors(workload)[:2048],
            "risk_rating": RATINGS[purpose.risk],
            "explanations_for_risk_rating": f"Risk class {purpose.risk.value} of Regulation (EU) 2024/1689 (AI Act)",
        },
        "training_details": {
            "objective_function": {
                "function": {
                    "function": FUNCTIONS[gate.direction],
                    "facet": FACETS[gate.metric],
                    "condition": "on rows held out by time",
                },
                "notes": (
                    f"A version is registered when {gate.metric} reaches {gate.threshold:g}, its error is "
                    f"{gate.baseline_gain:.0%} below that of {baseline}, and it loses no more than "
                    f"{gate.champion_tolerance:.0%} against the served version"
                ),
            },
            "training_observations": f"Rows: {workload.source}"[:1024],
        },
        "additional_information": {
            "ethical_considerations": (
                "Bias is watched by " + ", ".join(sorted(bias.facets))
                if bias.facets
                else f"Bias is not measured: {bias.not_applicable or 'no groups are named'}"[:2048]
            ),
            "caveats_and_recommendations": (
                "Rows come from a generator: metrics say nothing about the world"
                if workload.synthetic
                else "Metrics hold for the source's population"
            ),
            "custom_details": {
                "workload": f"pipelines/workloads/{workload.name.replace('-', '_')}/workload.yaml",
                "risk_class": purpose.risk.value,
            },
        },
    }


def _factors(workload: Workload) -> str:
    """What it needs of a request, and what it may lack."""
    needed = [name for name, feature in workload.features.items() if not feature.nullable]
    spare = [name for name, feature in workload.features.items() if feature.nullable]
    said = f"Takes {len(workload.features)} features; each request needs {', '.join(needed) or 'none'}"
    return f"{said}; it may lack {', '.join(spare)}" if spare else said
