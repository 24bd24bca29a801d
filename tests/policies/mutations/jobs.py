"""Mutations for rules/jobs.py."""

from policies.rules import jobs
from tests.policies.mutations.kit import Mutation, at_step, drop, put

TRAINING = "delivery-eta-pipelines-training"

MUTATIONS = {
    "sagemaker-jobs-in-vpc": Mutation(jobs.PIPELINE, at_step("Training", drop("VpcConfig")), TRAINING),
    "sagemaker-jobs-encrypted": Mutation(
        jobs.PIPELINE, at_step("Training", drop("ResourceConfig.VolumeKmsKeyId")), TRAINING
    ),
    "sagemaker-jobs-bounded": Mutation(jobs.PIPELINE, at_step("Training", drop("StoppingCondition")), TRAINING),
    "sagemaker-approval-needed": Mutation(
        jobs.PIPELINE, at_step("RegisterModel", put("ModelApprovalStatus", "Approved")), TRAINING
    ),
}
