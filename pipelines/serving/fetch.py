# ruff: noqa: T201  it speaks to a terminal
"""`python -m pipelines.serving.fetch`: brings a release's model to where the host looks for it.

SageMaker's hosting does so itself before it starts the host; on Kubernetes an init container does it, with the host's
own image. Environment: ESTATE_RELEASE is the ARN of the model package, ESTATE_WORKLOAD the workload that the host
serves, ESTATE_IMAGE the host's image. A package that is not approved, of another workload, or registered with another
image than the one that runs is refused: what answers is what was evaluated.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipelines import aws, releases
from pipelines.errors import JobError
from pipelines.jobs import container

APPROVED = "Approved"


def main() -> int:
    """Exit status 0; 2 where the model is not brought, with one line that says why."""
    try:
        release, workload, image = (_given(name) for name in ("ESTATE_RELEASE", "ESTATE_WORKLOAD", "ESTATE_IMAGE"))
        hosted = checked(releases.describe(release), release, workload, image)
        with tempfile.TemporaryDirectory() as scratch:
            archive = aws.download(hosted["ModelDataUrl"], Path(scratch) / releases.MODEL_ARCHIVE)
            folder = releases.unpack(archive, container.model_folder())
    except JobError as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 2
    print(f"fetch: {release} is in {folder}")
    return 0


def checked(package: dict[str, Any], release: str, workload: str, image: str) -> dict[str, Any]:
    """The package's container. Raises JobError where it is not what this host may serve."""
    status = package.get("ModelApprovalStatus", "unknown")
    if status != APPROVED:
        raise JobError(f"release {release} is {status}; only an approved one is served")
    hosted = package["InferenceSpecification"]["Containers"][0]
    of = hosted.get("Environment", {}).get("ESTATE_WORKLOAD", workload)
    if of != workload:
        raise JobError(f"release {release} is of the workload {of}; this host serves {workload}")
    if hosted["Image"] != image:
        raise JobError(f"release {release} was evaluated on {hosted['Image']}; this host runs {image}")
    return hosted


def _given(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise JobError(f"{name} is not set")
    return value


if __name__ == "__main__":
    sys.exit(main())
