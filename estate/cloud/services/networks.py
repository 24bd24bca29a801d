"""What goes with a VPC or a NAT gateway on AWS, and stays in moto."""

from estate.cloud.services.account import Account
from estate.cloud.services.wire import Table


class Networks:
    def __init__(self, account: Account) -> None:
        self._account = account

    def register(self, table: Table) -> None:
        table.after["ec2", "DeleteVpc"] = self._forget_network_acls
        table.after["ec2", "DeleteNatGateway"] = self._free_addresses

    def _forget_network_acls(self) -> None:
        """A VPC's default network ACL is made with it, cannot be deleted, and goes with it."""
        backend = self._account.backend("ec2")
        for name, acl in list(backend.network_acls.items()):
            if acl.default and acl.vpc_id not in backend.vpcs:
                del backend.network_acls[name]

    def _free_addresses(self) -> None:
        """A NAT gateway's network interface goes with it, and its address is free again."""
        backend = self._account.backend("ec2")
        for gateway in backend.nat_gateways.values():
            interface = gateway._eni
            if gateway.state == "deleted" and backend.enis.pop(interface.id, None) is not None:
                for address in [item for item in backend.addresses if item.eni is interface]:
                    backend.disassociate_address(association_id=address.association_id)
