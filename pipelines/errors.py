"""The error that a person can act on."""


class JobError(Exception):
    """Something that was given to a job, or to a model, is wrong. The message says what, where and what is allowed."""
