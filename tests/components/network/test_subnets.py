from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.subnets import subnet_ranges

NETWORKS = st.builds(
    lambda n, host, prefix: IPv4Network(((10 << 24) | (n << 16) | host, prefix), strict=False),
    st.integers(0, 255),
    st.integers(0, 65535),
    st.integers(16, 24),
)


def test_a_zone_has_a_quarter_for_private_and_a_sixteenth_for_public_use():
    ranges = subnet_ranges(IPv4Network("10.20.0.0/16"), 2)

    assert {zone: tuple(map(str, pair)) for zone, pair in ranges.items()} == {
        "a": ("10.20.0.0/18", "10.20.192.0/20"),
        "b": ("10.20.64.0/18", "10.20.208.0/20"),
    }


@given(NETWORKS, st.integers(1, 3))
def test_ranges_lie_in_the_network_and_never_overlap(network, zones):
    ranges = [cidr for pair in subnet_ranges(network, zones).values() for cidr in pair]

    assert all(cidr.subnet_of(network) for cidr in ranges)
    assert not any(a.overlaps(b) for i, a in enumerate(ranges) for b in ranges[:i])


@given(NETWORKS, st.integers(1, 3))
def test_every_range_is_as_large_as_aws_allows(network, zones):
    assert all(16 <= cidr.prefixlen <= 28 for pair in subnet_ranges(network, zones).values() for cidr in pair)


@given(NETWORKS)
def test_adding_a_zone_moves_no_range(network):
    two, three = subnet_ranges(network, 2), subnet_ranges(network, 3)

    assert {zone: three[zone] for zone in two} == two


@pytest.mark.parametrize(
    ("network", "zones", "message"),
    [
        ("10.0.0.0/16", 0, "0 zones; allowed are 1 to 3"),
        ("10.0.0.0/16", 4, "4 zones; allowed are 1 to 3"),
        ("10.0.0.0/25", 2, r"10\.0\.0\.0/25 is too small .* allowed is /24 and larger"),
    ],
)
def test_what_cannot_be_split_is_refused(network, zones, message):
    with pytest.raises(ValueError, match=message):
        subnet_ranges(IPv4Network(network), zones)
