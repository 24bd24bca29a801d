"""What proves that an account is as it should be, and what notices when it is not."""

from typing import Any

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait

_PACK_NAMES = {"name": "ConformancePackName", "inputParameters": "ConformancePackInputParameters"}
_MANY = ("deliveryS3Bucket", "deliveryS3KeyPrefix", "inputParameters", "templateBody", "templateS3Uri")


def _feature(inputs: Values, _: Values) -> dict[str, Any]:
    """One feature of a detector, in the API's form: a list of one."""
    feature = {capital(key): inputs[key] for key in ("name", "status") if key in inputs}
    more = [{capital(key): value for key, value in each.items()} for each in inputs.get("additionalConfigurations", ())]
    return {"Features": [{**feature, "AdditionalConfiguration": more} if more else feature]}


def _schedule(given: Values) -> dict[str, Any]:
    if given.get("dailySchedule"):
        return {"scheduleFrequency": {"dailySchedule": {}}}
    if given.get("weeklySchedule"):
        return {"scheduleFrequency": {"weeklySchedule": {"dayOfWeek": given["weeklySchedule"]}}}
    return {"scheduleFrequency": {"monthlySchedule": {"dayOfMonth": given["monthlySchedule"]}}}


ROWS = (
    Row(
        "aws:cfg/conformancePack:ConformancePack",
        "config",
        Step("PutConformancePack", names=_PACK_NAMES),
        id="{in.name}",
        read=(
            Step("DescribeConformancePacks", (), {"ConformancePackNames": ["{id}"]}, at="ConformancePackDetails[0]"),
        ),
        update=(Step("PutConformancePack", _MANY, {"ConformancePackName": "{id}"}, _PACK_NAMES),),
        delete=(Step("DeleteConformancePack", (), {"ConformancePackName": "{id}"}),),
        outputs={"arn": "{read.ConformancePackArn}"},
        name="name",
        fixed=("name",),
        gone=("NoSuchConformancePackException",),
        silent=("templateBody", "templateS3Uri"),
        cloudformation="AWS::Config::ConformancePack",
    ),
    Row(
        "aws:accessanalyzer/analyzer:Analyzer",
        "accessanalyzer",
        Step("CreateAnalyzer"),
        id="{in.analyzerName}",
        read=(Step("GetAnalyzer", (), {"analyzerName": "{id}"}, at="analyzer"),),
        delete=(Step("DeleteAnalyzer", (), {"analyzerName": "{id}"}),),
        outputs={"arn": "{read.arn}"},
        name="analyzerName",
        defaults={"type": "ACCOUNT"},
        fixed=("analyzerName", "configuration", "type"),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": "{out.arn}"}, "tagKeys", "tags"
        ),
        gone=("ResourceNotFoundException",),
        seen={"analyzerName": "name"},
        cloudformation="AWS::AccessAnalyzer::Analyzer",
    ),
    Row(
        "aws:securityhub/account:Account",
        "securityhub",
        Step("EnableSecurityHub", ("enableDefaultStandards", "controlFindingGenerator"), when=lambda _: True),
        follow=(Step("UpdateSecurityHubConfiguration", ("autoEnableControls",)),),
        id="{account}",
        read=(Step("DescribeHub", ()),),
        update=(Step("UpdateSecurityHubConfiguration", ("autoEnableControls", "controlFindingGenerator")),),
        delete=(Step("DisableSecurityHub", ()),),
        outputs={"arn": "{read.HubArn}"},
        defaults={"autoEnableControls": True, "enableDefaultStandards": True},
        fixed=("enableDefaultStandards",),
        gone=("InvalidAccessException", "ResourceNotFoundException"),
        silent=("enableDefaultStandards",),
        cloudformation="AWS::SecurityHub::Hub",
    ),
    Row(
        "aws:securityhub/standardsSubscription:StandardsSubscription",
        "securityhub",
        Step(
            "BatchEnableStandards",
            ("standardsArn",),
            {"StandardsSubscriptionRequests": [{"StandardsArn": "{in.standardsArn}"}]},
            build=lambda _, __: {},
        ),
        id="{made.StandardsSubscriptions[0].StandardsSubscriptionArn}",
        read=(
            Step(
                "GetEnabledStandards",
                (),
                {"StandardsSubscriptionArns": ["{id}"]},
                at="StandardsSubscriptions[0]",
            ),
        ),
        delete=(Step("BatchDisableStandards", (), {"StandardsSubscriptionArns": ["{id}"]}),),
        outputs={"arn": "{id}"},
        fixed=("standardsArn",),
        seen={"standardsArn": "StandardsArn"},
        gone=("InvalidAccessException", "ResourceNotFoundException"),
        sample_id="arn:aws:securityhub:us-east-1:000000000000:subscription/cis-aws-foundations-benchmark/v/3.0.0",
        cloudformation="AWS::SecurityHub::Standard",
    ),
    Row(
        "aws:guardduty/detector:Detector",
        "guardduty",
        Step("CreateDetector"),
        id="{made.DetectorId}",
        read=(Step("GetDetector", (), {"DetectorId": "{id}"}),),
        update=(
            Step("UpdateDetector", ("datasources", "enable", "findingPublishingFrequency"), {"DetectorId": "{id}"}),
        ),
        delete=(Step("DeleteDetector", (), {"DetectorId": "{id}"}),),
        outputs={"accountId": "{account}", "arn": "arn:{partition}:guardduty:{region}:{account}:detector/{id}"},
        defaults={"enable": True},
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": "{out.arn}"}, "TagKeys", "Tags"
        ),
        gone=("BadRequestException",),
        seen={"enable": "Status == 'ENABLED'"},
        sample_id="0123456789abcdef0123456789abcdef",
        cloudformation="AWS::GuardDuty::Detector",
    ),
    Row(
        "aws:guardduty/detectorFeature:DetectorFeature",
        "guardduty",
        Step(
            "UpdateDetector",
            ("additionalConfigurations", "name", "status"),
            {"DetectorId": "{in.detectorId}"},
            build=_feature,
        ),
        id="{in.detectorId}/{in.name}",
        read=(Step("GetDetector", (), {"DetectorId": "{in.detectorId}"}, at="Features[?Name == '{in.name}'] | [0]"),),
        update=(
            Step(
                "UpdateDetector",
                ("additionalConfigurations", "name", "status"),
                {"DetectorId": "{in.detectorId}"},
                build=_feature,
            ),
        ),
        delete=(),
        fixed=("detectorId", "name"),
        gone=("BadRequestException",),
        seen={
            "additionalConfigurations": "AdditionalConfiguration",
            "detectorId": "in.detectorId",
            "name": "Name",
            "status": "Status",
        },
        adopted=True,  # a detector has every feature, on or off; Pulumi's provider leaves it as it is, too
        cloudformation="",
    ),
    Row(
        "aws:macie2/account:Account",
        "macie2",
        Step("EnableMacie"),
        id="{account}",
        read=(Step("GetMacieSession", ()),),
        update=(Step("UpdateMacieSession", ("findingPublishingFrequency", "status")),),
        delete=(Step("DisableMacie", ()),),
        outputs={"serviceRole": "{read.serviceRole}"},
        gone=("AccessDeniedException",),
        cloudformation="AWS::Macie::Session",
    ),
    Row(
        "aws:macie2/classificationJob:ClassificationJob",
        "macie2",
        Step(
            "CreateClassificationJob", via={"scheduleFrequency": _schedule}, params={"clientToken": "{token(in.name)}"}
        ),
        id="{made.jobId}",
        read=(Step("DescribeClassificationJob", (), {"jobId": "{id}"}),),
        update=(Step("UpdateClassificationJob", ("jobStatus",), {"jobId": "{id}"}),),
        delete=(Step("UpdateClassificationJob", (), {"jobId": "{id}", "jobStatus": "CANCELLED"}),),
        outputs={"jobArn": "{read.jobArn}", "jobId": "{id}", "jobStatus": "{read.jobStatus}"},
        name="name",
        fixed=(
            "customDataIdentifierIds",
            "description",
            "initialRun",
            "jobType",
            "name",
            "s3JobDefinition",
            "samplingPercentage",
            "scheduleFrequency",
        ),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": "{out.jobArn}"}, "tagKeys", "tags"
        ),
        gone=("ResourceNotFoundException",),
        gone_when=Wait("jobStatus", frozenset({"CANCELLED"})),
        seen={"scheduleFrequency": "{weeklySchedule: scheduleFrequency.weeklySchedule.dayOfWeek}"},
        lasting=True,  # a job is never deleted: what it found refers to it
        sample_id="0123456789abcdef0123456789abcdef",
        cloudformation="",
    ),
)
