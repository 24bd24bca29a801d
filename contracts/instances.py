"""What SageMaker's instance types cannot do."""

import re

# Families with storage of their own, which their hardware encrypts; from EC2's list of instance store volumes.
LOCAL_STORAGE = re.compile(
    r"ml\.([cmr]\d[a-z]*d|dl1|g4dn|g[5-9]e?|p3dn|p4de?|p5(en?)?|p6(e-gb200|-b[23]00)|trn\d[a-z]*)\."
)


def takes_key(instance_type: str) -> bool:
    """Whether SageMaker takes a key for the volume of such an instance."""
    return LOCAL_STORAGE.match(instance_type) is None


def job_instance(instance_type: str) -> str:
    """The instance type, where a job that names a key for its volume can have it.

    Raises ValueError for one with local storage: SageMaker then refuses the key, and every job of the estate names one.
    """
    if not takes_key(instance_type):
        raise ValueError(
            f"{instance_type} has local storage, for which SageMaker takes no volume key, and jobs name one; "
            "allowed are types without, such as ml.m5.xlarge"
        )
    return instance_type
