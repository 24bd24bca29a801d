from components.budget.budget import Budget, BudgetArgs


def test_the_owner_hears_of_four_fifths_spent_and_of_a_forecast_above_the_limit(record, place):
    args = BudgetArgs(placement=place, monthly_usd=500, email="ml@example.com")
    budget = record(lambda: Budget("budget", args)).named("budget-monthly")

    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("500", "USD", "MONTHLY")
    assert [
        (n["notificationType"], n["threshold"], n["thresholdType"], n["subscriberEmailAddresses"])
        for n in budget["notifications"]
    ] == [
        ("ACTUAL", 80, "PERCENTAGE", ["ml@example.com"]),
        ("FORECASTED", 100, "PERCENTAGE", ["ml@example.com"]),
    ]
