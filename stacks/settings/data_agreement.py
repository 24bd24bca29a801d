"""What settings of the data layer must agree on with other settings."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stacks.settings.data import DataSettings

if TYPE_CHECKING:
    from stacks.settings.estate import EstateSettings


def check(settings: "EstateSettings") -> None:
    """Raises ValueError for the first disagreement."""
    deployers = settings.foundation.github is not None or settings.aws.assume_role_arn is not None
    for fault in data_faults(settings.data, settings.models, settings.aws.region, deployers):
        raise ValueError(fault)


def data_faults(data: DataSettings, models: Mapping[str, object], region: str, deployers: bool) -> Iterator[str]:
    """One sentence for each disagreement. `deployers`: whether a role that deploys is known, CI's or one assumed."""
    known = ", ".join(sorted(models))
    for model in sorted(data.streams.keys() - models.keys()):
        yield f"data.streams.{model}: there is no such model; models are {known}"
    if data.labelling is not None:
        for model in sorted(data.labelling.tasks.keys() - models.keys()):
            yield f"data.labelling.tasks.{model}: there is no such model; models are {known}"
        pool = data.labelling.existing_workforce
        if pool is not None and not pool.user_pool_id.startswith(f"{region}_"):
            yield (
                f"data.labelling.existing_workforce.user_pool_id {pool.user_pool_id} is of another region than "
                f"aws.region {region}"
            )
    governed = data.lake_formation
    if governed is not None:
        if not deployers and not governed.administrators:
            yield (
                "data.lake_formation has no administrator, and so nobody could grant anything: name one in "
                "data.lake_formation.administrators, or a role that deploys (foundation.github, aws.assume_role_arn)"
            )
        twice = sorted(governed.readers.keys() & governed.stewards.keys())
        if twice:
            yield f"data.lake_formation: {twice[0]} is among readers and stewards; a steward reads all there is"
    if data.spark is not None and data.spark.image_uri is not None and f".ecr.{region}." not in data.spark.image_uri:
        yield f"data.spark.image_uri {data.spark.image_uri} is of another region than aws.region {region}"
