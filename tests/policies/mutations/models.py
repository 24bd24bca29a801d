"""Mutations for rules/models.py."""

from policies.rules import models
from tests.policies.mutations.kit import Mutation, drop, put

ANSWERS = "asyncInferenceConfig.outputConfig.kmsKeyId"
IMAGE = {"image": "444444444444.dkr.ecr.eu-west-1.amazonaws.com/serving:1", "modelDataUrl": "s3://models/model.tar.gz"}

MUTATIONS = {
    "sagemaker-endpoint-encrypted": Mutation(
        models.ENDPOINT_CONFIGURATION, drop("kmsKeyArn"), where="delivery-eta-endpoint"
    ),
    "sagemaker-data-captured": Mutation(
        models.ENDPOINT_CONFIGURATION, put("dataCaptureConfig.enableCapture", False), where="delivery-eta-endpoint"
    ),
    "sagemaker-rollback-alarms": Mutation(
        models.ENDPOINT, drop("deploymentConfig.autoRollbackConfiguration"), where="delivery-eta-endpoint"
    ),
    "sagemaker-answers-encrypted": Mutation(models.ENDPOINT_CONFIGURATION, drop(ANSWERS), where="bulk"),
    "sagemaker-model-in-vpc": Mutation(models.MODEL, drop("vpcConfig"), where="delivery-eta-endpoint-model-v7"),
    "sagemaker-model-registered": Mutation(
        models.MODEL, put("primaryContainer", IMAGE), where="delivery-eta-endpoint-model-v7"
    ),
    "sagemaker-features-encrypted": Mutation(models.FEATURE_GROUP, drop("offlineStoreConfig.s3StorageConfig.kmsKeyId")),
}
