"""What every bundle has in both programs."""

RESOURCES = 4  # model, endpoint configuration, endpoint, alarm
ROLE = "arn:aws:iam::111111111111:role/mlops/models"
KEY = "arn:aws:kms:us-east-1:111111111111:key/0a1b2c3d-1234-4321-9876-0123456789ab"
IMAGE = "111111111111.dkr.ecr.us-east-1.amazonaws.com/serving:0.1.0"
SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
SECURITY_GROUPS = ["sg-0a1b2c3d4e5f60718"]
INSTANCE = "ml.m5.large"
VARIANT = "AllTraffic"
NAMESPACE, METRIC = "AWS/SageMaker", "Invocation5XXErrors"


def artifact(index: int) -> str:
    return f"s3://mlops-models-111111111111/model-{index}/model.tar.gz"
