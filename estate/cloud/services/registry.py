"""Which services of ours there are, started and stopped together."""

from estate.cloud.services.account import Account
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import Table


class Services:
    def __init__(self, account: Account, table: Table) -> None:
        self.account = account
        self.logs = Logs(account)
        self.table = table

    def start(self) -> None:
        """Starts what works by itself: tickers and queues."""

    def stop(self) -> None:
        self.account.processes.close()

    def flush(self) -> None:
        """Does now what would be done in a moment."""

    def content(self) -> dict[str, dict[str, frozenset[str]]]:
        """Ids of what our services hold and moto does not."""
        return {}
