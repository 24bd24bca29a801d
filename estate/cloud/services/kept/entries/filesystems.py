"""Lustre file systems and the folders of theirs that are linked to S3: no data moves."""

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.kept import checks
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import Params

_ARN = "arn:{partition}:fsx:{region}:{account}:"
_SMALLEST, _STEP = 1200, 2400  # GiB of persistent file systems on SSDs


def _size_is_sold(_account: Account, values: Params) -> None:
    size = values.get("StorageCapacity", 0)
    if values.get("DeploymentType") == "PERSISTENT_2" and size != _SMALLEST and (size < _STEP or size % _STEP):
        raise invalid(f"StorageCapacity {size} is not valid: specify 1200, 2400 or increments of 2400 GiB")


def _one_subnet(_account: Account, values: Params) -> None:
    if len(values["SubnetIds"]) != 1:
        raise invalid("A Lustre file system lies in exactly one subnet")


def _log_is_fsx(_account: Account, values: Params) -> None:
    destination = values.get("LogConfiguration", {}).get("Destination", "")
    if destination and ":log-group:/aws/fsx/" not in destination:
        raise invalid(f"The log group of {destination} must begin with /aws/fsx/")


KINDS = (
    Kind(
        "fsx",
        "file system",
        create="CreateFileSystem",
        update=("UpdateFileSystem",),
        delete="DeleteFileSystem",
        list="DescribeFileSystems",
        ids=("FileSystemId",),
        made={
            "FileSystemId": "fs-{hex17}",
            "ResourceARN": _ARN + "file-system/{FileSystemId}",
            "DNSName": "{FileSystemId}.fsx.{region}.amazonaws.com",
            "MountName": "{hex8}",
            "OwnerId": "{account}",
            "Lifecycle": "AVAILABLE",
            "NetworkInterfaceIds": ["eni-{hex17}"],
        },
        defaults={"StorageType": "SSD", "NetworkType": "IPV4"},
        wraps=("LustreConfiguration", "FileSystem"),
        filters={"FileSystemIds": "FileSystemId"},
        arn="ResourceARN",
        checks=(
            checks.key("KmsKeyId"),
            checks.network("SubnetIds", "SecurityGroupIds"),
            _size_is_sold,
            _one_subnet,
            _log_is_fsx,
        ),
        codes=Codes("BadRequest", "FileSystemNotFound", "BadRequest"),
        told="kept: no file system can be mounted; only Lustre's settings are known",
    ),
    Kind(
        "fsx",
        "data repository association",
        create="CreateDataRepositoryAssociation",
        update=("UpdateDataRepositoryAssociation",),
        delete="DeleteDataRepositoryAssociation",
        list="DescribeDataRepositoryAssociations",
        key=("FileSystemId", "FileSystemPath"),
        ids=("AssociationId",),
        made={
            "AssociationId": "dra-{hex17}",
            "ResourceARN": _ARN + "association/{FileSystemId}/{AssociationId}",
            "Lifecycle": "AVAILABLE",
        },
        wraps=("Association",),
        filters={"AssociationIds": "AssociationId"},
        above=(Above("FileSystemId", kind="file system", holds=False, unknown="FileSystemNotFound"),),
        arn="ResourceARN",
        checks=(checks.bucket("DataRepositoryPath"),),
        codes=Codes("BadRequest", "DataRepositoryAssociationNotFound", "BadRequest"),
        told="kept: nothing is imported or exported",
    ),
)
