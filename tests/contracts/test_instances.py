import gzip
import json
from pathlib import Path

import boto3
import moto
import pytest

from contracts.instances import LOCAL_STORAGE, job_instance


def instance_types() -> set[str]:
    """What SageMaker's API takes for jobs."""
    shapes = boto3.client("sagemaker", region_name="us-east-1").meta.service_model
    return {
        kind for shape in ("TrainingInstanceType", "ProcessingInstanceType") for kind in shapes.shape_for(shape).enum
    }


def test_the_families_with_local_storage_are_those_of_ec2():
    file = Path(moto.__file__).parent / "ec2" / "resources" / "instance_types.json.gz"
    families = {
        name.partition(".")[0]: bool(described.get("InstanceStorageSupported"))
        for name, described in json.loads(gzip.decompress(file.read_bytes())).items()
    }
    known = {kind for kind in instance_types() if kind.split(".")[1] in families}

    assert len(known) > 150
    assert {kind for kind in known if LOCAL_STORAGE.match(kind)} == {
        kind for kind in known if families[kind.split(".")[1]]
    }


@pytest.mark.parametrize("kind", ["ml.m5.xlarge", "ml.c6i.2xlarge", "ml.p3.2xlarge", "ml.t3.medium"])
def test_jobs_take_types_whose_volumes_have_a_key(kind):
    assert job_instance(kind) == kind


@pytest.mark.parametrize("kind", ["ml.g5.xlarge", "ml.m5d.large", "ml.p4d.24xlarge", "ml.trn1.2xlarge"])
def test_jobs_take_no_type_with_local_storage(kind):
    with pytest.raises(ValueError, match=f"{kind} has local storage"):
        job_instance(kind)
