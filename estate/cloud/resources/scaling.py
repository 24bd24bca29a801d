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

_ACTION_NAMES = {"name": "ScheduledActionName"}

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
    Row(
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "application-autoscaling",
        Step("PutScheduledAction", names=_ACTION_NAMES),
        id=At("join('-', [in.name, in.serviceNamespace, in.resourceId])"),
        read=(
            Step(
                "DescribeScheduledActions",
                (),
                {**_SCALABLE, "ScheduledActionNames": ["{in.name}"]},
                at="ScheduledActions[0]",
            ),
        ),
        update=(
            Step(
                "PutScheduledAction",
                ("schedule", "timezone", "startTime", "endTime", "scalableTargetAction"),
                {"ScheduledActionName": "{in.name}", **_SCALABLE},
                _ACTION_NAMES,
            ),
        ),
        delete=(Step("DeleteScheduledAction", (), {"ScheduledActionName": "{in.name}", **_SCALABLE}),),
        outputs={"arn": "{read.ScheduledActionARN}"},
        name="name",
        defaults={"timezone": "UTC"},
        fixed=("name", "resourceId", "scalableDimension", "serviceNamespace"),
        gone=("ObjectNotFoundException",),
        seen={"name": "ScheduledActionName"},
        cloudformation="AWS::ApplicationAutoScaling::ScalableTarget",
    ),
)
