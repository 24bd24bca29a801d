"""Scales down what stands and is not used: endpoints, Studio's apps, GPU node groups. Started by a schedule.

Environment: SETTINGS, a JSON object: `environment`, `prefix`, `table`, `act`, `hours`, `kinds`, `keep`, `most`,
`endpoints` (whether they may be deleted at all), and `cluster` and `domain` (of Studio) where there are such.

It leaves what is Pulumi's alone: an app is Studio's own, its files stay; a node group's wanted size belongs to
autoscaling. An endpoint is Pulumi's, and is deleted only in a sandbox that asks for it: its configuration, model and
release stay, `estate verify` says that it is missing, and `pulumi up --refresh` makes it again. Nothing is touched that
is named in `keep` or carries the tag `idle: keep`. Without `act` it only writes what it would do. Every run is a
record in the table of incidents.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

KEEP_TAG, KEEP = "idle", "keep"
# A job that feeds a GPU keeps about one core busy, however many the node has; a kubelet and system pods need less.
QUIET_CORES = 0.5
PERSISTENT_APPS = ("JupyterServer", "TensorBoard", "RStudioServerPro", "Canvas")  # of a domain, or billed otherwise


@dataclass(frozen=True)
class Setup:
    environment: str
    prefix: str
    table: str
    hours: int
    most: int
    kinds: tuple[str, ...]
    act: bool = False
    endpoints: bool = False
    keep: tuple[str, ...] = ()
    cluster: str = ""
    domain: str = ""

    @classmethod
    def read(cls) -> "Setup":
        found: dict[str, Any] = json.loads(os.environ["SETTINGS"])
        found |= {key: tuple(found.get(key, ())) for key in ("kinds", "keep")}
        return cls(**found)


@dataclass(frozen=True)
class Idle:
    """Something idle, why it is taken for idle, and how it is scaled down. `stays` says why it is left alone."""

    kind: str
    name: str
    reason: str
    stays: str = ""
    stop: Callable[[], object] | None = None


def handle(_event: object, _context: object) -> dict[str, Any]:
    """The run's record: what was idle, and what became of each. Raises RuntimeError, once all else is done and written
    down, where a kind could not be looked at: the alarm on errors tells.
    """
    setup, now = Setup.read(), datetime.now(UTC)
    looks = {"endpoints": endpoints, "apps": apps, "node-groups": node_groups}
    found, failed = [], {}
    for kind in setup.kinds:
        try:
            found += list(looks[kind](setup, now))
        except ClientError as error:
            failed[kind] = str(error)  # the others are looked at all the same
    done = list(_acted(setup, found))
    record = {"at": now.isoformat(timespec="seconds"), "act": setup.act, "found": done, "not_looked_at": failed}
    _write(setup, record)
    print(json.dumps(record))  # noqa: T201  the function's log
    if failed:
        raise RuntimeError(f"not looked at: {failed}")
    return record


def _acted(setup: Setup, found: list[Idle]) -> Iterator[dict[str, str]]:
    """What became of each. A run scales down `most` things; the next one goes on."""
    stopped = 0
    for idle in found:
        shown = {key: value for key, value in asdict(idle).items() if key != "stop" and value}
        if idle.stays:
            yield {**shown, "outcome": "left"}
        elif not setup.act or idle.stop is None:
            yield {**shown, "outcome": "dry run"}
        elif stopped >= setup.most:
            yield {**shown, "outcome": f"left: {setup.most} in this run already"}
        else:
            try:
                idle.stop()
                stopped += 1
                yield {**shown, "outcome": "scaled down"}
            except ClientError as error:
                yield {**shown, "outcome": f"failed: {error}"}


def endpoints(setup: Setup, now: datetime) -> Iterator[Idle]:
    """Endpoints of the environment with instances that stand, and without a request for as long as settings say."""
    sagemaker = client("sagemaker")
    start = now - timedelta(hours=setup.hours)
    pages = sagemaker.get_paginator("list_endpoints").paginate(
        NameContains=f"{setup.prefix}-", StatusEquals="InService"
    )
    for listed in (each for page in pages for each in page["Endpoints"]):
        name = listed["EndpointName"]
        # One that has just been made, or changed, has had no time to be asked.
        if not name.startswith(f"{setup.prefix}-") or listed["LastModifiedTime"] > start:
            continue
        described = sagemaker.describe_endpoint(EndpointName=name)
        standing = [each for each in described.get("ProductionVariants", []) if each.get("CurrentInstanceCount", 0) > 0]
        if not standing or _sum("AWS/SageMaker", "Invocations", _variants(name, standing), start, now) > 0:
            continue
        arn = described["EndpointArn"]
        stays = _kept(setup, name, lambda arn=arn: _tags(sagemaker.list_tags(ResourceArn=arn)["Tags"]))
        if not stays and not setup.endpoints:
            stays = "operations.idle.delete_endpoints is not set, which only a sandbox can"
        yield Idle(
            "endpoint",
            name,
            f"no request in {setup.hours} hours",
            stays,
            lambda name=name: sagemaker.delete_endpoint(EndpointName=name),
        )


def apps(setup: Setup, now: datetime) -> Iterator[Idle]:
    """Apps in the environment's Studio domain that nobody has used."""
    if not setup.domain:
        return
    sagemaker = client("sagemaker")
    start = now - timedelta(hours=setup.hours)
    pages = sagemaker.get_paginator("list_apps").paginate(DomainIdEquals=setup.domain)
    for app in pages.search("Apps[?Status == 'InService']"):
        if app["AppType"] in PERSISTENT_APPS:
            continue
        which = {key: app[key] for key in ("DomainId", "AppType", "AppName")}
        which |= {key: app[key] for key in ("UserProfileName", "SpaceName") if app.get(key)}
        described = sagemaker.describe_app(**which)
        used = described.get("LastUserActivityTimestamp") or described["CreationTime"]
        if used > start:
            continue
        who = app.get("UserProfileName") or app.get("SpaceName") or ""
        yield Idle(
            "app",
            f"{who}/{app['AppType']}/{app['AppName']}",
            f"not used since {used.isoformat(timespec='minutes')}",
            _kept(setup, who, dict),
            lambda which=which: sagemaker.delete_app(**which),
        )


