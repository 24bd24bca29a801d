"""Deployments of AppConfig, by the clock: readers get a new version one after another; an alarm takes it back.

Applications, environments, profiles, versions and strategies are kept (`kept/entries/flags.py`); what is asked here is
how far a deployment is, and what a reader of it gets.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from estate.cloud.services.account import Account, token
from estate.cloud.services.clock import Clock
from estate.cloud.services.kept.door import open_door
from estate.cloud.services.kept.entries.flags import FLAGS, refuse_faulty
from estate.cloud.services.wire import AwsError, Params, Table

Tripped = Callable[[tuple[str, ...]], dict[str, str]]
OPERATIONS = ("StartDeployment", "GetDeployment", "ListDeployments", "StopDeployment")
DATA = ("StartConfigurationSession", "GetLatestConfiguration")
POLL_S = 60
DONE = ("COMPLETE", "ROLLED_BACK")
Place = tuple[str, str]  # application and environment


@dataclass
class Deployment:
    number: int
    profile: str
    version: str
    given: Params
    strategy: Params
    started_s: float  # of the clock
    content: bytes
    content_type: str
    state: str = "DEPLOYING"
    events: list[Params] = field(default_factory=list)


@dataclass
class Session:
    """A reader, and what it was given last."""

    place: Place
    profile: str
    reader: str
    seen: int = 0


class Rollouts:
    def __init__(self, account: Account, clock: Clock, tripped: Tripped) -> None:
        self._account = account
        self._clock = clock
        self._tripped = tripped
        self._deployments: dict[Place, list[Deployment]] = {}
        self._sessions: dict[str, Session] = {}

    def register(self, table: Table) -> None:
        table.late("appconfig", lambda: self._open(table))

    def _open(self, table: Table) -> None:
        open_door(table, "appconfig", OPERATIONS, self._answer)
        open_door(table, "appconfigdata", DATA, self._answer)

    def _answer(self, operation: str, params: Params) -> Params:
        handlers: dict[str, Callable[[Params], Params]] = {
            "StartDeployment": self._start,
            "GetDeployment": lambda given: self._told(given, self._find(given)),
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
            "StartConfigurationSession": self._session,
            "GetLatestConfiguration": self._latest,
        }
        return handlers[operation](params)

    # --- deployments

    def _start(self, params: Params) -> Params:
        place = params["ApplicationId"], params["EnvironmentId"]
        self._asked("get_environment", ApplicationId=place[0], EnvironmentId=place[1])
        strategy = self._asked("get_deployment_strategy", DeploymentStrategyId=params["DeploymentStrategyId"])
        version = self._asked(
            "get_hosted_configuration_version",
            ApplicationId=place[0],
            ConfigurationProfileId=params["ConfigurationProfileId"],
            VersionNumber=int(params["ConfigurationVersion"]),
        )
        content = version["Content"].read()
        profile = self._asked(
            "get_configuration_profile",
            ApplicationId=place[0],
            ConfigurationProfileId=params["ConfigurationProfileId"],
        )
        if profile.get("Type") == FLAGS:
            refuse_faulty(content)
        for each in list(self._deployments.get(place, [])):  # without the lock: their environment is asked for
            if self._settled(place, each).state not in DONE:
                raise AwsError("ConflictException", "A deployment is in progress in this environment", 409)
        with self._account.lock:
            earlier = self._deployments.setdefault(place, [])
            made = Deployment(
                number=len(earlier) + 1,
                profile=params["ConfigurationProfileId"],
                version=params["ConfigurationVersion"],
                given=params,
                strategy=strategy,
                started_s=self._clock.now_s(),
                content=content,
                content_type=version.get("ContentType", "application/json"),
            )
            earlier.append(made)
        return self._told(params, made)

    def _find(self, params: Params) -> Deployment:
        place, number = (params["ApplicationId"], params["EnvironmentId"]), int(params["DeploymentNumber"])
        found = self._deployments.get(place, [])
        if not 1 <= number <= len(found):
            raise AwsError("ResourceNotFoundException", f"Deployment {number} was not found", 404)
        return self._settled(place, found[number - 1])

    def _list(self, params: Params) -> Params:
        place = params["ApplicationId"], params["EnvironmentId"]
        found = [self._told(params, self._settled(place, each)) for each in self._deployments.get(place, [])]
        return {"Items": found[::-1]}

    def _stop(self, params: Params) -> Params:
        found = self._find(params)
        if found.state in DONE:
            raise AwsError("BadRequestException", "The deployment is over")
        self._back(found, "USER", "stopped by its user")
        return self._told(params, found)

    def _settled(self, place: Place, found: Deployment) -> Deployment:
        """Brings its state up to what clock and alarms say. An alarm takes it back until it has baked."""
        with self._account.lock:
            if found.state in DONE:
                return found
        alarms = self._alarms(place)
        with self._account.lock:
            passed = self._clock.now_s() - found.started_s
            deploys = 60 * found.strategy["DeploymentDurationInMinutes"]
            if alarms and passed >= 0:
                self._back(found, "CLOUDWATCH_ALARM", f"{', '.join(sorted(alarms))} went off")
            elif passed >= deploys + 60 * found.strategy.get("FinalBakeTimeInMinutes", 0):
                found.state = "COMPLETE"
            else:
                found.state = "BAKING" if passed >= deploys else "DEPLOYING"
            return found

    def _alarms(self, place: Place) -> dict[str, str]:
        environment = self._asked("get_environment", ApplicationId=place[0], EnvironmentId=place[1])
        names = tuple(each["AlarmArn"].rpartition(":alarm:")[2] for each in environment.get("Monitors", []))
        return self._tripped(names) if names else {}

    def _back(self, found: Deployment, by: str, why: str) -> None:
        found.state = "ROLLED_BACK"
        moment = datetime.now(UTC)
        found.events.append(
            {"EventType": "ROLLBACK_COMPLETED", "TriggeredBy": by, "Description": why, "OccurredAt": moment}
        )

    def _share(self, found: Deployment) -> float:
        """Percent of the readers that have it: grown step by step, all of them once its time is over."""
        if found.state in ("BAKING", "COMPLETE"):
            return 100.0
        if found.state == "ROLLED_BACK":
            return 0.0
        duration, growth = 60 * found.strategy["DeploymentDurationInMinutes"], found.strategy["GrowthFactor"]
        steps = max(1, round(100 / growth))
        done = int((self._clock.now_s() - found.started_s) / (duration / steps)) + 1 if duration else steps
        return min(100.0, growth * done)

    def _told(self, params: Params, found: Deployment) -> Params:
        strategy = found.strategy
        return {
            "ApplicationId": params["ApplicationId"],
            "EnvironmentId": params["EnvironmentId"],
            "DeploymentStrategyId": found.given["DeploymentStrategyId"],
            "ConfigurationProfileId": found.profile,
            "DeploymentNumber": found.number,
            "ConfigurationVersion": found.version,
            "Description": found.given.get("Description"),
            "DeploymentDurationInMinutes": strategy["DeploymentDurationInMinutes"],
            "GrowthType": strategy["GrowthType"],
            "GrowthFactor": strategy["GrowthFactor"],
            "FinalBakeTimeInMinutes": strategy.get("FinalBakeTimeInMinutes", 0),
            "State": found.state,
            "PercentageComplete": self._share(found),
            "EventLog": found.events,
            "KmsKeyIdentifier": found.given.get("KmsKeyIdentifier"),
        }

    # --- readers

    def _session(self, params: Params) -> Params:
        place = params["ApplicationIdentifier"], params["EnvironmentIdentifier"]
        profile = params["ConfigurationProfileIdentifier"]
        self._asked("get_environment", ApplicationId=place[0], EnvironmentId=place[1])
        self._asked("get_configuration_profile", ApplicationId=place[0], ConfigurationProfileId=profile)
        return {"InitialConfigurationToken": self._next(Session(place, profile, token()))}

    def _latest(self, params: Params) -> Params:
        with self._account.lock:
            session = self._sessions.pop(params["ConfigurationToken"], None)
        if session is None:
            raise AwsError("BadRequestException", "The token has been used, or was never given out")
        current = self._current(session)
        if current is None:
            self._next(session)
            raise AwsError("ResourceNotFoundException", "No configuration has been deployed to the environment", 404)
        changed = current.number != session.seen
        session.seen = current.number
        content = self._given_out(session, current) if changed else b""
        return {
            "NextPollConfigurationToken": self._next(session),
            "NextPollIntervalInSeconds": POLL_S,
            "ContentType": current.content_type,
            "Configuration": content,
        }

    def _current(self, session: Session) -> Deployment | None:
        """What this reader has by now. Which reader is among the first ones is drawn once for each."""
        rank = int.from_bytes(hashlib.sha256(session.reader.encode()).digest()[:4], "big") % 100
        for each in reversed(self._deployments.get(session.place, [])):
            if each.profile == session.profile and rank < self._share(self._settled(session.place, each)):
                return each
        return None

    def _given_out(self, session: Session, found: Deployment) -> bytes:
        """Flags without their definitions; of those that are off nothing but that."""
        profile = self._asked(
            "get_configuration_profile", ApplicationId=session.place[0], ConfigurationProfileId=session.profile
        )
        if profile.get("Type") != FLAGS:
            return found.content
        values: dict[str, dict[str, Any]] = json.loads(found.content)["values"]
        shown = {name: each if each["enabled"] else {"enabled": False} for name, each in values.items()}
        return json.dumps(shown).encode()

    def _next(self, session: Session) -> str:
        made = token(32)
        with self._account.lock:
            self._sessions[made] = session
        return made

    def _asked(self, operation: str, **params: Any) -> Params:
        try:
            return getattr(self._account.client("appconfig"), operation)(**params)
        except ClientError as error:
            found = error.response
            status = found["ResponseMetadata"]["HTTPStatusCode"]
            raise AwsError(found["Error"]["Code"], found["Error"]["Message"], status) from None
