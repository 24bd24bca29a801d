import json

from stacks.environment import REQUIRED_TAGS


def test_the_owner_is_told_of_spending(estate):
    budget = estate(governance={"monthly_budget_usd": 42}).named("budget-monthly")

    assert budget.inputs["limitAmount"] == "42"
    assert {tuple(n["subscriberEmailAddresses"]) for n in budget.inputs["notifications"]} == {("ml@example.com",)}


def test_the_required_tags_are_those_that_the_provider_sets(estate):
    made = estate()

    rule = json.loads(made.named("config-required-tags").inputs["inputParameters"])
    assert tuple(rule.values()) == REQUIRED_TAGS
    provider = made.named("aws").inputs["defaultTags"]
    tags = (json.loads(provider) if isinstance(provider, str) else provider)["tags"]
    assert tuple(sorted(tags)) == tuple(sorted(REQUIRED_TAGS))


def test_history_is_delivered_to_the_log_bucket(estate):
    assert estate().named("config-channel").inputs["s3BucketName"] == "mlops-test-logs-123456789012-eu-west-1"


def test_an_account_that_has_a_recorder_keeps_its_own(estate):
    made = estate(governance={"config_recorder": False})

    assert not {name for name in made.names if name.startswith("config-")}
    assert made.outputs["governance"].recorder == {}
