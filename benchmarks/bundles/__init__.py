"""Models by the hundred, planned by `estate` and synthesised by the AWS CDK: how long each takes, side by side."""
