"""Takes a landed batch out of the lake, so that nothing learns from it. It can be put back: it is moved, not lost."""

from collections.abc import Mapping
from typing import Any

from .refusals import Refused

LATELY_S = 3600.0
MOST_OBJECTS = 200
SHARE = 0.5  # of all that has landed; more is no batch but the data set


def move_batch(s3: Any, uris: Mapping[str, str], incident: str, opened_s: float) -> str:
    """Moves what landed within an hour before the incident, raw and curated, under `quarantine_uri`/incident-<id>/.

    `uris` are the model's published outputs. Raises Refused where nothing landed, or too much to be one batch.
    """
    landed = _objects(s3, uris["raw_uri"])
    batch = [each for each in landed if 0 <= opened_s - each["LastModified"].timestamp() <= LATELY_S]
    if not batch:
        raise Refused(f"nothing landed under {uris['raw_uri']} within an hour before the first alert")
    if len(batch) > MOST_OBJECTS or len(batch) > SHARE * len(landed):
        raise Refused(f"{len(batch)} of {len(landed)} landed files are of the last hour; that is no single batch")
    stems = {_stem(each["Key"]) for each in batch}
    # Curated ones first: a move that broke off is found again by the landed files that are left.
    moves = [
        (uris["curated_uri"], each["Key"]) for each in _objects(s3, uris["curated_uri"]) if _stem(each["Key"]) in stems
    ]
    moves += [(uris["raw_uri"], each["Key"]) for each in batch]
    bucket, prefix = _split(uris["quarantine_uri"])
    for source, key in moves:
        origin, start = _split(source)
        zone = "raw" if source == uris["raw_uri"] else "curated"
        target = f"{prefix}/incident-{incident}/{zone}/{key.removeprefix(start).lstrip('/')}"
        s3.copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": origin, "Key": key})
        s3.delete_object(Bucket=origin, Key=key)
    names = ", ".join(sorted(stems)[:5])
    where = f"{uris['quarantine_uri']}/incident-{incident}/"
    said = f"{len(moves)} objects of {len(batch)} landed files ({names}) are in {where}"
    return f"{said}; run the data pipeline to compute the features without them"


def _objects(s3: Any, uri: str) -> list[Mapping[str, Any]]:
    bucket, prefix = _split(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    return [each for page in pages for each in page.get("Contents", ())]


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.rstrip("/")


def _stem(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[0]
