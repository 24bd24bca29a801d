"""Lustre file systems and what links them to S3."""

from typing import Any

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Wait
from estate.cloud.resources.template import At

_AVAILABLE = Wait("Lifecycle", frozenset({"AVAILABLE"}), frozenset({"FAILED", "MISCONFIGURED"}), "FailureDetails")
_LUSTRE = (
    "autoImportPolicy",
    "automaticBackupRetentionDays",
    "dailyAutomaticBackupStartTime",
    "dataCompressionType",
    "logConfiguration",
    "metadataConfiguration",
    "perUnitStorageThroughput",
    "rootSquashConfiguration",
    "weeklyMaintenanceStartTime",
)


_INSIDE = (*_LUSTRE, "copyTagsToBackups", "deploymentType", "driveCacheType", "efaEnabled", "exportPath", "importPath")
_PLACES = {name: f"LustreConfiguration.{capital(name)}" for name in (*_INSIDE, "importedFileChunkSize")}


def _subnet(id: str) -> dict[str, Any]:
    """pulumi-aws takes one subnet, as a Lustre file system has one."""
    return {"SubnetIds": [id]}


ROWS = (
    Row(
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "fsx",
        Step("CreateFileSystem", params={"FileSystemType": "LUSTRE"}, names=_PLACES, via={"subnetIds": _subnet}),
        id="{made.FileSystem.FileSystemId}",
        read=(Step("DescribeFileSystems", (), {"FileSystemIds": ["{id}"]}, at="FileSystems[0]"),),
        update=(Step("UpdateFileSystem", (*_LUSTRE, "storageCapacity"), {"FileSystemId": "{id}"}, _PLACES),),
        delete=(
            Step(
                "DeleteFileSystem",
                (),
                {
                    "FileSystemId": "{id}",
                    "LustreConfiguration": {"SkipFinalBackup": At("in.skipFinalBackup || `false`")},
                },
            ),
        ),
        outputs={
            "arn": "{read.ResourceARN}",
            "dnsName": "{read.DNSName}",
            "mountName": "{read.LustreConfiguration.MountName}",
            "networkInterfaceIds": "{read.NetworkInterfaceIds}",
            "ownerId": "{read.OwnerId}",
        },
        fixed=(
            "backupId",
            "copyTagsToBackups",
            "deploymentType",
            "driveCacheType",
            "efaEnabled",
            "exportPath",
            "fileSystemTypeVersion",
            "importPath",
            "importedFileChunkSize",
            "kmsKeyId",
            "securityGroupIds",
            "storageType",
            "subnetIds",
        ),
        local=("skipFinalBackup", "finalBackupTags"),
        silent=("securityGroupIds",),
        seen={"subnetIds": "SubnetIds[0]"},
        wait=_AVAILABLE,
        gone=("FileSystemNotFound",),
        sample_id="fs-00000000000000000",
        cloudformation="AWS::FSx::FileSystem",
    ),
    Row(
        "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation",
        "fsx",
        Step("CreateDataRepositoryAssociation"),
        id="{made.Association.AssociationId}",
        read=(Step("DescribeDataRepositoryAssociations", (), {"AssociationIds": ["{id}"]}, at="Associations[0]"),),
        update=(Step("UpdateDataRepositoryAssociation", ("s3", "importedFileChunkSize"), {"AssociationId": "{id}"}),),
        delete=(
            Step(
                "DeleteDataRepositoryAssociation",
                (),
                {"AssociationId": "{id}", "DeleteDataInFileSystem": At("in.deleteDataInFilesystem || `false`")},
            ),
        ),
        outputs={"arn": "{read.ResourceARN}", "associationId": "{id}"},
        fixed=("fileSystemId", "fileSystemPath", "dataRepositoryPath", "batchImportMetaDataOnCreate"),
        local=("deleteDataInFilesystem",),
        wait=_AVAILABLE,
        gone=("DataRepositoryAssociationNotFound",),
        sample_id="dra-00000000000000000",
        cloudformation="AWS::FSx::DataRepositoryAssociation",
    ),
)
