"""Tables of records and documents of runbooks: made, changed in place, removed."""

import json

from tests.cloud.resources.goals import goal

KEYS = [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]


def table(*, recovery: bool = True):
    return goal(
        "aws:dynamodb/table:Table",
        name="t",
        billingMode="PAY_PER_REQUEST",
        hashKey="pk",
        rangeKey="sk",
        attributes=KEYS,
        pointInTimeRecovery={"enabled": recovery},
    )


def test_a_table_has_its_keys_and_its_recovery_is_switched_off_in_place(cloud, provider):
    state = provider.create(table())
    client = cloud.client("dynamodb")
    described = client.describe_table(TableName="t")["Table"]
    assert [(each["AttributeName"], each["KeyType"]) for each in described["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]

    def recovery():
        found = client.describe_continuous_backups(TableName="t")["ContinuousBackupsDescription"]
        return found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]

    assert recovery() == "ENABLED"
    after = provider.update(state, table(recovery=False))
    assert recovery() == "DISABLED"
    provider.delete(after)
    assert "t" not in client.list_tables()["TableNames"]


def document(description: str):
    steps = [{"name": "Wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}, "isEnd": True}]
    content = json.dumps({"schemaVersion": "0.3", "description": description, "mainSteps": steps})
    return goal(
        "aws:ssm/document:Document", name="runbook", documentType="Automation", documentFormat="JSON", content=content
    )


def test_what_was_written_last_is_the_runbook_that_runs(cloud, provider):
    state = provider.create(document("one"))
    after = provider.update(state, document("two"))
    client = cloud.client("ssm")
    assert client.describe_document(Name="runbook")["Document"]["DefaultVersion"] == "2"
    assert json.loads(client.get_document(Name="runbook")["Content"])["description"] == "two"
    provider.delete(after)
    assert client.list_documents(Filters=[{"Key": "Name", "Values": ["runbook"]}])["DocumentIdentifiers"] == []
