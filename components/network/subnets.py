"""Address ranges of a network's subnets."""

from ipaddress import IPv4Network
from typing import NamedTuple

ZONES = "abc"


class Ranges(NamedTuple):
    """Ranges of one zone: a quarter of the network for private use, a sixteenth for what faces the internet."""

    private: IPv4Network
    public: IPv4Network


def subnet_ranges(network: IPv4Network, zones: int) -> dict[str, Ranges]:
    """Ranges by zone letter. A zone's ranges do not depend on how many zones there are, so adding one moves none.

    Raises ValueError where there are more zones than letters, or a range would be smaller than AWS's least, a /28.
    """
    if not 1 <= zones <= len(ZONES):
        raise ValueError(f"{zones} zones; allowed are 1 to {len(ZONES)}")
    if network.prefixlen > 24:
        raise ValueError(f"{network} is too small for subnets of at least /28; allowed is /24 and larger")
    *private, rest = network.subnets(prefixlen_diff=2)
    public = rest.subnets(prefixlen_diff=2)
    ranges = (Ranges(*pair) for pair in zip(private, public, strict=False))
    return dict(zip(ZONES[:zones], ranges, strict=False))
