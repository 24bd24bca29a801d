"""A tiny inference server: answers with the model's text; its environment makes it fail in stated ways."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"bad":
            self.answer(400, b"cannot read that")
        elif body == b"crash" or os.environ.get("FAIL"):
            self.answer(500, b"went wrong")
        else:
            time.sleep(float(os.environ.get("SLOW", "0")))
            model = (Path(os.environ["ESTATE_ML_ROOT"]) / "model" / "model.txt").read_text()
            self.answer(200, json.dumps({"model": model, "rows": body.decode()}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    assert sys.argv[1:] == ["serve"]
    if os.environ.get("BREAK"):
        sys.exit("this container does not start")
    if linger := float(os.environ.get("LINGER", "0")):
        signal.signal(signal.SIGTERM, lambda *_: (time.sleep(linger), sys.exit(0)))
    # As the real one, it listens to everybody where it is not told otherwise.
    address = os.environ.get("ESTATE_BIND_HOST", "0.0.0.0"), int(os.environ["SAGEMAKER_BIND_TO_PORT"])  # noqa: S104
    ThreadingHTTPServer(address, Handler).serve_forever()
