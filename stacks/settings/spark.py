"""Settings of Spark on EMR Serverless."""

from typing import Literal

from pydantic import Field

from stacks.settings.base import Settings


class SparkSettings(Settings):
    """One application, which costs nothing while no job runs on it."""

    release: str = Field(default="emr-7.9.0", pattern=r"^emr-[67]\.\d+\.\d+$", description="Release of EMR.")
    architecture: Literal["arm64", "x86-64"] = Field(default="arm64", description="Processors of its workers.")
    max_vcpu: int = Field(default=64, ge=4, le=2000, description="vCPU of all jobs together at most.")
    max_memory_gb: int = Field(default=256, ge=8, le=8000, description="Memory of all jobs together at most, in GB.")
    max_disk_gb: int = Field(default=1000, ge=20, le=40000, description="Disks of all jobs together at most, in GB.")
    idle_minutes: int = Field(default=15, ge=1, le=10080, description="Idle minutes after which it stops.")
    image_uri: str | None = Field(
        default=None,
        pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="Image of the workers, from a registry of the account; EMR's own by default.",
    )
