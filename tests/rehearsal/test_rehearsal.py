"""The whole life of `dev`, once; every test reads its evidence."""

import re
from pathlib import Path

import pytest

from tests.rehearsal.harness import ROOT, Rehearsed, rehearse

STAGES = [
    "plan",
    "policies",
    "provision",
    "data",
    "features",
    "train",
    "register",
    "approve",
    "deploy",
    "predict",
    "monitor",
    "drift",
    "retrain",
    "canary",
    "rollback",
    "incident",
    "destroy",
]
MODELS = {"tumor-screening", "delivery-eta"}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return rehearse(ROOT, tmp_path_factory.mktemp("rehearsal"), "-s", "dev")


def test_every_stage_passes_in_order(rehearsed: Rehearsed):
    assert [stage["name"] for stage in rehearsed.report["stages"]] == STAGES, rehearsed.screen
    statuses = {stage["name"]: stage["status"] for stage in rehearsed.report["stages"]}
    assert statuses == dict.fromkeys(STAGES, "passed"), rehearsed.screen
    assert rehearsed.code == 0


def test_the_plan_checks_inputs_against_published_constraints_and_finds_no_fault(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("plan")
    assert evidence["violations"] == []
    assert evidence["resources"] > 100
    assert evidence["inputs_checked"] > 500


def test_provisioning_leaves_no_missing_output_in_a_text(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("provision")
    assert evidence["none_in_text"] == []
    assert evidence["created"] > 100


def test_bad_rows_are_quarantined_with_reasons_and_become_no_features(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("data")["delivery-eta"]
    assert (evidence["rows"], evidence["accepted"], evidence["quarantined"]) == (20000, 19960, 40)
    assert sum(evidence["reasons"].values()) >= 40
    assert rehearsed.evidence("features")["delivery-eta"]["rows"] == 19960


def test_the_real_rows_all_keep_to_their_contract(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("data")["tumor-screening"]
    assert (evidence["rows"], evidence["accepted"], evidence["reasons"]) == (569, 569, {})


def test_features_are_the_same_online_and_offline_and_catalogued(rehearsed: Rehearsed):
    for model in MODELS:
        evidence = rehearsed.evidence("features")[model]
        assert evidence["features_compared"] > 3
        assert evidence["tables"]


def test_both_models_are_registered_refused_unapproved_then_served(rehearsed: Rehearsed):
    for model in MODELS:
        assert rehearsed.evidence("register")[model]["status"] == "PendingManualApproval"
        approval = rehearsed.evidence("approve")[model]
        assert "only Approved is released" in approval["refused_before"]
        assert approval["description"].startswith("rehearsal: ")
    assert rehearsed.evidence("deploy")["pinned"] == dict.fromkeys(MODELS, 1)
    assert rehearsed.evidence("deploy")["unchanged_run"] == 0


@pytest.mark.parametrize("model", sorted(MODELS))
def test_live_metrics_agree_with_the_registered_ones(rehearsed: Rehearsed, model: str):
    evidence = rehearsed.evidence("predict")[model]
    assert evidence["live"] == pytest.approx(evidence["registered"], rel=1e-4)
    assert evidence["rows"] >= 100
    assert evidence["capture_files"] >= 1


def test_clean_traffic_is_quiet_and_shifted_traffic_alarms(rehearsed: Rehearsed):
    for model in MODELS:
        clean = rehearsed.evidence("monitor")[model]
        assert (clean["drifted"], clean["violations"]) == ([], [])
        assert clean["rows"] > 0
    drifted = rehearsed.evidence("drift")["delivery-eta"]
    assert drifted["drifted"]
    assert drifted["state"] == "ALARM"


def test_the_alarm_retrains_and_the_second_version_is_better_on_drifted_rows(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("retrain")["delivery-eta"]
    assert evidence["version"] == 2
    assert evidence["trigger"].startswith("alarm:")
    assert evidence["second_on_drifted"] < evidence["first_on_drifted"]
    first, second = evidence["digests"]
    assert first != second


def test_the_canary_takes_its_share_of_the_traffic_and_no_request_fails(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("canary")["delivery-eta"]
    shifting = evidence["answered_while_shifting"]
    total = shifting["old"] + shifting["new"]
    assert total >= 50
    assert shifting["old"] > shifting["new"] > 0
    assert abs(evidence["share"] - evidence["configured_share"]) < 5 * (0.25 * 0.75 / total) ** 0.5 + 2 / total
    assert (evidence["failed"], evidence["finally"]) == (0, "new")
    assert any("Baking, 1 instances" in line for line in evidence["statuses"])
    assert (evidence["verify"]["live"][-2:], evidence["verify"]["difference"]) == ("/2", None)


def test_a_bad_version_is_stopped_by_its_alarm_and_only_its_share_of_requests_fails(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("rollback")["delivery-eta"]
    assert (evidence["version"], evidence["errors"]) == (3, ["ModelError 500"])
    assert evidence["alarms"] == ["mlops-dev-errors-delivery-eta"]
    assert 0 < evidence["failed"] < evidence["requests_while_exposed"] < evidence["requests"]
    assert evidence["requests_after_rollback"] > 0
    assert evidence["failed_after_rollback"] == 0
    assert evidence["seconds_to_detect"] > 0
    assert evidence["seconds_to_roll_back"] > 0


def test_a_rolled_back_release_is_reported_blocked_and_replaced_by_the_good_one(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("rollback")["delivery-eta"]
    assert "rolled back" in evidence["reported"]
    assert evidence["verify_after_rollback"].startswith("serves ")
    assert "not the pinned" in evidence["verify_after_rollback"]
    assert "is blocked, its status is Rejected: rehearsal: rolled back" in evidence["verify_blocked"]
    assert "version 3 is Rejected" in evidence["promote_refused"]
    assert evidence["back_to"]["version"] == 2
    assert all(step.startswith(("update ", "delete ")) for step in evidence["back_to"]["steps"])
    assert (evidence["verify"]["live"][-2:], evidence["verify"]["difference"]) == ("/2", None)


def test_what_went_wrong_became_incidents_that_name_their_cause_and_are_closed(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("incident")
    found = [each for key, each in evidence.items() if key != "delivered"]
    assert {each["status"] for each in found} == {"closed"}
    assert all(each["summary"] and each["post_mortem_lines"] > 5 for each in found)
    (drifted,) = [each for each in found if "mlops-dev-drift-delivery-eta" in each["alerts"]]
    assert any(action.startswith("retrain of delivery-eta: done") for action in drifted["actions"])
    assert drifted["suspects"][0].startswith(("data:delivery-eta", "traffic:delivery-eta"))
    (broken,) = [each for each in found if "mlops-dev-errors-delivery-eta" in each["alerts"]]
    assert broken["suspects"][0].startswith("release:delivery-eta")
    assert any("closed: " in subject for subject in evidence["delivered"])


def test_nothing_is_left_but_what_is_retained_by_design(rehearsed: Rehearsed):
    evidence = rehearsed.evidence("destroy")
    assert evidence["left"] == []
    assert evidence["deleted"] > 100
    assert evidence["retained"], "the audit trail's bucket outlives the estate by design"


def test_the_page_is_whole_and_needs_no_network(rehearsed: Rehearsed):
    assert "Rehearsal of" in rehearsed.page
    for title in ("Traffic by version", "Alarms", "Incidents", "Error budgets"):
        assert f"<h2>{title}</h2>" in rehearsed.page
    for title in ("Stages", "The estate, by layer", "Policies", "Pipeline runs", "Metrics", "Drift"):
        assert f"<h2>{title}</h2>" in rehearsed.page
    # Whatever a page loads by itself; a link, or a URL inside the plotting library's text, loads nothing.
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?:https?:)?//", rehearsed.page) == []


def test_the_settings_of_the_project_are_not_written_to(rehearsed: Rehearsed):
    assert rehearsed.code == 0
    assert "release" not in Path(ROOT, "Pulumi.dev.yaml").read_text()
