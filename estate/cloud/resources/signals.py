"""Alarms on alarms, metrics from logs, saved queries, and objects that hold dashboards."""

from urllib.parse import urlencode

from estate.cloud.resources.row import Row, Step

_COMPOSITE_INPUTS = (
    "actionsEnabled",
    "actionsSuppressor",
    "alarmActions",
    "alarmDescription",
    "alarmRule",
    "insufficientDataActions",
    "okActions",
)
_COMPOSITE_NAMES = {
    "okActions": "OKActions",
    "actionsSuppressor.alarm": "ActionsSuppressor",
    "actionsSuppressor.extensionPeriod": "ActionsSuppressorExtensionPeriod",
    "actionsSuppressor.waitPeriod": "ActionsSuppressorWaitPeriod",
}
_FILTER_NAMES = {
    "name": "filterName",
    "pattern": "filterPattern",
    "metricTransformation": "metricTransformations",
    "metricTransformation.name": "metricName",
    "metricTransformation.namespace": "metricNamespace",
    "metricTransformation.value": "metricValue",
}
_OBJECT_INPUTS = ("bucket", "key", "source", "contentType", "checksumAlgorithm", "tags")
_OBJECT_NAMES = {"source": "Body"}
_OBJECT_TAGS = {"tags": lambda tags: {"Tagging": urlencode(sorted(tags.items()))}}
_OBJECT = {"Bucket": "{in.bucket}", "Key": "{in.key}"}

ROWS = (
    Row(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "cloudwatch",
        Step("PutCompositeAlarm", names=_COMPOSITE_NAMES),
        id="{in.alarmName}",
        read=(
            Step(
                "DescribeAlarms",
                (),
                {"AlarmNames": ["{id}"], "AlarmTypes": ["CompositeAlarm"]},
                at="CompositeAlarms[0]",
            ),
        ),
        update=(Step("PutCompositeAlarm", _COMPOSITE_INPUTS, {"AlarmName": "{id}"}, _COMPOSITE_NAMES),),
        delete=(Step("DeleteAlarms", (), {"AlarmNames": ["{id}"]}),),
        outputs={"arn": "{read.AlarmArn}"},
        name="alarmName",
        defaults={"actionsEnabled": True},
        fixed=("alarmName", "actionsEnabled"),
        gone=("ResourceNotFound",),
        cloudformation="AWS::CloudWatch::CompositeAlarm",
    ),
    Row(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "logs",
        Step("PutMetricFilter", names=_FILTER_NAMES),
        id="{in.name}",
        read=(
            Step(
                "DescribeMetricFilters",
                (),
                {"logGroupName": "{in.logGroupName}", "filterNamePrefix": "{id}"},
                at="metricFilters[?filterName == '{id}'] | [0]",
            ),
        ),
        update=(
            Step(
                "PutMetricFilter",
                ("pattern", "metricTransformation"),
                {"logGroupName": "{in.logGroupName}", "filterName": "{id}"},
                _FILTER_NAMES,
            ),
        ),
        delete=(Step("DeleteMetricFilter", (), {"logGroupName": "{in.logGroupName}", "filterName": "{id}"}),),
        name="name",
        fixed=("name", "logGroupName"),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::Logs::MetricFilter",
    ),
    Row(
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        "logs",
        Step("PutQueryDefinition"),
        id="{made.queryDefinitionId}",
        read=(
            Step(
                "DescribeQueryDefinitions",
                (),
                {"maxResults": 1000},  # as many as an account may have; the name may be about to change
                at="queryDefinitions[?queryDefinitionId == '{id}'] | [0]",
            ),
        ),
        update=(Step("PutQueryDefinition", ("name", "queryString", "logGroupNames"), {"queryDefinitionId": "{id}"}),),
        delete=(Step("DeleteQueryDefinition", (), {"queryDefinitionId": "{id}"}),),
        outputs={"queryDefinitionId": "{id}"},
        name="name",
        gone=("ResourceNotFoundException",),
        sample_id="00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::Logs::QueryDefinition",
    ),
    Row(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "s3",
        Step("PutObject", _OBJECT_INPUTS, names=_OBJECT_NAMES, via=_OBJECT_TAGS),
        id="{in.bucket}/{in.key}",
        read=(
            Step("HeadObject", (), {**_OBJECT, "ChecksumMode": "ENABLED"}),
            Step("GetObjectTagging", (), _OBJECT),
        ),
        update=(Step("PutObject", _OBJECT_INPUTS, names=_OBJECT_NAMES, via=_OBJECT_TAGS),),
        delete=(Step("DeleteObject", (), _OBJECT),),
        outputs={
            "etag": "{read.ETag}",
            "versionId": "{read.VersionId || ''}",
            "arn": "arn:{partition}:s3:::{in.bucket}/{in.key}",
        },
        fixed=("bucket", "key"),
        local=("forceDestroy",),
        gone=("404", "NoSuchKey"),
        seen={
            "bucket": "in.bucket",
            "key": "in.key",
            "source": "ChecksumSHA256",
            "checksumAlgorithm": "ChecksumSHA256 && 'SHA256'",
        },
    ),
)
