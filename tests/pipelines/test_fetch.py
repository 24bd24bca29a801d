import io
import tarfile

import pytest

from pipelines import aws
from pipelines.errors import JobError
from pipelines.serving import fetch

RELEASE = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-fraud/3"
IMAGE = "111111111111.dkr.ecr.us-east-1.amazonaws.com/serving:1"


def package(**changes):
    hosted = {
        "Image": IMAGE,
        "ModelDataUrl": "s3://models/fraud/model.tar.gz",
        "Environment": {"ESTATE_WORKLOAD": "fraud"},
    }
    return {
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {"Containers": [{**hosted, **changes.pop("hosted", {})}]},
        **changes,
    }


class Aws:
    """The two calls that a fetch makes."""

    def __init__(self, found):
        self.found, self.asked = found, []

    def describe_model_package(self, **params):
        self.asked.append(params)
        return self.found

    def get_object(self, **params):
        self.asked.append(params)
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz") as archive:
            entry = tarfile.TarInfo("model.ubj")
            entry.size = 4
            archive.addfile(entry, io.BytesIO(b"tree"))
        held.seek(0)
        return {"Body": held}


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    """Runs a fetch; answers its exit status, AWS, and the folder that stands for /opt/ml."""

    def run(found, **environment):
        cloud = Aws(found)
        monkeypatch.setattr(aws, "client", lambda _service: cloud)
        given = {"ESTATE_RELEASE": RELEASE, "ESTATE_WORKLOAD": "fraud", "ESTATE_IMAGE": IMAGE, **environment}
        for name, value in {**given, "ESTATE_ML_ROOT": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        return fetch.main(), cloud, tmp_path

    return run


def test_the_releases_model_is_where_the_host_looks_for_it(fetched):
    status, cloud, root = fetched(package())

    assert status == 0
    assert (root / "model" / "model.ubj").read_bytes() == b"tree"
    assert cloud.asked == [{"ModelPackageName": RELEASE}, {"Bucket": "models", "Key": "fraud/model.tar.gz"}]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (package(ModelApprovalStatus="Rejected"), f"release {RELEASE} is Rejected; only an approved one is served"),
        (
            package(hosted={"Environment": {"ESTATE_WORKLOAD": "eta"}}),
            f"release {RELEASE} is of the workload eta; this host serves fraud",
        ),
        (
            package(hosted={"Image": "other:2"}),
            f"release {RELEASE} was evaluated on other:2; this host runs {IMAGE}",
        ),
    ],
)
def test_what_was_not_evaluated_and_approved_is_not_fetched(fetched, capsys, found, said):
    status, cloud, root = fetched(found)

    assert (status, capsys.readouterr().err) == (2, f"fetch: {said}\n")
    assert len(cloud.asked) == 1
    assert not (root / "model").exists()


@pytest.mark.parametrize("missing", ["ESTATE_RELEASE", "ESTATE_WORKLOAD", "ESTATE_IMAGE"])
def test_what_is_not_said_is_asked_for(fetched, capsys, missing):
    status, cloud, _ = fetched(package(), **{missing: ""})

    assert (status, cloud.asked) == (2, [])
    assert capsys.readouterr().err == f"fetch: {missing} is not set\n"


def test_a_package_of_no_environment_is_the_workloads_own():
    assert fetch.checked(package(hosted={"Environment": {}}), RELEASE, "fraud", IMAGE)["Image"] == IMAGE


def test_a_release_that_is_unknown_is_refused():
    with pytest.raises(JobError, match="unknown; only an approved one"):
        fetch.checked({}, RELEASE, "fraud", IMAGE)
