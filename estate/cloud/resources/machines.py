"""Templates of instances, and where these stand."""

from estate.cloud.resources.common import arn
from estate.cloud.resources.row import Row, Step, Tagging
from estate.cloud.resources.template import At

_TEMPLATE_NAMES = {
    "description": "VersionDescription",
    "networkInterfaces.securityGroups": "Groups",
    "tagSpecifications": "LaunchTemplateData.TagSpecifications",
    "vpcSecurityGroupIds": "LaunchTemplateData.SecurityGroupIds",
}
_TEMPLATE_INPUTS = (
    "blockDeviceMappings",
    "description",
    "ebsOptimized",
    "iamInstanceProfile",
    "imageId",
    "instanceType",
    "keyName",
    "metadataOptions",
    "monitoring",
    "networkInterfaces",
    "placement",
    "tagSpecifications",
    "userData",
    "vpcSecurityGroupIds",
)

ROWS = (
    Row(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "ec2",
        Step(
            "CreateLaunchTemplate",
            names={"name": "LaunchTemplateName", **_TEMPLATE_NAMES},
        ),
        id="{made.LaunchTemplate.LaunchTemplateId}",
        read=(
            Step("DescribeLaunchTemplates", (), {"LaunchTemplateIds": ["{id}"]}, at="LaunchTemplates[0]"),
            Step(
                "DescribeLaunchTemplateVersions",
                (),
                {"LaunchTemplateId": "{id}", "Versions": ["$Latest"]},
                at="LaunchTemplateVersions[0]",
            ),
        ),
        update=(
            Step("CreateLaunchTemplateVersion", _TEMPLATE_INPUTS, {"LaunchTemplateId": "{id}"}, _TEMPLATE_NAMES),
            Step(
                "ModifyLaunchTemplate",
                _TEMPLATE_INPUTS,
                {
                    "LaunchTemplateId": "{id}",
                    "DefaultVersion": At("to_string(made.LaunchTemplateVersion.VersionNumber)"),
                },
                when=lambda values: bool(values.get("updateDefaultVersion")),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteLaunchTemplate", (), {"LaunchTemplateId": "{id}"}),),
        outputs={
            "arn": arn("launch-template"),
            "latestVersion": "{read.LatestVersionNumber}",
            "defaultVersion": "{read.DefaultVersionNumber}",
        },
        name="name",
        fixed=("name",),
        local=("updateDefaultVersion", "defaultVersion"),
        tags="launch-template",
        gone=("InvalidLaunchTemplateId.NotFound",),
        sample_id="lt-00000000000000000",
        cloudformation="AWS::EC2::LaunchTemplate",
    ),
    Row(
        "aws:ec2/placementGroup:PlacementGroup",
        "ec2",
        Step("CreatePlacementGroup", names={"name": "GroupName"}),
        id="{in.name}",
        read=(Step("DescribePlacementGroups", (), {"GroupNames": ["{id}"]}, at="PlacementGroups[0]"),),
        delete=(Step("DeletePlacementGroup", (), {"GroupName": "{id}"}),),
        outputs={"arn": arn("placement-group"), "placementGroupId": "{read.GroupId}"},
        name="name",
        fixed=("name", "strategy", "partitionCount", "spreadLevel"),
        tags="placement-group",
        tagging=Tagging("CreateTags", "DeleteTags", None, {"Resources": ["{out.placementGroupId}"]}, keys="Tags"),
        gone=("InvalidPlacementGroup.Unknown",),
        cloudformation="AWS::EC2::PlacementGroup",
    ),
)
