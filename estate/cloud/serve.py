"""`estate cloud`: the emulated AWS for anybody's client, until it is stopped."""

import errno
import re
import shlex
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from estate.cloud.cloud import Cloud
from estate.cloud.server import HOST

ACCOUNT = re.compile(r"\d{12}")


class ServeError(Exception):
    """The emulated AWS cannot be served as it was asked for."""


def serve(account_id: str, region: str, port: int, speed: float, say: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM, the usual way to end it; nothing is left then.

    `port` 0 takes a free one. `say` is given what to paste into another shell. Raises ServeError before anything runs.
    """
    _check(account_id, region, port, speed)
    with stopped_by_signals() as stop, tempfile.TemporaryDirectory(prefix="estate-cloud-") as folder:
        cloud = Cloud(account_id=account_id, region=region, workdir=Path(folder), speed=speed, port=port)
        with cloud:
            say(f"# An emulated AWS: account {account_id}, {region}, {cloud.endpoint}, until Ctrl-C. In another shell:")
            for name, value in cloud.environment().items():
                say(f"export {name}={shlex.quote(value)}")
            stop.wait()


def _check(account_id: str, region: str, port: int, speed: float) -> None:
    if not ACCOUNT.fullmatch(account_id):
        raise ServeError(f"--account {account_id}: an account's id has 12 digits")
    import boto3

    known = boto3.Session().get_available_regions("sagemaker")
    if region not in known:
        raise ServeError(f"--region {region}: SageMaker has no such region; it has: {', '.join(known)}")
    if not speed > 0:
        raise ServeError(f"--speed {speed:g}: must be above 0; 1 is real time")
    if not 0 <= port <= 65535:
        raise ServeError(f"--port {port}: a port from 0 to 65535 is allowed; 0 takes a free one")
    if port:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                told = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
                raise ServeError(f"--port {port}: {told}; another one, or 0 for a free one, would do") from None


@contextmanager
def stopped_by_signals() -> Generator[threading.Event]:
    """Within it, SIGINT and SIGTERM set the event, and disturb nothing else."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
