"""The folders of a training container: filled from S3 before it starts, and its results afterwards put there."""

import json

from estate.cloud.services import checks, containers, objects
from estate.cloud.services.account import Account
from estate.cloud.services.jobs.jobs import JobFailed
from estate.cloud.services.jobs.processing import resource_config
from estate.cloud.services.wire import Params


def prepare(account: Account, record: Params, room: containers.Room) -> None:
    """Raises JobFailed where a channel has no objects."""
    for folder in ("input/config", "input/data", "model", "output/data", "code"):
        (room.root / folder).mkdir(parents=True)
    config = room.root / "input" / "config"
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", record["AlgorithmSpecification"]["TrainingInputMode"]),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in record.get("InputDataConfig", [])
    }
    (config / "hyperparameters.json").write_text(json.dumps(record["HyperParameters"]))
    (config / "inputdataconfig.json").write_text(json.dumps(channels))
    resources = resource_config(record["ResourceConfig"].get("InstanceType", ""))
    (config / "resourceconfig.json").write_text(json.dumps(resources))
    for channel in record.get("InputDataConfig", []):
        folder = room.root / "input" / "data" / channel["ChannelName"]
        try:
            objects.download(account, channel["DataSource"]["S3DataSource"]["S3Uri"], folder, record["RoleArn"])
        except objects.NoObjects as error:
            raise JobFailed(str(error)) from None


def collect(account: Account, record: Params, room: containers.Room) -> None:
    """The model, and what else the container wrote, as archives or, with CompressionType NONE, as they are."""
    output = record["OutputDataConfig"]
    bucket, prefix = checks.split(output["S3OutputPath"], "OutputDataConfig")
    base = "/".join(part for part in (prefix.strip("/"), record["TrainingJobName"], "output") if part)
    plain = output.get("CompressionType", "GZIP") == "NONE"
    for folder, name in (("model", "model"), ("output/data", "output")):
        source = room.root / folder
        if folder != "model" and not any(source.iterdir()):
            continue
        if plain:
            objects.upload(account, source, f"s3://{bucket}/{base}/{name}", output.get("KmsKeyId"))
        else:
            archive = room.temp / f"{name}.tar.gz"
            objects.pack(source, archive)
            objects.put(account, bucket, f"{base}/{name}.tar.gz", archive.read_bytes(), output.get("KmsKeyId"))
    model = "model/" if plain else "model.tar.gz"
    record["ModelArtifacts"] = {"S3ModelArtifacts": f"s3://{bucket}/{base}/{model}"}
