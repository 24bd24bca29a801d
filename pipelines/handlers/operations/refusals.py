"""Why an action is not taken."""


class Refused(Exception):
    """Taking the action would be wrong now. Says why."""
