import pytest

from components.callers.token_issuer import TokenIssuer, TokenIssuerArgs


@pytest.fixture
def made(record, place):
    def make(**changes):
        clients = {"couriers": {}, "console": {"kind": "people", "callbacks": ("https://console.example.com/in",)}}
        args = {"placement": place, "clients": clients, **changes}
        return record(lambda: TokenIssuer("callers", TokenIssuerArgs.model_validate(args)))

    return make


def test_nobody_signs_up_and_everybody_has_a_second_factor(made):
    pool = made().named("callers-pool")

    assert (pool["mfaConfiguration"], pool["softwareTokenMfaConfiguration"]) == ("ON", {"enabled": True})
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert (pool["userPoolTier"], pool["userPoolAddOns"]) == ("PLUS", {"advancedSecurityMode": "ENFORCED"})


def test_without_threat_protection_the_pool_is_of_the_cheaper_tier(made):
    pool = made(threat_protection="off").named("callers-pool")

    assert (pool["userPoolTier"], pool["userPoolAddOns"]) == ("ESSENTIALS", {"advancedSecurityMode": "OFF"})
    assert "passwordHistorySize" not in pool["passwordPolicy"]  # which needs the tier Plus


def test_a_service_has_a_secret_and_a_page_for_people_has_none(made):
    result = made()
    service, page = result.named("callers-couriers"), result.named("callers-console")

    assert (service["generateSecret"], service["allowedOauthFlows"]) == (True, ["client_credentials"])
    assert service["allowedOauthScopes"] == ["models/predict"]
    assert (page["generateSecret"], page["allowedOauthFlows"]) == (False, ["code"])
    assert page["callbackUrls"] == ["https://console.example.com/in"]


def test_those_who_sign_in_are_kept_where_data_is_kept(made, protected_place):
    goal = made(placement=protected_place).goal("callers-pool")

    assert (goal.protect, goal.retain_on_delete) == (True, True)
    assert goal.inputs["deletionProtection"] == "ACTIVE"


def test_the_name_under_which_tokens_are_had_is_the_accounts(made):
    assert made().named("callers-domain")["domain"] == "mlops-test-123456789012"
