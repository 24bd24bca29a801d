"""Feature flags of the models, as AppConfig gives them out.

Environment: FLAGS, a JSON object from model to application, environment and profile; without it every flag is at its
default. Flags are asked for anew once AppConfig's interval is over, by the call that comes then. Where AppConfig cannot
be asked, what was known last stays, and a model of which nothing was known is let through: flags must not be what takes
a model down.
"""

import hashlib
import json
import logging
import os
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LOG = logging.getLogger(__name__)
ASK = Config(read_timeout=2, connect_timeout=1, retries={"total_max_attempts": 1})
AGAIN_S = 30.0  # before AppConfig is asked again that gave no answer


@dataclass
class Session:
    """What is known of one model's flags, and when to ask again."""

    token: str = ""
    values: dict[str, Any] | None = None
    due: float = 0.0


_sessions: dict[str, Session] = {}


def read(model: str) -> dict[str, dict[str, Any]]:
    """The model's flags by name, each with `enabled` and its attributes; empty where none are set."""
    where = json.loads(os.environ.get("FLAGS", "{}")).get(model)
    if where is None:
        return {}
    session = _sessions.setdefault(model, Session())
    if time.monotonic() >= session.due:
        try:
            _refresh(session, where)
        except (BotoCoreError, ClientError, ValueError) as error:
            session.token, session.due = "", time.monotonic() + AGAIN_S
            LOG.warning("the flags of %s cannot be read: %s", model, type(error).__name__)
    return session.values or {}


def enabled(flags: dict[str, dict[str, Any]]) -> bool:
    """Whether the model may be asked at all."""
    return bool(flags.get("answers", {}).get("enabled", True))


def largest_rows(flags: dict[str, dict[str, Any]]) -> int | None:
    """Rows that a request may have; None: any."""
    found = flags.get("answers", {}).get("largest_rows")
    return None if found is None else int(found)


def variant(flags: dict[str, dict[str, Any]], request: str) -> str | None:
    """The variant that answers a request of this id, always the same; None: the endpoint decides by its weights."""
    explore = flags.get("explore", {})
    if not explore.get("enabled"):
        return None
    share = int.from_bytes(hashlib.sha256(request.encode()).digest()[:4], "big") % 100
    return str(explore["variant"] if share < int(explore["percent"]) else explore["otherwise"])


def _refresh(session: Session, where: dict[str, str]) -> None:
    client = boto3.client("appconfigdata", config=ASK)
    if not session.token:
        session.token = client.start_configuration_session(
            ApplicationIdentifier=where["application"],
            EnvironmentIdentifier=where["environment"],
            ConfigurationProfileIdentifier=where["profile"],
        )["InitialConfigurationToken"]
    found = client.get_latest_configuration(ConfigurationToken=session.token)
    content = found["Configuration"].read()
    if content:  # empty: nothing has changed
        session.values = json.loads(content)
    session.token = found["NextPollConfigurationToken"]
    session.due = time.monotonic() + float(found.get("NextPollIntervalInSeconds", 60))
