"""Which services of ours there are, started and stopped together."""

from estate.cloud.services.account import Account
from estate.cloud.services.execution import Workers
from estate.cloud.services.logs import Logs
from estate.cloud.services.models import Models
from estate.cloud.services.packages import Packages
from estate.cloud.services.pipelines import Pipelines
from estate.cloud.services.processing import Processing
from estate.cloud.services.store import Store
from estate.cloud.services.training import Training
from estate.cloud.services.wire import Table


class Services:
    def __init__(self, account: Account, table: Table) -> None:
        self.account = account
        self.logs = Logs(account)
        self._store = Store(account)
        processing = Processing(account, self._store, self.logs)
        training = Training(account, self._store, self.logs)
        packages = Packages(account, self._store)
        models = Models(account, self._store, packages)
        pipelines = Pipelines(account, self._store, Workers(processing, training, packages))
        for service in (processing, training, packages, models, pipelines):
            service.register(table)
        table.add("sagemaker", (self._store.add_tags, self._store.list_tags, self._store.delete_tags))

    def start(self) -> None:
        """Starts what works by itself: tickers and queues."""

    def stop(self) -> None:
        self.account.processes.close()

    def flush(self) -> None:
        """Does now what would be done in a moment."""

    def content(self) -> dict[str, dict[str, frozenset[str]]]:
        """Ids of what our services hold and moto does not."""
        return {"sagemaker": self._store.content()}
