SCHEDULE = "aws:scheduler/schedule:Schedule"


def test_every_model_is_watched_and_the_threshold_is_its_own(estate):
    made = estate(models={"ride-fare": {"drift_threshold": 4}, "ride-risk": {}})

    assert made.named("ride-fare-monitor-drift").inputs["threshold"] == 4
    assert made.named("ride-risk-monitor-drift").inputs["threshold"] == 1
    assert list(made.outputs["monitoring"].drift_alarms) == ["ride-fare", "ride-risk"]


def test_captured_traffic_is_checked_where_there_is_any(estate, released):
    made = estate(models=released, monitoring={"monitor_schedule": "rate(2 hours)"})

    assert {goal.inputs["name"]: goal.inputs["scheduleExpression"] for goal in made.of_type(SCHEDULE)} == {
        "mlops-test-ride-fare-monitor": "rate(2 hours)"
    }


def test_the_topics_are_published_by_severity(estate):
    assert list(estate().outputs["monitoring"].topics) == ["page", "ticket"]
