"""Who works with an environment, as its settings name them."""

from components.security.persons import Person, Trust
from stacks.settings import EstateSettings


def persons(settings: EstateSettings) -> dict[Person, Trust]:
    """Those whom somebody is, in the order of their kinds."""
    named = settings.foundation.persons
    known = {
        Person.DATA_SCIENTIST: named.data_scientist,
        Person.ML_ENGINEER: named.ml_engineer,
        Person.AUDITOR: named.auditor,
    }
    return {
        person: Trust(
            saml_provider_arn=who.saml_provider_arn,
            permission_sets=who.permission_sets,
            principal_arns=who.principal_arns,
        )
        for person, who in known.items()
        if who is not None
    }
