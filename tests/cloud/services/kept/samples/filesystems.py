"""Samples of entries/filesystems.py."""

from tests.cloud.services.kept.stage import Params, Sample, Stage


def given(stage: Stage) -> Params:
    return {
        "FileSystemType": "LUSTRE",
        "FileSystemTypeVersion": "2.15",
        "StorageCapacity": 1200,
        "SubnetIds": [stage.subnet()],
        "LustreConfiguration": {"DeploymentType": "PERSISTENT_2", "PerUnitStorageThroughput": 125},
        "Tags": [{"Key": "owner", "Value": "ml"}],
    }


SAMPLES = {
    "fsx:file system": Sample(given, lambda stage: {"LustreConfiguration": {"DataCompressionType": "LZ4"}}),
    "fsx:data repository association": Sample(
        lambda stage: {
            "FileSystemId": stage.parent("fsx:file system")["FileSystemId"],
            "FileSystemPath": "/features",
            "DataRepositoryPath": f"s3://{stage.ground.bucket}",
            "S3": {"AutoImportPolicy": {"Events": ["NEW"]}},
        },
        lambda stage: {"S3": {"AutoExportPolicy": {"Events": ["NEW", "CHANGED"]}}},
    ),
}
