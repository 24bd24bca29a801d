import pytest

from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE


def rest(**changes):
    return {"serving": {"rest": {"plans": {"trial": {}}, "consumers": {"couriers": "trial"}, **changes}}}


def test_keys_stay_until_somebody_replaces_them(estate, released):
    made = estate(models=released, **rest())

    assert "rest-key-couriers" in made.names
    assert not {name for name in made.names if name.startswith("rest-keys")}


def test_keys_that_are_rotated_are_in_secrets_and_not_in_the_state(estate, released):
    made = estate(models=released, **rest(key_days=30))

    assert "rest-key-couriers" not in made.names
    assert made.named("rest-keys-couriers-rotation").inputs["rotationRules"] == {"automaticallyAfterDays": 30}
    assert made.named("rest-keys-couriers-secret").inputs["name"] == "mlops-test-rest-key-couriers"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"serving": {"rest": {"key_days": 30}}}, "key_days is about the keys of consumers, and there are none"),
        (rest(key_days=0), "serving.rest.key_days"),
        (rest(key_days=2000), "serving.rest.key_days"),
    ],
)
def test_a_wrong_number_of_days_is_refused(values, message):
    with pytest.raises(SettingsError, match=message):
        parse({**BASE, **values})
