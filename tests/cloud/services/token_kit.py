"""An issuer of tokens for the tests of APIs."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "k1"})


@contextmanager
def opened() -> Generator[str]:
    """An issuer of tokens that tells its keys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"http://{self.headers['Host']}"
            keys = {"keys": [KEY.as_dict(private=False)]}
            body = json.dumps({"jwks_uri": f"{host}/keys"} if "well-known" in self.path else keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def token(issuer: str, **changed: Any) -> dict[str, str]:
    claims = {
        "iss": issuer,
        "aud": "models",
        "exp": int(time.time()) + 60,
        "scope": "ask tell",
        "sub": "ann",
        **changed,
    }
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'RS256', 'kid': 'k1'}, claims, KEY)}"}
