# ruff: noqa: T201  it speaks to a terminal
"""`python -m pipelines.serving serve`: what SageMaker's hosting starts.

Environment: ESTATE_WORKLOAD names the workload; SAGEMAKER_BIND_TO_PORT the port (8080 by default); ESTATE_BIND_HOST
the address (0.0.0.0 by default: SageMaker reaches the container from outside; 127.0.0.1 where nothing else may);
ESTATE_LARGEST_BATCH how many rows of several requests are predicted together (1: each request by itself);
ESTATE_METRICS is `on` where requests shall be counted for Prometheus, at /metrics (one model only). SageMaker
sets SAGEMAKER_MULTI_MODEL to `true` where it loads and unloads models of the workload itself; ESTATE_MOST_MODELS then
says how many are held at the same time.
On SIGTERM it answers what it has begun, then ends.
"""

import os
import signal
import sys

import uvicorn

from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.serving.app import application
from pipelines.serving.batching import LARGEST_BATCH
from pipelines.serving.multi_model import MOST_MODELS, multi_model

EVERYWHERE = "0.0.0.0"  # noqa: S104  a container's own network
GRACE_S = 20  # SageMaker kills 30 s after SIGTERM
IDLE_S = 75  # as nginx, in SageMaker's own containers; whoever keeps connections open must be the first to close one


def main(arguments: list[str]) -> int:
    """Exit status 0 after SIGTERM; 2 where it cannot start, with one line that says why."""
    try:
        if arguments != ["serve"]:
            raise JobError(f"python -m pipelines.serving {' '.join(arguments)}: the only command is `serve`")
        name = os.environ.get("ESTATE_WORKLOAD", "")
        if not name:
            raise JobError("ESTATE_WORKLOAD is not set; it names the workload whose model is served")
        batch = _number("ESTATE_LARGEST_BATCH", LARGEST_BATCH, 65535)
        if os.environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true":
            app = multi_model(
                name, container.root(), batch=batch, most=_number("ESTATE_MOST_MODELS", MOST_MODELS, 10_000)
            )
        else:
            app = application(name, container.model_folder(), batch=batch, metrics=_switch("ESTATE_METRICS"))
        port = _number("SAGEMAKER_BIND_TO_PORT", 8080, 65535)
    except JobError as error:
        print(f"serving: {error}", file=sys.stderr)
        return 2
    # After it has answered what it had begun, uvicorn raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host = os.environ.get("ESTATE_BIND_HOST", EVERYWHERE)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            lifespan="off",
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    server.run()
    return 0 if server.started else 2


def _switch(variable: str) -> bool:
    text = os.environ.get(variable, "off")
    if text not in ("on", "off"):
        raise JobError(f"{variable} is {text!r}; on or off is allowed")
    return text == "on"


def _number(variable: str, default: int, most: int) -> int:
    text = os.environ.get(variable, str(default))
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise JobError(f"{variable} is {text!r}; a number from 1 to {most} is allowed")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
