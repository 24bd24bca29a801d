"""The AWS that a command talks to, held against the one that the settings allow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.environment import Environment
from stacks.settings import EstateSettings, parse, read_stack_file

Client = Callable[[str], Any]  # a boto3 client by service name; botocore generates its methods at run time


class ReleaseError(Exception):
    """A release cannot be made, or a pipeline not be run, as asked. Says which, why, and what would be right."""


@dataclass(frozen=True)
class Estate:
    """One environment's settings, where they are written, and clients for its account."""

    root: Path
    stack_file: Path
    settings: EstateSettings
    client: Client

    @property
    def environment(self) -> Environment:
        return Environment.of(self.settings)


def connect(root: Path, name: str, stack_file: Path | None = None, client: Client | None = None) -> Estate:
    """The environment `name`, reached with the credentials at hand.

    Raises SettingsError for wrong settings, and ReleaseError where the credentials are missing or of another account.
    """
    file = stack_file if stack_file is not None else root / f"Pulumi.{name}.yaml"
    values = read_stack_file(file)
    settings = parse({"environment": name, **values})
    client = client if client is not None else _clients(settings.aws.region)
    account = _account(client)
    if account != settings.aws.account_id:
        raise ReleaseError(
            f"mlops-estate:aws.account_id: the credentials are of account {account}; "
            f"{name} allows {settings.aws.account_id} only"
        )
    return Estate(root=root, stack_file=file, settings=settings, client=client)


def _clients(region: str) -> Client:
    import boto3

    session = boto3.Session(region_name=region)
    return lambda service: session.client(service)


def _account(client: Client) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise ReleaseError(f"AWS cannot be reached: {error}; set credentials, or AWS_ENDPOINT_URL") from None
