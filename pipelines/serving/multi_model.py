"""Many models of one workload behind one host, as SageMaker's contract for multi-model containers has it.

POST /models loads a model, GET /models lists what is loaded, GET and DELETE /models/{name} show and unload one, POST
/models/{name}/invoke asks it. 409: it is loaded already. 507: no room; SageMaker then unloads another and tries again.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.errors import JobError
from pipelines.jobs.container import OPT_ML
from pipelines.serving.app import LARGEST_REQUEST, application
from pipelines.serving.batching import LARGEST_BATCH

MOST_MODELS = 64  # held at the same time
NO_ROOM = 507


@dataclass(frozen=True)
class Loaded:
    url: str
    app: ASGIApp


class Models:
    """What is loaded, by the name that SageMaker gave it."""

    def __init__(self, workload: str, root: Path, largest: int, batch: int, most: int) -> None:
        self._workload = workload
        self._root = root
        self._largest = largest
        self._batch = batch
        self._most = most
        self._loaded: dict[str, Loaded] = {}
        self._loading = asyncio.Lock()

    async def load(self, request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
            name, url = str(asked["model_name"]), str(asked["url"])
            inner = PurePosixPath(url).relative_to(OPT_ML)
            if ".." in inner.parts:
                raise ValueError(url)
            folder = self._root / inner
        except (ValueError, KeyError, TypeError):
            return _said(400, f'the body must be {{"model_name": NAME, "url": a path below {OPT_ML}}}')
        async with self._loading:
            if name in self._loaded:
                return _said(409, f"model {name} is loaded already")
            if len(self._loaded) >= self._most:
                return _said(NO_ROOM, f"{self._most} models are loaded; there is no room for another")
            try:
                app = await run_in_threadpool(application, self._workload, folder, self._largest, self._batch)
            except MemoryError:
                return _said(NO_ROOM, f"there is no memory for model {name}")
            except (JobError, OSError) as error:
                return _said(400, f"model {name} cannot be loaded: {error}")
            self._loaded[name] = Loaded(url, app)
        return JSONResponse(_shown(name, self._loaded[name]))

    async def list(self, _request: Request) -> Response:
        return JSONResponse({"models": [_shown(name, found) for name, found in self._loaded.items()]})

    async def show(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = self._loaded.get(name)
        return JSONResponse(_shown(name, found)) if found is not None else _missing(name)

    async def unload(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse({}) if self._loaded.pop(name, None) is not None else _missing(name)

    def find(self, name: str) -> ASGIApp | None:
        found = self._loaded.get(name)
        return found.app if found is not None else None


class Invoke:
    """Hands a request over to its model, as if it were the only one."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["name"]
        app = self._models.find(name)
        if app is None:
            await _missing(name)(scope, receive, send)
            return
        path: Mapping[str, object] = {"path": "/invocations", "raw_path": b"/invocations", "root_path": ""}
        await app({**scope, **path}, receive, send)


def multi_model(
    workload: str,
    root: Path,
    largest: int = LARGEST_REQUEST,
    batch: int = LARGEST_BATCH,
    most: int = MOST_MODELS,
) -> Starlette:
    """The app that serves many models of a workload. `root` is the folder that stands for /opt/ml."""
    models = Models(workload, root, largest, batch, most)

    async def ping(_request: Request) -> Response:
        return Response(status_code=200)

    return Starlette(
        routes=[
            Route("/ping", ping, methods=["GET"]),
            Route("/models", models.load, methods=["POST"]),
            Route("/models", models.list, methods=["GET"]),
            Route("/models/{name}", models.show, methods=["GET"]),
            Route("/models/{name}", models.unload, methods=["DELETE"]),
            Route("/models/{name}/invoke", Invoke(models), methods=["POST"]),
        ]
    )


def _shown(name: str, found: Loaded) -> dict[str, str]:
    return {"modelName": name, "modelUrl": found.url}


def _missing(name: str) -> Response:
    return _said(404, f"model {name} is not loaded")


def _said(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
