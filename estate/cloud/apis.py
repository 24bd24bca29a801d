"""Which operations of AWS the emulated services answer themselves, and how far each of them goes.

What is listed is what is registered: nothing is listed by hand. moto answers for every other operation, as far as it
implements it; what it lacks is answered with status 501.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estate.cloud.models import service_model
from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.fidelity import EXACT, NOTES
from estate.cloud.services.registry import Services
from estate.cloud.services.wire import Route, Table

# What a module of the services is told about under, in the notes.
TOLD: dict[str, str] = {
    "processing": "SageMaker jobs",
    "training": "SageMaker training jobs",
    "transforms": "SageMaker transform jobs",
    "tuning": "SageMaker tuning jobs",
    "pipelines": "SageMaker pipelines",
    "callbacks": "SageMaker pipelines",
    "endpoints": "SageMaker endpoints",
    "endpoint_configs": "SageMaker endpoints",
    "capacity": "SageMaker endpoints",
    "runtime": "SageMaker invocations",
    "asynchronous": "SageMaker asynchronous inference",
    "models": "SageMaker models",
    "packages": "SageMaker models",
    "scaling_calls": "Application Auto Scaling",
    "autoscaling": "Application Auto Scaling",
    "feature_groups": "SageMaker feature store",
    "feature_records": "SageMaker feature store",
    "store": "SageMaker tags",
    "alarms": "CloudWatch alarms",
    "events": "EventBridge",
    "patterns": "EventBridge",
    "anomaly_detectors": "CloudWatch anomaly detection",
    "metric_answers": "CloudWatch metrics",
    "metric_filters": "CloudWatch metric filters",
    "saved_queries": "CloudWatch Logs Insights",
    "schedules": "EventBridge Scheduler",
    "pipes": "EventBridge Pipes",
    "event_source_mappings": "Lambda",
    "automation": "Systems Manager Automation",
    "functions": "Lambda",
    "clusters": "EKS",
    "rest_front": "API Gateway",
    "rollouts": "AppConfig",
    "cloud_control": "Cloud Control",
}
UNDESCRIBED = "not described"  # of a module that is not in TOLD: nobody has said how far it goes
# Models whose requests are signed for another name than their own.
SIGNED = {"sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-featurestore-runtime")}
# As boto3 calls a service that is signed for under another name.
NAMES = {"monitoring": "cloudwatch", "cloudcontrolapi": "cloudcontrol"}
SAMPLE = "arn:aws:iam::123456789012:role/x"
PLACE = re.compile(r"\{[^}]+\}")


@dataclass(frozen=True, order=True)
class Api:
    """One operation; `told` is the note that says what it does not do, empty where there is nothing to say."""

    service: str
    operation: str
    told: str = ""

    @property
    def fidelity(self) -> str:
        """As of resource types: `partial` where something is lost."""
        return "partial" if self.told else "emulated"


def listed() -> list[Api]:
    """Every operation that is answered here, by service and name."""
    table = Table()
    account = Account("123456789012", "eu-west-1", Path(), Path(), _nobody)
    kept = Services(account, table, Clock()).kept
    found = {
        Api(NAMES.get(service, service), operation, _told(operation, handler))
        for (service, operation), handler in table.json.items()
    }
    found |= {api for service in _signed(table) for api in _rest(table, service)}
    own = {(api.service, api.operation) for api in found}
    return sorted({*found, *(Api(*each) for each in kept.operations() if each[:2] not in own)})


def lines() -> Iterator[str]:
    """The list as it is printed: operations, then what they do not do."""
    apis = listed()
    width = max(len(f"{api.service} {api.operation}") for api in apis)
    for api in apis:
        yield f"{f'{api.service} {api.operation}':{width}}  {api.fidelity:8}  {api.told}".rstrip()
    yield ""
    yield "moto answers for every other operation, as far as it implements it."
    for name in sorted({api.told for api in apis} & set(NOTES)):
        yield f"{name}: {NOTES[name]}"


def _signed(table: Table) -> list[str]:
    return sorted({route.service for route in table.rest})


def _rest(table: Table, signed: str) -> Iterator[Api]:
    """Operations of a REST service whose path and method a route of ours takes."""
    routes = [route for route in table.rest if route.service == signed]
    for name in SIGNED.get(signed, (signed,)):
        model = service_model(name)
        for operation in model.operation_names:
            request = model.operation_model(operation).http
            route = _route(routes, request["method"], request["requestUri"].partition("?")[0])
            if route is not None:
                yield Api(name, operation, _told(operation, route.handler))


def _route(routes: list[Route], method: str, uri: str) -> Route | None:
    """The first that takes the request, as when it comes."""
    path = PLACE.sub(lambda place: SAMPLE if "Arn" in place[0] else "x", uri)
    return next((route for route in routes if route.method == method and route.path.fullmatch(path)), None)


def _told(operation: str, handler: Callable[..., Any]) -> str:
    if operation in EXACT:
        return ""
    owner = getattr(handler, "__self__", handler)
    module = type(owner).__module__.rpartition(".")[2]
    note = TOLD.get(module, UNDESCRIBED)
    return note if note in NOTES else UNDESCRIBED


def _nobody(service: str) -> Any:
    raise AssertionError(f"listing asks {service} for nothing")