def node_groups(setup: Setup, now: datetime) -> Iterator[Idle]:
    """GPU node groups that may have no node, have some, and whose processors did nothing."""
    if not setup.cluster:
        return
    eks = client("eks")
    start = now - timedelta(hours=setup.hours)
    for name in eks.get_paginator("list_nodegroups").paginate(clusterName=setup.cluster).search("nodegroups[]"):
        group = eks.describe_nodegroup(clusterName=setup.cluster, nodegroupName=name)["nodegroup"]
        scaling = group["scalingConfig"]
        if scaling["minSize"] > 0 or scaling["desiredSize"] == 0 or group["createdAt"] > start:
            continue  # those that must stand, those that do not, and those that have just been made
        scalers = [each["name"] for each in group.get("resources", {}).get("autoScalingGroups", [])]
        where = [{"AutoScalingGroupName": scaler} for scaler in scalers]
        busiest = _most("AWS/EC2", "CPUUtilization", where, start, now)
        cores = _cores(group.get("instanceTypes", []))
        if busiest is None or cores is None or busiest / 100 * cores >= QUIET_CORES:
            continue  # without a measurement nothing is known to be idle
        yield Idle(
            "node-group",
            name,
            f"{scaling['desiredSize']} nodes, none with more than {busiest / 100 * cores:.2f} cores busy in "
            f"{setup.hours} hours",
            _kept(setup, name, lambda group=group: group.get("tags", {})),
            lambda name=name, most=scaling["maxSize"]: eks.update_nodegroup_config(
                clusterName=setup.cluster,
                nodegroupName=name,
                scalingConfig={"minSize": 0, "maxSize": most, "desiredSize": 0},
            ),
        )


def _cores(types: list[str]) -> int | None:
    """Virtual processors of the largest of these; None where a launch template alone knows the types."""
    if not types:
        return None
    found = client("ec2").describe_instance_types(InstanceTypes=types)["InstanceTypes"]
    return max(each["VCpuInfo"]["DefaultVCpus"] for each in found)


def _kept(setup: Setup, name: str, tags: Callable[[], Mapping[str, str]]) -> str:
    if name in setup.keep or name.removeprefix(f"{setup.prefix}-") in setup.keep:
        return "named in operations.idle.keep"
    return f"tagged {KEEP_TAG}: {KEEP}" if tags().get(KEEP_TAG) == KEEP else ""


def _tags(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in pairs}


def _variants(endpoint: str, variants: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"EndpointName": endpoint, "VariantName": each["VariantName"]} for each in variants]


def _sum(namespace: str, metric: str, where: list[dict[str, str]], start: datetime, end: datetime) -> float:
    return sum(sum(each) for each in _values(namespace, metric, "Sum", where, start, end))


def _most(namespace: str, metric: str, where: list[dict[str, str]], start: datetime, end: datetime) -> float | None:
    return max(
        (value for each in _values(namespace, metric, "Maximum", where, start, end) for value in each), default=None
    )


def _values(
    namespace: str, metric: str, statistic: str, where: list[dict[str, str]], start: datetime, end: datetime
) -> Iterator[list[float]]:
    """Values by the hour; a window of 14 days, the longest, has 336 of them."""
    for dimensions in where:
        answer = client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=start,
            EndTime=end,
            Period=3600,
            Statistics=[statistic],
        )
        yield [point[statistic] for point in answer["Datapoints"]]


def _write(setup: Setup, record: dict[str, Any]) -> None:
    """One record a run, under a key that no other run has."""
    client("dynamodb").put_item(
        TableName=setup.table,
        Item={
            "pk": {"S": "idle"},
            "sk": {"S": record["at"]},
            "version": {"N": "1"},
            "body": {"S": json.dumps(record, sort_keys=True, separators=(",", ":"))},
        },
    )


@cache
def client(service: str) -> Any:
    """The boto3 client of a service; Lambda's next invocation finds it again."""
    return boto3.client(service)
