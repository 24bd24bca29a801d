import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.names import Limit, physical_name

WORDS = st.text(st.characters(codec="ascii", categories=("Ll", "Lu", "Nd")), min_size=1, max_size=80)
PARTS = st.lists(WORDS, min_size=1, max_size=4)
LIMITS = st.sampled_from(list(Limit))


@given(PARTS, LIMITS)
def test_a_name_is_within_its_services_limits(parts, limit):
    name = physical_name(*parts, limit=limit)

    assert 0 < len(name) <= limit.longest
    assert not re.search(limit.forbidden, name)
    assert name.strip("-_") == name


@given(PARTS, LIMITS)
def test_the_same_parts_give_the_same_name(parts, limit):
    assert physical_name(*parts, limit=limit) == physical_name(*parts, limit=limit)


@given(WORDS.map(lambda word: word * 80), WORDS, WORDS, LIMITS)
def test_truncation_keeps_different_parts_apart(long, one, other, limit):
    if one.lower() == other.lower():
        return
    assert physical_name(long, one, limit=limit) != physical_name(long, other, limit=limit)


@pytest.mark.parametrize(
    ("parts", "limit", "name"),
    [
        (("mlops-dev", "raw", "111111111111", "us-east-1"), Limit.S3_BUCKET, "mlops-dev-raw-111111111111-us-east-1"),
        (("mlops-dev", "lake"), Limit.GLUE, "mlops_dev_lake"),
        (("mlops-dev", "delivery-eta"), Limit.FEATURE_GROUP, "mlops-dev-delivery-eta"),
        (("mlops-dev", ""), Limit.ANY, "mlops-dev"),
        (("MLOps", "Raw"), Limit.S3_BUCKET, "mlops-raw"),
    ],
)
def test_names_are_readable(parts, limit, name):
    assert physical_name(*parts, limit=limit) == name


def test_what_leaves_no_name_is_refused():
    with pytest.raises(ValueError, match=r"no name can be made of \('--', ''\)"):
        physical_name("--", "")
