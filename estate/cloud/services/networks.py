"""What goes with a VPC on AWS, and stays in moto."""

from estate.cloud.services.account import Account
from estate.cloud.services.wire import Table


class Networks:
    def __init__(self, account: Account) -> None:
        self._account = account

    def register(self, table: Table) -> None:
        table.after["ec2", "DeleteVpc"] = self._forget_network_acls

    def _forget_network_acls(self) -> None:
        """A VPC's default network ACL is made with it, cannot be deleted, and goes with it."""
        backend = self._account.backend("ec2")
        for name, acl in list(backend.network_acls.items()):
            if acl.default and acl.vpc_id not in backend.vpcs:
                del backend.network_acls[name]
