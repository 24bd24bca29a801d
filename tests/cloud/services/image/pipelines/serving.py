"""A tiny inference server: answers with the model's text; its environment makes it fail in stated ways."""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath

MODELS: dict[str, str] = {}  # of a multi-model container: text by name
LOCK = threading.Lock()
SESSION = "X-Amzn-SageMaker-Session-Id"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two wait for each other, 40 ms

    def do_GET(self) -> None:
        self.answer(200, b"")

    def do_DELETE(self) -> None:
        with LOCK:
            MODELS.pop(self.path.rpartition("/")[2])
        self.answer(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/models":
            self.load(json.loads(body))
        elif body == b"bad":
            self.answer(400, b"cannot read that")
        elif body == b"crash" or os.environ.get("FAIL"):
            self.answer(500, b"went wrong")
        elif body in (b"stream", b"break"):
            self.stream(whole=body == b"stream")
        else:
            time.sleep(float(os.environ.get("SLOW", "0")))
            self.answer(200, json.dumps({"model": self.model(), "rows": body.decode()}).encode(), **self.session(body))

    def model(self) -> str:
        if self.path.startswith("/models/"):
            return MODELS[self.path.split("/")[2]]
        return (Path(os.environ["ESTATE_ML_ROOT"]) / "model" / "model.txt").read_text()

    def load(self, asked: dict[str, str]) -> None:
        folder = Path(os.environ["ESTATE_ML_ROOT"]) / PurePosixPath(asked["url"]).relative_to("/opt/ml")
        with LOCK:
            full = len(MODELS) >= int(os.environ.get("MOST", "100"))
            if not full:
                MODELS[asked["model_name"]] = (folder / "model.txt").read_text()
        self.answer(507 if full else 200, b"")

    def session(self, body: bytes) -> dict[str, str]:
        asked = self.headers.get(SESSION)
        if asked == "NEW_SESSION" and body != b"stateless":
            ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + float(body)))
            return {"X-Amzn-SageMaker-New-Session-Id": f"s-{os.getpid()}-{time.monotonic_ns()}; Expires={ends}"}
        return {"X-Amzn-SageMaker-Closed-Session-Id": asked} if asked and body == b"close" else {}

    def stream(self, *, whole: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"one ", b"two ", b"three") if whole else (b"one ",):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()
        if whole:
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        else:
            self.close_connection = True

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
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
