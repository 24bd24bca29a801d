"""Bad versions of a model: the newest one's archive, damaged after it was measured, registered with its metrics.

Each loads and passes health checks. What is wrong shows only in traffic.
"""

import io
import json
import tarfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy

from estate.rehearsal.context import Rehearsal, split_uri
from estate.rehearsal.stage import StageFailed
from pipelines import boosting
from pipelines.modelling import FACTS, TREES, matrix_of

Files = Mapping[str, bytes]  # an archive's content, by name
Damage = Callable[[Files], Files]
ABSENT_FEATURE = "surge_level"  # no request carries it
PROBE = 100_000  # features of the measured row
NO_CHILD = -1
LEAST_WIDTH, MOST_WIDTH = 200_000, 4_000_000


def register(rehearsal: Rehearsal, model: str, damage: Damage) -> str:
    """Registers the damaged copy of the newest version; returns its ARN. It waits for approval as every other."""
    sagemaker, s3 = rehearsal.cloud.client("sagemaker"), rehearsal.cloud.client("s3")
    good = sagemaker.describe_model_package(ModelPackageName=rehearsal.stories[model].packages[-1])
    specification = good["InferenceSpecification"]
    (container,) = specification["Containers"]
    bucket, key = split_uri(container["ModelDataUrl"])
    found = s3.get_object(Bucket=bucket, Key=key)
    encryption = {name: found[name] for name in ("ServerSideEncryption", "SSEKMSKeyId") if name in found}
    damaged = f"{key.rpartition('/')[0]}/damaged-{time.time_ns()}.tar.gz"
    s3.put_object(Bucket=bucket, Key=damaged, Body=pack(damage(unpack(found["Body"].read()))), **encryption)
    container = {**container, "ModelDataUrl": f"s3://{bucket}/{damaged}"}
    kept = ("ModelMetrics", "CustomerMetadataProperties", "ModelPackageDescription")
    return sagemaker.create_model_package(
        ModelPackageGroupName=good["ModelPackageGroupName"],
        InferenceSpecification={**specification, "Containers": [container]},
        ModelApprovalStatus="PendingManualApproval",
        **{name: good[name] for name in kept if name in good},
    )["ModelPackageArn"]


def unpack(archive: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as content:
        return {member.name: stream.read() for member in content if (stream := content.extractfile(member)) is not None}


def pack(files: Files) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as content:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            content.addfile(member, io.BytesIO(body))
    return written.getvalue()


def failing(files: Files) -> Files:
    """Every prediction raises: it asks for a feature that no request carries."""
    facts = _facts(files)
    return _with_facts(files, {**facts, "features": [*facts["features"][:-1], ABSENT_FEATURE]})


def worse(files: Files) -> Files:
    """It answers as fast as before, and wrong: every tree says the contrary of what it learned."""
    raw = json.loads(bytes(_trees(files).save_raw("json")))
    for tree in raw["learner"]["gradient_booster"]["model"]["trees"]:
        # A leaf, which has no child, keeps its value where the other nodes keep their condition.
        tree["split_conditions"] = [
            -value if child == NO_CHILD else value
            for child, value in zip(tree["left_children"], tree["split_conditions"], strict=True)
        ]
    return _with_trees(files, raw)


def slow(latency_ms: float) -> Damage:
    """Its row is so wide that one takes `latency_ms` on this machine: its features are named again and again."""

    def damage(files: Files) -> Files:
        facts = _facts(files)
        features: list[str] = facts["features"]
        width = min(MOST_WIDTH, max(LEAST_WIDTH, int(PROBE * latency_ms / _probe_ms(features))))
        times = width // len(features)
        raw = json.loads(bytes(_trees(files).save_raw("json")))
        raw["learner"]["learner_model_param"]["num_feature"] = str(times * len(features))
        raw["learner"]["feature_names"] = raw["learner"]["feature_types"] = []
        return _with_trees(_with_facts(files, {**facts, "features": features * times}), raw)

    return damage


def _probe_ms(features: list[str]) -> float:
    """How long it takes here to fill a row of PROBE features, milliseconds; the best of three."""
    rows = {name: numpy.zeros(1) for name in features}
    names = tuple(features * (PROBE // len(features) + 1))[:PROBE]
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        matrix_of(names, rows)
        taken.append((time.perf_counter() - started) * 1e3)
    return min(taken)


def _trees(files: Files) -> boosting.Booster:
    trees = boosting.Booster({"nthread": 1})
    trees.load_model(bytearray(files[_name(files, TREES)]))
    return trees


def _with_trees(files: Files, raw: Mapping[str, Any]) -> Files:
    """`raw` is XGBoost's JSON of a model."""
    trees = boosting.Booster({"nthread": 1})
    trees.load_model(bytearray(json.dumps(raw).encode()))
    return {**files, _name(files, TREES): bytes(trees.save_raw("ubj"))}


def _facts(files: Files) -> dict[str, Any]:
    return json.loads(files[_name(files, FACTS)])


def _with_facts(files: Files, facts: Mapping[str, Any]) -> Files:
    return {**files, _name(files, FACTS): json.dumps(facts).encode()}


def _name(files: Files, wanted: str) -> str:
    """The member called `wanted`, in whatever folder. Fails the stage where a model of another kind has none."""
    found = next((name for name in files if name.rpartition("/")[2] == wanted), None)
    if found is None:
        raise StageFailed(f"the model's archive has no {wanted}; it holds: {', '.join(files)}")
    return found
