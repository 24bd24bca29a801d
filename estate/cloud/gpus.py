"""Writes the table of GPU instance types that settings are checked against: `python -m estate.cloud.gpus`.

moto carries what AWS answered to DescribeInstanceTypes and DescribeInstanceTypeOfferings; only what a plan asks of GPUs
is taken over, so that a plan needs no moto.
"""

import gzip
import importlib.metadata
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[2] / "contracts" / "gpus.json"
CALLS = "DescribeInstanceTypes and DescribeInstanceTypeOfferings"


def table(date: str) -> dict[str, Any]:
    """All instance types with whole NVIDIA GPUs: what they are, and the zones of each region that offer them."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    offers = dict(_offers())
    types = {name: found for name, said in INSTANCE_TYPES.items() if (found := _gpu(said)) is not None}
    return {
        "source": f"{CALLS}, as moto {importlib.metadata.version('moto')} carries them",
        "date": date,
        "zones": {region: sorted(set().union(*by_type.values())) for region, by_type in sorted(offers.items())},
        "types": {
            name: {**types[name], "zones": {r: sorted(offers[r][name]) for r in sorted(offers) if name in offers[r]}}
            for name in sorted(types)
        },
    }


def _gpu(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a plan asks of a type; None for one without whole NVIDIA GPUs."""
    whole = [gpu for gpu in said.get("GpuInfo", {}).get("Gpus", []) if gpu.get("Manufacturer") == "NVIDIA"]
    count = sum(gpu["Count"] for gpu in whole)
    if not count:
        return None
    cards = [card for card in said["NetworkInfo"]["NetworkCards"] if "efa" in card.get("InterfaceTypes", ())]
    return {
        "gpu": whole[0]["Name"],
        "gpus": count,
        "architecture": said["ProcessorInfo"]["SupportedArchitectures"][0],
        "efa_cards": [card["NetworkCardIndex"] for card in cards],
        "capacity_blocks": "capacity-block" in said["SupportedUsageClasses"],
    }


def _offers() -> Iterator[tuple[str, dict[str, set[str]]]]:
    """Each region's zones by instance type. A zone's id is the same in all accounts; its letter is not."""
    import moto.ec2

    folder = Path(moto.ec2.__file__).parent / "resources" / "instance_type_offerings" / "availability-zone-id"
    for file in folder.glob("*.json.gz"):
        by_type: dict[str, set[str]] = {}
        for offer in json.loads(gzip.decompress(file.read_bytes())):
            by_type.setdefault(offer["InstanceType"], set()).add(offer["Location"])
        yield file.name.partition(".")[0], by_type


def text(document: Mapping[str, Any]) -> str:
    """The table with one line a region and one a type, so that a change of one is a change of one line."""

    def lines(name: str) -> str:
        rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in document[name].items())
        return f' "{name}": {{\n' + ",\n".join(rows) + "\n }"

    head = [f" {json.dumps(name)}: {json.dumps(document[name])}" for name in ("source", "date")]
    return "{\n" + ",\n".join([*head, lines("zones"), lines("types")]) + "\n}\n"


def main() -> None:
    TABLE.write_text(text(table(datetime.now(UTC).date().isoformat())), encoding="utf-8")
    sys.stdout.write(f"wrote {TABLE.name}\n")


if __name__ == "__main__":
    main()
