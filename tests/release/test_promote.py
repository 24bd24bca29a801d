from collections.abc import Callable

import pytest

from estate.release.account import Estate, ReleaseError
from estate.release.packages import approve
from estate.release.promote import promote
from stacks.settings import parse, read_stack_file

Register = Callable[..., str]


def pinned(estate: Estate) -> tuple[int, str] | None:
    release = parse({"environment": "dev", **read_stack_file(estate.stack_file)}).models["delivery-eta"].release
    return (release.version, release.package_arn) if release is not None else None


def test_the_newest_approved_version_is_pinned(estate: Estate, register: Register):
    register()
    arn = register()
    register(status="PendingManualApproval")

    release = promote(estate, "delivery-eta")

    assert (release.version, release.package_arn) == (2, arn)
    assert pinned(estate) == (2, arn)


def test_a_named_version_is_pinned_and_pinned_over(estate: Estate, register: Register):
    first, second = register(), register()

    promote(estate, "delivery-eta", 1)
    assert pinned(estate) == (1, first)
    promote(estate, "delivery-eta", 2)
    assert pinned(estate) == (2, second)


def test_comments_and_order_of_the_file_stay(estate: Estate, register: Register):
    text = "# why this file is as it is\n" + estate.stack_file.read_text()
    estate.stack_file.write_text(text)
    arn = register()

    promote(estate, "delivery-eta")

    after = estate.stack_file.read_text().splitlines()
    added = [line for line in after if line not in text.splitlines()]
    assert after[0] == "# why this file is as it is"
    assert [line for line in text.splitlines() if line not in after] == ["    delivery-eta: {}"]
    assert [line.strip() for line in added] == ["delivery-eta:", "release:", "version: 1", f"package_arn: {arn}"]


@pytest.mark.parametrize(
    ("versions", "model", "version", "message"),
    [
        ([], "delivery-eta", None, "delivery-eta has no registered version"),
        ([{}], "eta", None, "dev has no model 'eta'; models: delivery-eta, tumor-screening"),
        ([{}], "delivery-eta", 7, "delivery-eta has no version 7; versions: 1"),
        ([{"status": "PendingManualApproval"}], "delivery-eta", None, "no approved version; versions: 1 Pending"),
        ([{"status": "Rejected"}], "delivery-eta", 1, "version 1 is Rejected; only Approved is released"),
        ([{"mae": 9.5}], "delivery-eta", 1, "version 1 has mae 9.5; the gate asks for at most 5"),
        ([{"mae": None}], "delivery-eta", 1, "was registered without the metric 'mae'; its metadata has: rows"),
    ],
)
def test_what_cannot_be_released_is_refused_and_the_file_stays(
    estate: Estate, register: Register, versions, model, version, message
):
    before = estate.stack_file.read_text()
    for each in versions:
        register(**each)

    with pytest.raises(ReleaseError, match=message):
        promote(estate, model, version)

    assert estate.stack_file.read_text() == before
    assert [path.name for path in estate.stack_file.parent.iterdir()] == ["Pulumi.dev.yaml"]


def test_an_approval_keeps_who_and_why(estate: Estate, register: Register):
    package = approve(estate, register(status="PendingManualApproval"), who="ada", why="held-out error fell by a fifth")

    assert (package.status, package.description) == ("Approved", "ada: held-out error fell by a fifth")
