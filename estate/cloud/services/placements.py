"""Placement groups, which moto lacks: they are kept, and nothing is placed."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from moto.core.parse import EC2QueryParser, RequestDict
from moto.core.serialize import EC2Serializer
from werkzeug.datastructures import Headers, MultiDict

from estate.cloud.services.account import Account, token
from estate.cloud.services.kept.door import model
from estate.cloud.services.wire import AwsError, Params, PassOn, RestAnswer, RestCall, Table

STRATEGIES = ("cluster", "partition", "spread")
ERROR = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"


class Placements:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._groups: dict[str, Params] = {}
        self._answers: Mapping[str, Callable[[Params], Params]] = {
            "CreatePlacementGroup": self._create,
            "DescribePlacementGroups": self._describe,
            "DeletePlacementGroup": self._delete,
            "CreateTags": self._tag,
            "DeleteTags": self._untag,
        }

    def register(self, table: Table) -> None:
        table.route("ec2", "POST", "/", self._answer)

    def content(self) -> dict[str, frozenset[str]]:
        return {"placement-group": frozenset(self._groups)}

    def _answer(self, call: RestCall) -> RestAnswer:
        values = MultiDict(parse_qs(call.body.decode(), keep_blank_values=True))
        action = str(values.get("Action"))
        answer = self._answers.get(action)
        if answer is None:
            raise PassOn
        found = model("ec2").operation_model(action)
        request: RequestDict = {
            "values": values,
            "body": b"",
            "headers": Headers(),
            "method": "",
            "url_params": {},
            "url_path": "",
        }
        try:
            made = answer(EC2QueryParser(found).parse(request))
        except AwsError as error:
            headers = {"Content-Type": "text/xml"}
            return RestAnswer(ERROR.format(error.code, error.message).encode(), 400, headers)
        written = EC2Serializer(found).serialize(made)
        body = written["body"]
        return RestAnswer(body.encode() if isinstance(body, str) else body, 200, written["headers"])

    def _create(self, asked: Params) -> Params:
        name, strategy = asked["GroupName"], asked.get("Strategy", "cluster")
        if name in self._groups:
            raise AwsError("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")
        if strategy not in STRATEGIES:
            raise AwsError("InvalidParameterValue", f"Value ({strategy}) for parameter strategy is invalid.")
        id = f"pg-{token(17)}"
        for each in asked.get("TagSpecifications") or ():
            # Tags of everything in EC2 are moto's.
            tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags") or ()}
            self._account.backend("ec2").create_tags([id], tags)
        self._groups[name] = {
            "GroupName": name,
            "GroupId": id,
            "GroupArn": self._account.arn("ec2", f"placement-group/{name}"),
            "Strategy": strategy,
            "State": "available",
            "PartitionCount": asked.get("PartitionCount"),
            "SpreadLevel": asked.get("SpreadLevel"),
        }
        return {"PlacementGroup": self._shown(name)}

    def _describe(self, asked: Params) -> Params:
        if asked.get("Filters"):
            raise AwsError("NotImplemented", "not emulated: DescribePlacementGroups by filters")
        ids = {group["GroupId"]: name for name, group in self._groups.items()}
        names = [*(asked.get("GroupNames") or ()), *(ids.get(id, id) for id in asked.get("GroupIds") or ())]
        for name in names:
            self._known(name)
        return {"PlacementGroups": [self._shown(name) for name in names or sorted(self._groups)]}

    def _delete(self, asked: Params) -> Params:
        self._known(asked["GroupName"])
        group = self._groups.pop(asked["GroupName"])
        self._account.backend("ec2").tags.pop(group["GroupId"], None)
        return {}

    def _tag(self, asked: Params) -> Params:
        tags = {tag["Key"]: tag.get("Value", "") for tag in asked["Tags"]}
        self._account.backend("ec2").create_tags(self._ours(asked), tags)
        return {}

    def _untag(self, asked: Params) -> Params:
        keys = [tag["Key"] for tag in asked.get("Tags") or ()]
        self._account.backend("ec2").delete_tag_keys(self._ours(asked), keys)
        return {}

    def _ours(self, asked: Params) -> list[str]:
        """The groups whose tags are meant: moto knows no such ids. Raises PassOn where something else is meant."""
        ours = {group["GroupId"] for group in self._groups.values()}
        if not ours.issuperset(asked["Resources"]):
            raise PassOn
        return asked["Resources"]

    def _known(self, name: str) -> None:
        if name not in self._groups:
            raise AwsError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")

    def _shown(self, name: str) -> dict[str, Any]:
        group = self._groups[name]
        tags = self._account.backend("ec2").tags.get(group["GroupId"], {})
        shown = {**group, "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
        return {key: value for key, value in shown.items() if value is not None}
