"""Autoscaling."""

from estate.cloud.resources.row import Row, Step
from estate.cloud.resources.template import At

_SCALABLE = {
    "ServiceNamespace": "{in.serviceNamespace}",
    "ResourceId": "{in.resourceId}",
    "ScalableDimension": "{in.scalableDimension}",
}
_POLICY_NAMES = {
    "name": "PolicyName",
    "targetTrackingScalingPolicyConfiguration.scaleInCooldown": "ScaleInCooldown",
    "predictiveScalingPolicyConfiguration": "PredictiveScalingPolicyConfiguration",
}

ROWS = (
    Row(
        "aws:appautoscaling/target:Target",
        "application-autoscaling",
        Step("RegisterScalableTarget", names={"roleArn": "RoleARN"}),
        id="{in.resourceId}",
        read=(
            Step(
                "DescribeScalableTargets",
                (),
                {
                    "ServiceNamespace": "{in.serviceNamespace}",
                    "ResourceIds": ["{in.resourceId}"],
                    "ScalableDimension": "{in.scalableDimension}",
                },
                at="ScalableTargets[0]",
            ),
        ),
        update=(Step("RegisterScalableTarget", ("minCapacity", "maxCapacity", "suspendedState"), _SCALABLE),),
        delete=(Step("DeregisterScalableTarget", (), _SCALABLE),),
        outputs={"arn": "{read.ScalableTargetARN}", "roleArn": "{read.RoleARN}"},
        fixed=("serviceNamespace", "resourceId", "scalableDimension", "roleArn"),
        gone=("ObjectNotFoundException",),
        cloudformation="AWS::ApplicationAutoScaling::ScalableTarget",
    ),
    Row(
        "aws:appautoscaling/policy:Policy",
        "application-autoscaling",
        Step("PutScalingPolicy", names=_POLICY_NAMES),
        id="{in.name}",
        read=(
            Step(
                "DescribeScalingPolicies",
                (),
                {
                    "ServiceNamespace": "{in.serviceNamespace}",
                    "ResourceId": "{in.resourceId}",
                    "ScalableDimension": "{in.scalableDimension}",
                },
                at="ScalingPolicies[?PolicyName == '{in.name}'] | [0]",
            ),
        ),
        update=(
            Step(
                "PutScalingPolicy",
                (
                    "policyType",
                    "stepScalingPolicyConfiguration",
                    "targetTrackingScalingPolicyConfiguration",
                    "predictiveScalingPolicyConfiguration",
                ),
                {"PolicyName": "{in.name}", **_SCALABLE},
                _POLICY_NAMES,
            ),
        ),
        delete=(Step("DeleteScalingPolicy", (), {"PolicyName": "{in.name}", **_SCALABLE}),),
        outputs={"arn": "{read.PolicyARN}", "alarmArns": At("read.Alarms[].AlarmARN || `[]`")},
        name="name",
        fixed=("name", "resourceId", "scalableDimension", "serviceNamespace"),
        gone=("ObjectNotFoundException",),
        cloudformation="AWS::ApplicationAutoScaling::ScalingPolicy",
    ),
)
