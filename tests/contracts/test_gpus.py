import pytest

from contracts.gpus import TABLE, gpu_type, gpus, none_offered, not_offered
from estate.cloud.gpus import table, text


def test_the_table_is_what_aws_answers():
    assert TABLE.read_text(encoding="utf-8") == text(table(gpus().date))


@pytest.mark.parametrize(
    ("instance_type", "gpu", "count", "cards", "blocks"),
    [
        ("g5.xlarge", "A10G", 1, (), False),
        ("g6e.48xlarge", "L40S", 8, (0, 1, 2, 3), False),
        ("p5.48xlarge", "H100", 8, tuple(range(32)), True),
        # Its card 0 is for IP traffic only.
        ("p6-b300.48xlarge", "B300", 8, tuple(range(1, 17)), True),
    ],
)
def test_types_are_known_by_gpus_fabric_and_how_they_are_sold(instance_type, gpu, count, cards, blocks):
    found = gpu_type(instance_type)

    assert (found.gpu, found.gpus, found.efa_cards, found.capacity_blocks) == (gpu, count, cards, blocks)


@pytest.mark.parametrize(
    ("instance_type", "region", "zones", "ids", "said"),
    [
        ("g5.xlarge", "eu-west-1", ["a", "b", "c"], {}, None),
        ("p4d.24xlarge", "eu-west-1", ["a"], {}, None),  # which zone that is, nobody said
        ("p4d.24xlarge", "eu-west-1", ["b"], {"b": "euw1-az2"}, None),
        ("p4d.24xlarge", "eu-west-1", ["a"], {"a": "euw1-az1"}, "p4d.24xlarge is not offered in zone a (euw1-az1)"),
        ("p4d.24xlarge", "eu-west-1", ["a", "b"], {}, "p4d.24xlarge is not offered in 2 zones of eu-west-1"),
        ("p5.48xlarge", "eu-west-3", ["a"], {}, "p5.48xlarge is not offered in eu-west-3"),
        ("p5.48xlarge", "xx-north-9", ["a"], {}, None),  # a region that the table does not know
    ],
)
def test_a_type_is_held_against_the_region_and_its_zones(instance_type, region, zones, ids, said):
    found = not_offered(instance_type, region, zones, ids)

    assert found is None if said is None else (found or "").startswith(said)


def test_whoever_asks_for_what_is_not_offered_hears_where_it_is():
    assert "euw1-az2" in (not_offered("p4d.24xlarge", "eu-west-1", ["a", "b"], {}) or "")
    assert "us-east-1" in (not_offered("p5.48xlarge", "eu-west-3", ["a"], {}) or "")


def test_of_families_one_type_in_one_zone_is_enough():
    ids = {"a": "euw1-az1", "b": "euw1-az2"}

    assert none_offered(["p4d", "p5"], "eu-west-1", ["a", "b"], ids) is None
    found = none_offered(["p4d", "p5"], "eu-west-1", ["a"], ids) or ""
    assert found.startswith("eu-west-1 offers no type of p4d, p5 in zone a (euw1-az1) (as of ")
    assert "us-east-1" in found
    assert none_offered(["p5"], "xx-nowhere-1", ["a"], {}) is None  # of which nothing is known
