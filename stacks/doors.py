"""Doors to the models over HTTP: an HTTP API, a REST API, a WebSocket API, whom they know and what flags they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pulumi

from components.endpoint.modes import Asynchronous
from stacks.environment import Environment
from stacks.models import endpoint_arn
from stacks.settings import EstateSettings
from stacks.settings.doors import ApiSettings, RestSettings, SocketSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

# Much is loaded for them, and most environments have none: they are imported where they are made.
if TYPE_CHECKING:
    from components.api.gateway_log import GatewayLog
    from components.api.model_api import Jwt
    from components.callers.token_issuer import TokenIssuer
    from components.flags.model_flags import FlagReader

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers" / "doors"


class Common(TypedDict):
    """What every door is told."""

    placement: object
    endpoints: Mapping[str, Wire]
    endpoint_arns: Mapping[str, str]
    code: Mapping[str, str]
    flags: "FlagReader | None"
    permission_boundary_arn: Wire
    key_arn: Wire
    log_retention_days: int


@dataclass
class Doors:
    """Makes the doors of an environment. `endpoints` and `alarms` are the serving layer's, by model and by signal."""

    env: Environment
    settings: EstateSettings
    workloads: Workloads
    upstream: Upstream
    endpoints: Mapping[str, Wire]
    alarms: Mapping[str, Wire]
    opts: pulumi.ResourceOptions

    def open(self) -> dict[str, Wire]:
        """URLs of the doors that are wanted; nothing where no endpoint answers at once."""
        own = self.settings.serving
        if not self._answering or (own.api is None and own.rest is None and own.socket is None):
            return {}
        made: dict[str, Wire] = {}
        if own.api is not None:
            made["url"] = self._http(own.api)
        if own.rest is not None:
            made["rest"] = self._rest(own.rest)
        if own.socket is not None:
            made["socket"] = self._socket(own.socket)
        if self._issuer is not None:
            made |= {"issuer": self._issuer.issuer, "tokens": self._issuer.tokens}
        return made

    @cached_property
    def _answering(self) -> dict[str, Wire]:
        return {
            model: endpoint
            for model, endpoint in self.endpoints.items()
            if not isinstance(self.settings.models[model].endpoint, Asynchronous)
        }

    @cached_property
    def _common(self) -> Common:
        base = self.upstream.foundation
        return {
            "placement": self.env.placement,
            "endpoints": self._answering,
            "endpoint_arns": {model: endpoint_arn(self.env, model) for model in self._answering},
            "code": {f"doors/{path.name}": path.read_text(encoding="utf-8") for path in sorted(HANDLERS.glob("*.py"))},
            "flags": self._flags,
            "permission_boundary_arn": base.permission_boundary_arn,
            "key_arn": base.keys.logs,
            "log_retention_days": self.settings.monitoring.log_retention_days,
        }

    @cached_property
    def _flags(self) -> "FlagReader | None":
        wanted = self.settings.serving.flags
        if wanted is None:
            return None
        from components.flags.model_flags import ModelFlags, ModelFlagsArgs, Switches

        base = self.upstream.foundation
        made = ModelFlags(
            "flags",
            ModelFlagsArgs(
                placement=self.env.placement,
                switches={
                    model: Switches.model_validate(self.settings.models[model].flags.model_dump())
                    for model in self._answering
                },
                alarms={
                    model: [self.alarms[key] for key in sorted(self.alarms) if key.rpartition("/")[0] == model]
                    for model in self._answering
                },
                step_percent=wanted.step_percent,
                minutes=wanted.minutes,
                bake_minutes=wanted.bake_minutes,
                key_arn=base.keys.logs,
                permission_boundary_arn=base.permission_boundary_arn,
            ),
            opts=self.opts,
        )
        return made.reader

    @cached_property
    def _issuer(self) -> "TokenIssuer | None":
        wanted = self.settings.serving.callers
        if wanted is None:
            return None
        from components.callers.token_issuer import Client, TokenIssuer, TokenIssuerArgs

        return TokenIssuer(
            "callers",
            TokenIssuerArgs(
                placement=self.env.placement,
                clients={name: Client.model_validate(each.model_dump()) for name, each in wanted.clients.items()},
                threat_protection=wanted.threat_protection,
            ),
            opts=self.opts,
        )

    @cached_property
    def _log(self) -> "GatewayLog | None":
        if not self.settings.serving.gateway_log_role:
            return None
        from components.api.gateway_log import GatewayLog, GatewayLogArgs

        return GatewayLog(
            "gateway-log",
            GatewayLogArgs(
                placement=self.env.placement,
                permission_boundary_arn=self.upstream.foundation.permission_boundary_arn,
            ),
            opts=self.opts,
        )

    def _http(self, wanted: ApiSettings) -> Wire:
        from components.api.domain import Domain
        from components.api.model_api import Cors, ModelApi, ModelApiArgs

        domain, cors = wanted.domain, wanted.cors
        api = ModelApi(
            "api",
            ModelApiArgs.model_validate(
                {
                    **self._common,
                    "authorization": "iam" if wanted.authorization == "iam" else "jwt",
                    "jwt": self._jwt(wanted),
                    "requests_per_second": wanted.requests_per_second,
                    "burst": wanted.burst,
                    "cors": None if cors is None else Cors.model_validate(cors.model_dump()),
                    "domain": None if domain is None else Domain.model_validate(domain.model_dump()),
                }
            ),
            opts=self.opts,
        )
        return api.url

    def _jwt(self, wanted: ApiSettings) -> "Jwt | None":
        from components.api.model_api import Jwt
        from components.callers.token_issuer import SCOPES

        if wanted.authorization == "cognito" and self._issuer is not None:
            return Jwt(issuer=self._issuer.issuer, audience=self._issuer.audience, scopes=SCOPES)
        return None if wanted.jwt is None else Jwt.model_validate(wanted.jwt.model_dump())

    def _rest(self, wanted: RestSettings) -> Wire:
        from components.api.rest_api import Cache, Plan, RestApi, RestApiArgs, Tokens
        from components.callers.token_issuer import SCOPES

        kept = {} if wanted.cache is None else {m: s for m, s in wanted.cache.models.items() if m in self._answering}
        issuer = self._issuer if wanted.authorization == "cognito" else None
        api = RestApi(
            "rest",
            RestApiArgs.model_validate(
                {
                    **self._common,
                    "workloads": {model: self.workloads[model] for model in self._answering},
                    "tokens": None if issuer is None else Tokens(pool_arns=[issuer.pool_arn], scopes=SCOPES),
                    "requests_per_second": wanted.requests_per_second,
                    "burst": wanted.burst,
                    "plans": {name: Plan.model_validate(plan.model_dump()) for name, plan in wanted.plans.items()},
                    "consumers": wanted.consumers,
                    "rotated": wanted.key_days is not None,
                    "cache": Cache(size_gb=wanted.cache.size_gb, seconds=kept) if wanted.cache and kept else None,
                    "networks": wanted.networks,
                    "accounts": wanted.accounts,
                }
            ),
            opts=self.opts,
            account=None if self._log is None else self._log.account,
        )
        if wanted.key_days is not None:
            self._rotate(wanted, wanted.key_days, api.plan_ids)
        if wanted.firewall is not None:
            from components.api.firewall import Firewall, FirewallArgs

            Firewall(
                "firewall",
                FirewallArgs(
                    placement=self.env.placement,
                    stage_arn=api.stage_arn,
                    requests_per_address=wanted.firewall.requests_per_address,
                    managed_rules=wanted.firewall.managed_rules,
                    only_count=wanted.firewall.only_count,
                    key_arn=self.upstream.foundation.keys.logs,
                    log_retention_days=self.settings.monitoring.log_retention_days,
                ),
                opts=self.opts,
            )
        return api.url

    def _rotate(self, wanted: RestSettings, days: int, plans: Mapping[str, Wire]) -> None:
        """Each consumer's key, made by a rotation that keeps it in a secret."""
        from components.secrets.consumer_keys import ConsumerKeys, ConsumerKeysArgs

        base = self.upstream.foundation
        ConsumerKeys(
            "rest-keys",
            ConsumerKeysArgs(
                placement=self.env.placement,
                api="rest",
                plans={consumer: plans[plan] for consumer, plan in wanted.consumers.items()},
                days=days,
                code={"rotate.py": (HANDLERS.parent / "rotate.py").read_text(encoding="utf-8")},
                secrets_key_arn=base.keys.models,
                permission_boundary_arn=base.permission_boundary_arn,
                key_arn=base.keys.logs,
                log_retention_days=self.settings.monitoring.log_retention_days,
            ),
            opts=self.opts,
        )

    def _socket(self, wanted: SocketSettings) -> Wire:
        from components.api.socket_api import SocketApi, SocketApiArgs

        api = SocketApi(
            "socket",
            SocketApiArgs.model_validate(
                {
                    **self._common,
                    "requests_per_second": wanted.requests_per_second,
                    "burst": wanted.burst,
                    "rows_at_once": wanted.rows_at_once,
                }
            ),
            opts=self.opts,
            account=None if self._log is None else self._log.account,
        )
        return api.url
