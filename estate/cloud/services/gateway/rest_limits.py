"""What a REST API counts: requests of a method, of a key, of an address; and the answers that it keeps."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.gateway.throttles import Throttles
from estate.cloud.services.wire import RestAnswer


@dataclass
class Limits:
    account: Account
    _counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    _seen: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _kept: dict[tuple[str, ...], tuple[float, RestAnswer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.throttles = Throttles(self.account.lock)

    def plan_of(self, api: str, stage: str, value: str) -> tuple[Any, Any] | None:
        """The enabled key of this value, and the plan by which it may ask this stage."""
        backend = self.account.backend("apigateway")
        key = next((each for each in backend.keys.values() if each.value == value and each.enabled), None)
        if key is None:
            return None
        for plan in backend.usage_plans.values():
            stages = {(each.get("apiId"), each.get("stage")) for each in plan.api_stages}
            if (api, stage) in stages and key.id in backend.usage_plan_keys.get(plan.id, {}):
                return key, plan
        return None

    def refusal(self, key: Any, plan: Any) -> str | None:
        """Why a plan lets no more of a key through: its rate, or its quota."""
        throttle, quota = plan.throttle or {}, plan.quota or {}
        if not self.throttles.takes((plan.id, key.id), throttle.get("rateLimit"), throttle.get("burstLimit")):
            return "Too Many Requests"
        if quota.get("limit") is None:
            return None
        with self.account.lock:
            place = plan.id, key.id, _period(str(quota["period"]))
            self._counts[place] = self._counts.get(place, 0) + 1
            return "Limit Exceeded" if self._counts[place] > int(quota["limit"]) else None

    def too_many(self, acl: Any, address: str) -> bool:
        """Whether a rule of a web ACL that counts addresses blocks this one. Other rules are not looked at."""
        for rule in acl.rules:
            statement = rule.statement.get("RateBasedStatement")
            if statement is None or "Block" not in (rule.action or {}):
                continue
            window = float(statement.get("EvaluationWindowSec", 300))
            with self.account.lock:
                seen = self._seen.setdefault((acl.id + rule.name, address), [])
                moment = time.monotonic()
                seen[:] = [at for at in seen if at > moment - window] + [moment]
                if len(seen) > int(statement["Limit"]):
                    return True
        return False

    def kept(self, key: tuple[str, ...]) -> RestAnswer | None:
        """An answer that is still to be given again."""
        with self.account.lock:
            found = self._kept.get(key)
            return found[1] if found is not None and found[0] > time.monotonic() else None

    def keep(self, key: tuple[str, ...], answer: RestAnswer, seconds: float) -> None:
        with self.account.lock:
            self._kept[key] = time.monotonic() + seconds, answer


def _period(kind: str) -> str:
    moment = datetime.now(UTC)
    year, week, _ = moment.isocalendar()
    return {"DAY": f"{moment:%Y-%m-%d}", "WEEK": f"{year}-{week}"}.get(kind, f"{moment:%Y-%m}")
