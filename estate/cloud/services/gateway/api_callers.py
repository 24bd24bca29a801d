"""Who calls an HTTP API: AWS's signature checked, or a token of an issuer checked against the issuer's keys."""

import gzip
import json
import re
import time
import urllib.request
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from urllib.error import URLError

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from estate.cloud.services.account import Account

SERVICE = "execute-api"
SKEW_S = 300
ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
FETCH_S = 2.0
POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/(?P<id>[\w-]+)")


class Refused(Exception):
    """A caller that is not let in; `status` is 401 or 403."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def signed(account: Account, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The caller of a request with AWS's signature, version 4. Raises Refused."""
    given = headers.get("authorization", "")
    parts = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(",") if "=" in part)
    scope = parts.get("Credential", "").split("/")
    if not given.startswith("AWS4-HMAC-SHA256 ") or len(scope) != 5 or scope[3] != SERVICE:
        raise Refused(403, "Forbidden")
    key, secret = account.environment["AWS_ACCESS_KEY_ID"], account.environment["AWS_SECRET_ACCESS_KEY"]
    named = {name: headers[name] for name in parts.get("SignedHeaders", "").split(";") if name in headers}
    stamp = headers.get("x-amz-date", "")
    if scope[0] != key or "host" not in named or not _is_fresh(stamp):
        raise Refused(403, "Forbidden")
    request = AWSRequest(method, url, headers=named, data=body)
    request.context["timestamp"] = stamp
    auth = SigV4Auth(Credentials(key, secret), SERVICE, scope[2])
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if expected != parts.get("Signature"):
        raise Refused(403, "Forbidden")
    return {
        "accessKey": key,
        "accountId": account.account_id,
        "caller": key,
        "userArn": f"arn:aws:iam::{account.account_id}:root",
    }


def _is_fresh(stamp: str) -> bool:
    try:
        moment = time.mktime(time.strptime(stamp, "%Y%m%dT%H%M%SZ")) - time.timezone
    except ValueError:
        return False
    return abs(time.time() - moment) <= SKEW_S


class Tokens:
    """Checks tokens; an issuer's keys are asked for once, and again where one has a key that is not known."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._keys: dict[str, KeySet] = {}

    def of_pools(self, header: str, pools: Sequence[str], scopes: Sequence[str]) -> dict[str, Any]:
        """The claims of a token of one of these user pools, whichever application it was given to. Raises Refused."""
        for arn in pools:
            _, _, _, region, _, pool = arn.split(":", 5)
            issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool.partition('/')[2]}"
            try:
                clients = list(self._account.backend("cognito-idp").user_pools[pool.partition("/")[2]].clients)
                return self.claims(header, issuer, clients, scopes)
            except (Refused, KeyError) as error:
                refusal = error if isinstance(error, Refused) else Refused(401, "Unauthorized")
                if refusal.status == 403:
                    raise Refused(401, "Unauthorized") from None  # a REST API does not tell the two apart
        raise Refused(401, "Unauthorized")

    def claims(self, header: str, issuer: str, audience: Sequence[str], scopes: Sequence[str]) -> dict[str, Any]:
        """Raises Refused: 401 for a wrong token, 403 for one that lacks the route's scope."""
        token = header.removeprefix("Bearer ").removeprefix("bearer ").strip()
        if not token:
            raise Refused(401, "Unauthorized")
        found = self._decoded(token, issuer)
        now = time.time()
        listed = found.get("aud", found.get("client_id"))
        held = set(listed if isinstance(listed, list) else [listed])
        if (
            found.get("iss") != issuer
            or not held & set(audience)
            or not float(found.get("exp", 0)) > now
            or float(found.get("nbf", 0)) > now
            or float(found.get("iat", 0)) > now + SKEW_S
        ):
            raise Refused(401, "Unauthorized")
        granted = found.get("scope", found.get("scp", ""))
        words = granted if isinstance(granted, list) else str(granted).split()
        if scopes and not set(words) & set(scopes):
            raise Refused(403, "Forbidden")
        return found

    def _decoded(self, token: str, issuer: str) -> dict[str, Any]:
        for again in (False, True):
            try:
                return dict(jwt.decode(token, self._of(issuer, again=again), algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError):
                continue
        raise Refused(401, "Unauthorized")

    def _of(self, issuer: str, *, again: bool) -> KeySet:
        if again or issuer not in self._keys:
            pool = POOL.fullmatch(issuer)
            if pool is not None:
                self._keys[issuer] = self._of_pool(pool["id"])
                return self._keys[issuer]
            try:
                found = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                self._keys[issuer] = KeySet.import_key_set(_fetched(found["jwks_uri"]))
            except (URLError, OSError, KeyError, ValueError):
                raise Refused(401, "Unauthorized") from None
        return self._keys[issuer]

    def _of_pool(self, id: str) -> KeySet:
        """Keys of a user pool of this account, which nothing outside of it publishes. Raises Refused."""
        if id not in self._account.backend("cognito-idp").user_pools:
            raise Refused(401, "Unauthorized")
        keys = files("moto.cognitoidp") / "resources" / "jwks-public.json.gz"
        return KeySet.import_key_set(json.loads(gzip.decompress(keys.read_bytes())))


def _fetched(url: str) -> Any:
    if not url.startswith(("http://", "https://")):
        raise ValueError(url)
    with urllib.request.urlopen(url, timeout=FETCH_S) as answer:  # noqa: S310 - the scheme was looked at
        return json.loads(answer.read())
