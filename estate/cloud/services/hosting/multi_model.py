"""Models of a multi-model container: loaded when they are asked for, unloaded when their room is needed.

As SageMaker's contract for such containers has it: POST /models, DELETE /models/{name}, POST /models/{name}/invoke;
409 where a model is loaded already, 507 where there is no room for it.
"""

import hashlib
import json
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch.measures import Values
from estate.cloud.services.hosting import model_data
from estate.cloud.services.hosting.hosts import Host, Reply
from estate.cloud.services.hosting.models import Serving
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import AwsError

TARGET = "X-Amzn-SageMaker-Target-Model"
NO_ROOM, LOADED_ALREADY = 507, 409


@dataclass
class Loaded:
    name: str
    users: int = 0


@dataclass(frozen=True)
class Use:
    """A model that is ready: where it is asked, and what had to be done. Times in microseconds, None: not done."""

    path: str
    headers: dict[str, str]
    metrics: Values


class NotLoaded(Exception):
    """The container could not load the model."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"status {reply.status}")
        self.reply = reply


class ModelCache:
    """The models of one host, least recently used first."""

    def __init__(self, account: Account, host: Host) -> None:
        self._account = account
        self._host = host
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.Lock()  # of what is loaded; one model at a time, as AWS does not promise more

    @property
    def count(self) -> int:
        return len(self._loaded)

    @contextmanager
    def use(self, target: str) -> Generator[Use]:
        """`target` is the archive's key below the model's prefix.

        Raises AwsError where there is no such archive or it takes too long, NotLoaded where the container refuses.
        """
        name = hashlib.sha256(target.encode()).hexdigest()[:32]
        begun = time.perf_counter()
        metrics: Values = {}
        with self._lock:
            model = self._loaded.get(name)
            metrics["ModelCacheHit"] = (float(model is not None), "None")
            if model is None:
                model = self._load(name, target, metrics)
                metrics["ModelLoadingWaitTime"] = ((time.perf_counter() - begun) * 1e6, "Microseconds")
            self._loaded.move_to_end(name)
            model.users += 1
        try:
            yield Use(f"/models/{name}/invoke", {TARGET: target}, metrics)
        finally:
            with self._lock:
                model.users -= 1
                if not self._host.serving.cached and not model.users:
                    self._unload(name)

    def _load(self, name: str, target: str, metrics: Values) -> Loaded:
        room = self._host.room
        prefix = self._host.serving.model_data
        assert room is not None
        assert prefix is not None
        folder = room.at(f"/opt/ml/models/{name}/model")
        begun = time.perf_counter()
        try:
            model_data.load(self._account, f"{prefix.rstrip('/')}/{target.lstrip('/')}", folder, room.temp)
            loading = time.perf_counter()
            metrics["ModelDownloadingTime"] = ((loading - begun) * 1e6, "Microseconds")
            self._told(name, target, metrics)
        except model_data.NoModelData as error:
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise AwsError("ValidationError", str(error)) from None
        except BaseException:
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise
        metrics["ModelLoadingTime"] = ((time.perf_counter() - loading) * 1e6, "Microseconds")
        self._loaded[name] = Loaded(name)
        return self._loaded[name]

    def _told(self, name: str, target: str, metrics: Values) -> None:
        """Has the container load it; makes room as long as that helps."""
        body = json.dumps({"model_name": name, "url": f"/opt/ml/models/{name}/model"}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", TARGET: target}
        while True:
            reply = self._host.ask("/models", body, headers)
            if reply.good or reply.status == LOADED_ALREADY:
                return
            if reply.timed_out:
                raise AwsError(
                    "ModelNotReadyException",
                    f"Model {target} is not ready for inference. Please try again later.",
                    429,
                )
            oldest = next((model.name for model in self._loaded.values() if not model.users), None)
            if reply.status != NO_ROOM or oldest is None:
                raise NotLoaded(reply)
            begun = time.perf_counter()
            self._unload(oldest)
            metrics["ModelUnloadingTime"] = ((time.perf_counter() - begun) * 1e6, "Microseconds")

    def _unload(self, name: str) -> None:
        del self._loaded[name]
        self._host.ask(f"/models/{name}", b"", {}, method="DELETE")
        room = self._host.room
        if room is not None:
            shutil.rmtree(room.at(f"/opt/ml/models/{name}"), ignore_errors=True)


class MultiModelHost(Host):
    """A host whose container loads and unloads models."""

    def __init__(self, account: Account, logs: Logs, endpoint: str, variant: str, serving: Serving) -> None:
        super().__init__(account, logs, endpoint, variant, serving)
        self.cache = ModelCache(account, self)
