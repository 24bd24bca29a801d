"""The HTTP server of the emulated AWS: loopback only, a thread a request, none left on exit."""

import threading
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

HOST = "127.0.0.1"


class QuietHandler(MotoRequestHandler):
    """Writes no access log."""

    def log(self, type: str, message: str, *args: object) -> None:
        if type != "info":
            super().log(type, message, *args)


class Listener(ThreadedWSGIServer):
    # A client of a stopping estate may still hold a request open: closing must not wait for it for ever.
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256


class Server:
    """Serves `app` from `start` to `stop`, on a free port where `port` is 0."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._server: BaseWSGIServer = Listener(HOST, port, app, handler=QuietHandler)
        self._thread = threading.Thread(target=self._serve, name="estate-cloud-server", daemon=True)

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
