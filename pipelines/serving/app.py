"""GET /ping, POST /invocations, as SageMaker's hosting calls them; GET /metrics where it is asked for."""

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipelines import workload
from pipelines.errors import JobError
from pipelines.inference import UnsupportedType
from pipelines.serving.batching import LARGEST_BATCH, Batcher
from pipelines.serving.metrics import Metrics

LOG = logging.getLogger("uvicorn.error")  # the host's own log
INLINE_BYTES = 64 * 1024  # a body that is read in the event loop: some milliseconds; /ping must be answered meanwhile
LARGEST_REQUEST = 25 * 1024 * 1024  # bytes; as much as SageMaker's hosting lets through


class TooLarge(JobError):
    """The request's body is longer than `LARGEST_REQUEST`."""


def application(
    name: str,
    model_folder: Path,
    largest: int = LARGEST_REQUEST,
    batch: int = LARGEST_BATCH,
    *,
    metrics: bool = False,
) -> Starlette:
    """The app that serves workload `name`. The model is loaded before it answers; raises JobError where it cannot.

    `largest` is a request's size in bytes; `batch` the rows of several requests that are predicted together. With
    `metrics`, requests are counted and told at /metrics; without, nothing is in their way.
    """
    code = workload.load(name)
    inference, engine = code.inference, code.model
    model = engine.load(model_folder)

    batcher = Batcher(lambda rows: engine.predict(model, rows), batch)

    async def ping(_request: Request) -> Response:
        return Response(status_code=200)

    async def invocations(request: Request) -> Response:
        try:
            body = await _body(request, largest)
            content_type = request.headers.get("content-type", "application/json")
            if len(body) > INLINE_BYTES:
                rows = await run_in_threadpool(inference.parse, code.contract, body, content_type)
            else:
                rows = inference.parse(code.contract, body, content_type)
            return JSONResponse(inference.respond(await batcher.predict(rows)))
        except TooLarge as error:
            return _refused(413, error)
        except UnsupportedType as error:
            return _refused(415, error)
        except JobError as error:
            return _refused(400, error)
        except Exception:
            # Left to the server, it would close the connection behind its answer, and who sends the next request on
            # it meanwhile gets none.
            LOG.exception("a request could not be answered")
            return PlainTextResponse("Internal Server Error", status_code=500)

    counts = Metrics(name) if metrics else None
    answer = invocations if counts is None else counts.counted(invocations)
    routes = [Route("/ping", ping, methods=["GET"]), Route("/invocations", answer, methods=["POST"])]
    return Starlette(routes=routes if counts is None else [*routes, counts.route()])


def _refused(status: int, error: JobError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status)


async def _body(request: Request, largest: int) -> bytes:
    """Raises TooLarge as soon as more has come than is taken, whatever length was announced."""
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) > largest:
            raise TooLarge(f"the request is longer than {largest} bytes; send fewer rows")
    return bytes(held)
