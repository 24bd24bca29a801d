"""Compares what is served with what the settings ask for."""

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from components.endpoint.modes import AnyMode, Batch, MultiModel, RealTime
from contracts.variants import CHALLENGER, CHAMPION, SHADOW
from estate.release import archives
from estate.release.account import Estate
from estate.release.live import ABSENT, Live, endpoint, transform
from estate.release.packages import describe
from stacks.models import endpoint_name, transform_name
from stacks.settings import ModelSettings, Release

PINS = "release", "challenger", "shadow"


@dataclass(frozen=True)
class Verdict:
    """One endpoint of a model: what is asked for, what is live, and the difference in words (none where they agree).

    `requested` and `live` are package ARNs; where several variants answer, each stands behind its name.
    """

    model: str
    endpoint: str
    requested: str | None
    live: str | None
    status: str
    difference: str | None


def verify(estate: Estate, *, live: bool = True) -> list[Verdict]:
    """A verdict for every endpoint of every model of the environment, the model's own one first.

    With `live` false only the pinned releases are checked, as before `up`: a blocked one must not roll out again.
    """
    return [
        verdict for model in sorted(estate.settings.models) for verdict in _verdicts(estate, model, compare_live=live)
    ]


def _verdicts(estate: Estate, model: str, *, compare_live: bool) -> Iterator[Verdict]:
    settings = estate.settings.models[model]
    served: dict[str, AnyMode] = {"": settings.endpoint, **settings.more_endpoints}
    for name, serving in served.items():
        yield _verdict(estate, model, name, serving, settings, compare_live=compare_live)


def _verdict(
    estate: Estate, model: str, name: str, serving: AnyMode, settings: ModelSettings, *, compare_live: bool
) -> Verdict:
    batch = isinstance(serving, Batch)
    where = (transform_name if batch else endpoint_name)(estate.environment, model, name)
    wanted = _wanted(serving, settings, own=not name)
    found = (transform if batch else endpoint)(estate, where) if compare_live else Live("not asked", {}, None)
    difference = _blocked(estate, settings, wanted)
    if difference is None and compare_live:
        if isinstance(serving, MultiModel) and settings.release is not None:
            difference = _difference({}, {}, found.status, found.failure, pinned=True)
            difference = difference or archives.difference(estate, model, settings.release)
        else:
            difference = _difference(wanted, found.packages, found.status, found.failure)
    return Verdict(model, where, _said(wanted), _said(found.packages), found.status, difference)


def _wanted(serving: AnyMode, settings: ModelSettings, *, own: bool) -> dict[str, str]:
    """Package ARNs by the variant that should serve them; none without a release."""
    release = settings.release
    if release is None:
        return {}
    wanted = {CHAMPION: release.package_arn}
    if own and isinstance(serving, RealTime) and serving.challenger_slot is not None:
        rival: Release = settings.challenger.release if settings.challenger is not None else release
        wanted[CHALLENGER] = rival.package_arn
    if own and settings.shadow is not None:
        wanted[SHADOW] = settings.shadow.release.package_arn
    return wanted


def _difference(
    wanted: dict[str, str], served: dict[str, str], status: str, failure: str | None, *, pinned: bool = False
) -> str | None:
    if not wanted and not pinned:
        return None if status == ABSENT else f"an endpoint is {status}, but no release is pinned"
    if status != "InService":
        return f"the endpoint is {status}" + (f": {failure}" if failure else "")
    if served == wanted:
        return None
    wrong = [_wrong(variant, wanted, served) for variant in sorted({*wanted, *served})]
    return "; ".join(each for each in wrong if each) + (f": {failure}" if failure else "")


def _wrong(variant: str, wanted: dict[str, str], served: dict[str, str]) -> str | None:
    """What is wrong with one variant; the one that everything has is not named."""
    asked, found = wanted.get(variant), served.get(variant)
    prefix = "" if variant == CHAMPION else f"variant {variant} "
    if asked == found:
        return None
    if found is None:
        return f"{prefix or f'variant {variant} '}is missing, which should serve {asked}"
    if asked is None:
        return f"variant {variant} serves {found}, and nothing asks for it"
    return f"{prefix}serves {found}, not the pinned {asked}"


def _blocked(estate: Estate, settings: ModelSettings, wanted: dict[str, str]) -> str | None:
    """A package whose approval was taken back is blocked: SageMaker knows no other word for it."""
    asked = set(wanted.values())
    pins = {name: _pinned(settings, name) for name in PINS}
    for name, release in pins.items():
        if release is None or release.package_arn not in asked:
            continue
        told = _unservable(estate, release.package_arn, "" if name == "release" else f" {name}'s")
        if told is not None:
            return told
    return None


def _pinned(settings: ModelSettings, name: str) -> Release | None:
    if name == "release":
        return settings.release
    rival = settings.challenger if name == "challenger" else settings.shadow
    return None if rival is None else rival.release


def _unservable(estate: Estate, arn: str, whose: str) -> str | None:
    try:
        package = describe(estate, arn)
    except ClientError as error:
        return f"the pinned{whose} package cannot be read: {error.response['Error']['Message']}"
    if package.approved:
        return None
    reason = f": {package.description}" if package.description else ""
    return f"the pinned{whose} version {package.version} is blocked, its status is {package.status}{reason}"


def _said(packages: dict[str, str]) -> str | None:
    if not packages or set(packages) == {CHAMPION}:
        return packages.get(CHAMPION)
    return ", ".join(f"{variant}={arn}" for variant, arn in packages.items())
