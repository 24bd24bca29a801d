"""What is recorded of an account: who did what, and how its resources are configured."""

from estate.cloud.resources.row import Row, Step, Tagging, Wait
from estate.cloud.resources.template import At

_TRAIL = {"Name": "{id}"}
_TRAIL_NAMES = {
    "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
    "eventSelectors.excludeManagementEventSources": "ExcludeManagementEventSources",
    "tags": "TagsList",
}
_RECORDER = "ConfigurationRecorder"
_RULE_INPUTS = ("description", "evaluationModes", "inputParameters", "maximumExecutionFrequency", "scope", "source")

ROWS = (
    Row(
        "aws:cloudtrail/trail:Trail",
        "cloudtrail",
        Step("CreateTrail", names={**_TRAIL_NAMES, "enableLogFileValidation": "EnableLogFileValidation"}),
        follow=(
            Step(
                "StartLogging",
                ("enableLogging",),
                _TRAIL,
                when=lambda values: values.get("enableLogging") is not False,
                build=lambda _, __: {},
            ),
            Step(
                "PutEventSelectors", ("eventSelectors", "advancedEventSelectors"), {"TrailName": "{id}"}, _TRAIL_NAMES
            ),
            Step("PutInsightSelectors", ("insightSelectors",), {"TrailName": "{id}"}),
        ),
        id="{made.TrailARN}",
        read=(
            Step("GetTrail", (), _TRAIL, at="Trail"),
            Step("GetTrailStatus", (), _TRAIL, at="IsLogging", into="IsLogging"),
            Step("GetEventSelectors", (), {"TrailName": "{id}"}),
            Step("GetInsightSelectors", (), {"TrailName": "{id}"}, missing=("InsightNotEnabledException",)),
        ),
        update=(
            Step(
                "UpdateTrail",
                (
                    "s3BucketName",
                    "s3KeyPrefix",
                    "snsTopicName",
                    "includeGlobalServiceEvents",
                    "isMultiRegionTrail",
                    "enableLogFileValidation",
                    "cloudWatchLogsGroupArn",
                    "cloudWatchLogsRoleArn",
                    "kmsKeyId",
                    "isOrganizationTrail",
                ),
                _TRAIL,
                _TRAIL_NAMES,
                whole=False,
            ),
            Step(
                "StopLogging",
                ("enableLogging",),
                _TRAIL,
                when=lambda values: values.get("enableLogging") is False,
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteTrail", (), {"Name": "{in.name}"}),),
        outputs={"arn": "{id}", "homeRegion": "{read.HomeRegion}", "snsTopicArn": At("read.SnsTopicARN || ''")},
        name="name",
        defaults={"enableLogging": True, "includeGlobalServiceEvents": True},
        fixed=("name",),
        tagging=Tagging(
            "AddTags",
            "RemoveTags",
            "ListTags",
            {"ResourceId": "{id}"},
            keys="TagsList",
            at="ResourceTagList[0].TagsList",
            listed={"ResourceIdList": ["{id}"]},
            tags="TagsList",
        ),
        gone=("TrailNotFoundException",),
        seen={"enableLogging": "IsLogging", "enableLogFileValidation": "LogFileValidationEnabled"},
        sample_id="arn:aws:cloudtrail:us-east-1:000000000000:trail/name",
        cloudformation="AWS::CloudTrail::Trail",
    ),
    Row(
        "aws:cfg/recorder:Recorder",
        "config",
        Step("PutConfigurationRecorder", names={"name": f"{_RECORDER}.name", "roleArn": f"{_RECORDER}.roleARN"}),
        id="{in.name}",
        read=(
            Step(
                "DescribeConfigurationRecorders",
                (),
                {"ConfigurationRecorderNames": ["{id}"]},
                at="ConfigurationRecorders[0]",
            ),
        ),
        update=(
            Step(
                "PutConfigurationRecorder",
                ("roleArn", "recordingGroup", "recordingMode"),
                {_RECORDER: {"name": "{id}"}},
                {"roleArn": f"{_RECORDER}.roleARN"},
            ),
        ),
        delete=(Step("DeleteConfigurationRecorder", (), {"ConfigurationRecorderName": "{id}"}),),
        name="name",
        defaults={"name": "default"},
        fixed=("name",),
        gone=("NoSuchConfigurationRecorderException",),
        cloudformation="AWS::Config::ConfigurationRecorder",
    ),
    Row(
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "config",
        Step(
            "PutDeliveryChannel",
            names={
                "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
                "snsTopicArn": "DeliveryChannel.snsTopicARN",
            },
        ),
        id="{in.name}",
        read=(Step("DescribeDeliveryChannels", (), {"DeliveryChannelNames": ["{id}"]}, at="DeliveryChannels[0]"),),
        update=(
            Step(
                "PutDeliveryChannel",
                ("s3BucketName", "s3KeyPrefix", "s3KmsKeyArn", "snapshotDeliveryProperties", "snsTopicArn"),
                {"DeliveryChannel": {"name": "{id}"}},
                {
                    "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
                    "snsTopicArn": "DeliveryChannel.snsTopicARN",
                },
            ),
        ),
        delete=(Step("DeleteDeliveryChannel", (), {"DeliveryChannelName": "{id}"}),),
        name="name",
        defaults={"name": "default"},
        fixed=("name",),
        gone=("NoSuchDeliveryChannelException",),
        cloudformation="AWS::Config::DeliveryChannel",
    ),
    Row(
        "aws:cfg/recorderStatus:RecorderStatus",
        "config",
        Step(
            "StartConfigurationRecorder",
            params={"ConfigurationRecorderName": "{in.name}"},
            when=lambda values: bool(values.get("isEnabled")),
            build=lambda _, __: {},
        ),
        id="{in.name}",
        read=(
            Step(
                "DescribeConfigurationRecorderStatus",
                (),
                {"ConfigurationRecorderNames": ["{in.name}"]},
                at="ConfigurationRecordersStatus[0]",
            ),
        ),
        update=(
            Step(
                "StartConfigurationRecorder",
                ("isEnabled",),
                {"ConfigurationRecorderName": "{in.name}"},
                when=lambda values: bool(values.get("isEnabled")),
                build=lambda _, __: {},
            ),
            Step(
                "StopConfigurationRecorder",
                ("isEnabled",),
                {"ConfigurationRecorderName": "{in.name}"},
                when=lambda values: not values.get("isEnabled"),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("StopConfigurationRecorder", (), {"ConfigurationRecorderName": "{in.name}"}),),
        fixed=("name",),
        gone=("NoSuchConfigurationRecorderException",),
        gone_when=Wait("recording", frozenset({"False"})),
        seen={"isEnabled": "recording", "name": "name"},
        cloudformation="",
    ),
    Row(
        "aws:cfg/rule:Rule",
        "config",
        Step(
            "PutConfigRule",
            names={"name": "ConfigRule.ConfigRuleName", "source.customPolicyDetails": "CustomPolicyDetails"},
        ),
        id="{in.name}",
        read=(Step("DescribeConfigRules", (), {"ConfigRuleNames": ["{id}"]}, at="ConfigRules[0]"),),
        update=(Step("PutConfigRule", _RULE_INPUTS, {"ConfigRule": {"ConfigRuleName": "{id}"}}),),
        delete=(Step("DeleteConfigRule", (), {"ConfigRuleName": "{id}"}),),
        outputs={"arn": "{read.ConfigRuleArn}", "ruleId": "{read.ConfigRuleId}"},
        name="name",
        fixed=("name",),
        gone=("NoSuchConfigRuleException",),
        cloudformation="AWS::Config::ConfigRule",
    ),
)
