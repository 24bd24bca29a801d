# ruff: noqa: T201  it speaks to a terminal
"""`python -m pipelines.serving serve`: what SageMaker's hosting starts.

Environment: ESTATE_WORKLOAD names the workload; SAGEMAKER_BIND_TO_PORT the port (8080 by default); ESTATE_BIND_HOST
the address (0.0.0.0 by default: SageMaker reaches the container from outside; 127.0.0.1 where nothing else may).
On SIGTERM it answers what it has begun, then ends.
"""

import os
import signal
import sys

import uvicorn

from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.serving.app import application

EVERYWHERE = "0.0.0.0"  # noqa: S104  a container's own network
GRACE_S = 20  # SageMaker kills 30 s after SIGTERM


def main(arguments: list[str]) -> int:
    """Exit status 0 after SIGTERM; 2 where it cannot start, with one line that says why."""
    try:
        if arguments != ["serve"]:
            raise JobError(f"python -m pipelines.serving {' '.join(arguments)}: the only command is `serve`")
        name = os.environ.get("ESTATE_WORKLOAD", "")
        if not name:
            raise JobError("ESTATE_WORKLOAD is not set; it names the workload whose model is served")
        app = application(name, container.model_folder())
        port = _port(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    except JobError as error:
        print(f"serving: {error}", file=sys.stderr)
        return 2
    # After it has answered what it had begun, uvicorn raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host = os.environ.get("ESTATE_BIND_HOST", EVERYWHERE)
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=GRACE_S
        )
    )
    server.run()
    return 0 if server.started else 2


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise JobError(f"SAGEMAKER_BIND_TO_PORT is {text!r}; a port from 1 to 65535 is allowed")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
