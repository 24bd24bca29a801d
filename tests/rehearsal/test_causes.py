"""Where an incident's suspects have the true cause."""

from datetime import UTC, datetime

import pytest

from contracts.incidents import Alert, Incident, IncidentStatus, Suspect
from estate.rehearsal.fault import Fault
from estate.rehearsal.fault_files import built_in
from estate.rehearsal.incidents import place

NOW = datetime(2026, 1, 2, tzinfo=UTC)
URN = "urn:pulumi:dev::p::estate:x:Y$aws:sagemaker/endpoint:Endpoint::eta-endpoint"


def incident(*suspects: str) -> Incident:
    alert = Alert(id="a", at=NOW, name="n", signal="errors", subject="eta", severity="page", reason="r")
    return Incident(
        id="i",
        environment="dev",
        title="t",
        severity="page",
        status=IncidentStatus.OPEN,
        opened_at=NOW,
        subjects=("eta",),
        alerts=(alert,),
        suspects=tuple(Suspect(subject=each, score=0.1, reasons=("why",)) for each in suspects),
    )


@pytest.mark.parametrize(
    ("suspects", "causes", "found"),
    [
        (("release:eta", URN), ["release:eta"], 1),
        (("release:eta", URN), ["eta-endpoint"], 2),
        (("release:eta", URN), ["nobody", "eta-endpoint"], 2),
        (("release:eta", URN), ["endpoint"], None),
        (("release:eta",), ["release:et"], None),
        ((), ["release:eta"], None),
    ],
)
def test_a_cause_is_a_suspect_by_its_subject_or_the_last_part_of_it(suspects, causes, found):
    assert place(incident(*suspects), causes) == found


def test_every_built_in_fault_says_its_cause_or_why_there_is_no_incident():
    for kind in built_in().values():
        assert bool(kind.no_incident) != (kind.causes is not Fault.causes), kind.name
