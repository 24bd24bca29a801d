"""How each service changes and lists the tags of what exists."""

from estate.cloud.resources.row import Row, Tagging

_ARN = "{out.arn}"

SERVICES = {
    "athena": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceARN": _ARN}),
    "application-autoscaling": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceARN": _ARN}),
    "budgets": Tagging(
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
        {"ResourceARN": _ARN},
        keys="ResourceTagKeys",
        at="ResourceTags",
        tags="ResourceTags",
    ),
    "cloudwatch": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceARN": _ARN}),
    "config": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": _ARN}),
    "ec2": Tagging("CreateTags", "DeleteTags", None, {"Resources": ["{id}"]}, keys="Tags"),
    "ecr": Tagging(
        "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": _ARN}, keys="tagKeys", at="tags"
    ),
    "eks": Tagging(
        "TagResource",
        "UntagResource",
        None,
        {"resourceArn": "{out.arn || out.accessEntryArn || out.associationArn}"},
        keys="tagKeys",
        at="tags",
    ),
    "events": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceARN": _ARN}),
    "glue": Tagging(
        "TagResource",
        "UntagResource",
        "GetTags",
        {"ResourceArn": _ARN},
        keys="TagsToRemove",
        tags="TagsToAdd",
    ),
    "kms": Tagging("TagResource", "UntagResource", "ListResourceTags", {"KeyId": "{id}"}),
    "logs": Tagging(
        "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": _ARN}, keys="tagKeys", at="tags"
    ),
    "kinesis": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceARN": _ARN}),
    "pipes": Tagging(
        "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": _ARN}, keys="tagKeys", at="tags"
    ),
    "sagemaker": Tagging("AddTags", "DeleteTags", "ListTags", {"ResourceArn": _ARN}),
    "scheduler": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": _ARN}),
    "sns": Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": _ARN}),
    "sqs": Tagging("TagQueue", "UntagQueue", "ListQueueTags", {"QueueUrl": "{id}"}),
    "ssm": Tagging(
        "AddTagsToResource",
        "RemoveTagsFromResource",
        "ListTagsForResource",
        {"ResourceType": "Parameter", "ResourceId": "{id}"},
        at="TagList",
    ),
}


def tagging(found: Row) -> Tagging | None:
    """How the tags of a row's resources are changed; None where its service has no tags."""
    return found.tagging or SERVICES.get(found.service)
