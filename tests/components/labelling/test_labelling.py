import pytest

from components.labelling.notices import LabellingNotices, LabellingNoticesArgs
from components.labelling.task import LabellingTask, LabellingTaskArgs
from components.labelling.template import PageError, page, shown_columns
from components.labelling.workforce import Members, Workforce, WorkforceArgs
from contracts.workload import Workload

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mlops-test-labelling"
TEAM = "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/mlops-test-labellers"
WORKFORCE = "aws:sagemaker/workforce:Workforce"


def people(place, **changes):
    return Workforce("people", WorkforceArgs.model_validate({"placement": place, "topic_arn": TOPIC, **changes}))


def task(place, workload):
    args = LabellingTaskArgs(
        placement=place,
        workload=workload,
        title="Second opinion",
        instructions="Say what the ride should have cost.",
        columns=("shared",),
        people=2,
        team_arn=TEAM,
        rows_bucket="raw",
        labels_bucket="curated",
        key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
        permission_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
    )
    return LabellingTask("task", args)


def test_a_person_sees_what_features_are_made_of_and_nothing_personal(workload):
    assert shown_columns(workload) == ["shared"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (("colour",), "colour is no column of ride-fare; columns are ride_id, asked_at"),
        (("rider_email",), "rider_email is personal data, and is shown to nobody"),
        (("fare",), "fare is what the people are asked; leave it out"),
        (("paid_at",), "paid_at is what the people are asked; leave it out"),
    ],
)
def test_columns_that_may_not_be_shown_are_refused(workload, wanted, message):
    with pytest.raises(PageError, match=message):
        shown_columns(workload, wanted)


def test_the_page_shows_values_escaped_and_asks_for_a_number_within_the_contracts_bounds(workload):
    html = page(workload, "A <b>title</b>", "Say it.", ["shared"])

    assert "<h2>A &lt;b&gt;title&lt;/b&gt;</h2>" in html
    assert "{{ task.input.row.shared | escape }}" in html
    assert '<crowd-input name="fare" type="number" min="0" required></crowd-input>' in html


@pytest.mark.parametrize(
    ("column", "answers"),
    [
        ({"type": "boolean"}, ["false", "true"]),
        ({"type": "integer", "minimum": 0, "maximum": 1}, ["0", "1"]),
        ({"type": "string", "allowed": ["low", "high"]}, ["low", "high"]),
    ],
)
def test_answers_that_the_contract_knows_are_a_choice(workload, column, answers):
    data = workload.model_dump(mode="json")
    data["data"]["columns"]["fare"] = {"description": "What it was.", **column}
    html = page(Workload.model_validate(data), "Title", "Say it.", ["shared"])

    assert html.count("<crowd-radio-button ") == len(answers)
    for answer in answers:
        assert f'value="{answer}"' in html


def test_people_are_invited_and_sign_in_with_a_second_factor(record, place):
    pool = record(lambda: people(place)).inputs("aws:cognito/userPool:UserPool")

    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert (pool["mfaConfiguration"], pool["softwareTokenMfaConfiguration"]) == ("ON", {"enabled": True})
    assert pool["passwordPolicy"]["minimumLength"] == 14
    assert (pool["userPoolTier"], pool["userPoolAddOns"]) == ("PLUS", {"advancedSecurityMode": "ENFORCED"})


def test_a_team_of_the_pools_group_hears_of_tasks(record, place):
    made = record(lambda: people(place, networks=["10.0.0.0/16"]))

    (member,) = made.named("people-team")["memberDefinitions"]
    assert member["cognitoMemberDefinition"]["userGroup"] == "mlops-test-labellers"
    assert made.named("people-team")["notificationConfiguration"] == {"notificationTopicArn": TOPIC}
    assert made.inputs(WORKFORCE)["sourceIpConfig"] == {"cidrs": ["10.0.0.0/16"]}


def test_an_account_that_has_a_workforce_keeps_it(record, place):
    there = {"existing_name": "people", "existing_members": Members(user_pool_id="eu-west-1_1", client_id="c")}
    made = record(lambda: people(place, **there))

    assert made.names(WORKFORCE) == made.names("aws:cognito/userPool:UserPool") == []
    assert made.named("people-team")["workforceName"] == "people"
    assert made.named("people-group")["userPoolId"] == "eu-west-1_1"


def test_a_workforce_without_its_members_is_refused(place):
    with pytest.raises(ValueError, match="belong together"):
        WorkforceArgs.model_validate({"placement": place, "topic_arn": TOPIC, "existing_name": "people"})


def test_answers_are_encrypted_and_lie_with_the_models_data(record, place, workload):
    made = record(lambda: task(place, workload))

    flow = made.named("task-flow")
    assert flow["outputConfig"] == {
        "s3OutputPath": "s3://curated/ride-fare/labels/loops",
        "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
    }
    assert flow["humanLoopConfig"]["taskCount"] == 2
    assert flow["humanLoopConfig"]["workteamArn"] == TEAM
    assert made.named("task-template")["key"] == "ride-fare/labels/template.liquid.html"


def test_its_role_reads_rows_and_writes_labels_of_its_model(record, place, workload):
    statements = record(lambda: task(place, workload)).statements("task-policy")

    assert statements["ReadRows"]["Resource"] == "arn:aws:s3:::raw/ride-fare/rows/*"
    assert statements["KeepLabels"]["Resource"] == "arn:aws:s3:::curated/ride-fare/labels/*"


def test_sagemaker_alone_tells_of_tasks(record, place):
    args = LabellingNoticesArgs(placement=place, key_arn="arn:aws:kms:eu-west-1:123456789012:key/1")
    statements = record(lambda: LabellingNotices("notices", args)).statements("notices-policy")

    told = statements["SageMakerTells"]
    assert (told["Principal"], told["Action"]) == ({"Service": "sagemaker.amazonaws.com"}, "sns:Publish")
    assert told["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert statements["TlsOnly"]["Effect"] == "Deny"
