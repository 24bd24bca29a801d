"""What one environment says of another, held against the other's own file."""

from ipaddress import IPv4Network
from pathlib import Path

from stacks.settings.estate import EstateSettings
from stacks.settings.reading import PROJECT, SettingsError, read_stack_file


def check_neighbours(settings: EstateSettings, root: Path) -> None:
    """Raises SettingsError where a peer is no environment, or has another address range than is said here."""
    for name, peer in settings.foundation.network.peers.items():
        if peer.environment is None:
            continue
        where = f"{PROJECT}:foundation.network.peers.{name}"
        if peer.environment == settings.environment:
            raise SettingsError(f"{where}.environment: {peer.environment!r} is this environment itself")
        values = read_stack_file(root / f"Pulumi.{peer.environment}.yaml")
        network = values.get("foundation", {}).get("network", {})
        if "cidr" not in network:
            raise SettingsError(f"{where}.environment: Pulumi.{peer.environment}.yaml has no foundation.network.cidr")
        if IPv4Network(network["cidr"]) != peer.cidr:
            raise SettingsError(
                f"{where}.cidr: {peer.cidr} is not that of {peer.environment!r}, whose file has {network['cidr']}"
            )
