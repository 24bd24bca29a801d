"""GuardDuty's detectors and Security Hub's subscriptions to standards. Nothing is detected and no control is checked.

moto keeps a detector's features as they came last, forgets the others, and knows no standards.
"""

from estate.cloud.services.account import PARTITION, Account, now, token
from estate.cloud.services.kept.door import model, open_door, refused
from estate.cloud.services.shapes import faults
from estate.cloud.services.wire import AwsError, Params, Table

# What a new detector has on where the request says nothing; GuardDuty's API reference, CreateDetector.
SWITCHED_ON = ("S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS")
DETECTORS = ("CreateDetector", "DeleteDetector", "GetDetector", "ListDetectors", "UpdateDetector")
TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
STANDARDS = ("BatchDisableStandards", "BatchEnableStandards", "GetEnabledStandards")


class Detection:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._detectors: dict[str, Params] = {}  # by id
        self._subscriptions: dict[str, Params] = {}  # by ARN

    def register(self, table: Table) -> None:
        table.late("guardduty", lambda: open_door(table, "guardduty", (*DETECTORS, *TAGS), self._guard))
        table.late("securityhub", lambda: open_door(table, "securityhub", STANDARDS, self._standards))

    def content(self) -> dict[str, dict[str, frozenset[str]]]:
        """Ids of what is kept, by service and kind."""
        return {
            "guardduty": {"detector": frozenset(self._detectors)},
            "securityhub": {"standard": frozenset(self._subscriptions)},
        }

    # --- GuardDuty

    def _guard(self, operation: str, params: Params) -> Params:
        _check("guardduty", operation, params, "BadRequestException")
        with self._account.lock:
            if operation in TAGS:
                return self._tags(operation, params)
            if operation == "CreateDetector":
                return self._create(params)
            if operation == "ListDetectors":
                return {"DetectorIds": sorted(self._detectors)}
            detector = self._detector(params["DetectorId"])
            if operation == "GetDetector":
                return detector
            if operation == "DeleteDetector":
                del self._detectors[params["DetectorId"]]
            else:
                _change(detector, params)
            return {}

    def _create(self, params: Params) -> Params:
        if self._detectors:
            raise refused(
                "guardduty",
                "BadRequestException",
                "The request is rejected because a detector already exists for the current account.",
            )
        id, at = token(32), now().isoformat()
        role = f"arn:{PARTITION}:iam::{self._account.account_id}:role/aws-service-role/guardduty.amazonaws.com"
        detector: Params = {
            "CreatedAt": at,
            "FindingPublishingFrequency": "SIX_HOURS",
            "ServiceRole": f"{role}/AWSServiceRoleForAmazonGuardDuty",
            "Tags": params.get("Tags", {}),
            "Features": [{"Name": name, "Status": "ENABLED"} for name in SWITCHED_ON],
        }
        _change(detector, params)
        self._detectors[id] = detector
        return {"DetectorId": id}

    def _detector(self, id: str) -> Params:
        if id not in self._detectors:
            raise refused(
                "guardduty",
                "BadRequestException",
                "The request is rejected because the input detectorId is not owned by the current account.",
            )
        return self._detectors[id]

    def _tags(self, operation: str, params: Params) -> Params:
        detector = self._detector(params["ResourceArn"].rpartition("/")[2])
        if operation == "TagResource":
            detector["Tags"] = {**detector["Tags"], **params["Tags"]}
        elif operation == "UntagResource":
            detector["Tags"] = {key: v for key, v in detector["Tags"].items() if key not in params["TagKeys"]}
        return {"Tags": detector["Tags"]} if operation == "ListTagsForResource" else {}

    # --- Security Hub

    def _standards(self, operation: str, params: Params) -> Params:
        _check("securityhub", operation, params, "InvalidInputException")
        with self._account.lock:
            if operation == "BatchEnableStandards":
                found = [self._subscribe(each) for each in params["StandardsSubscriptionRequests"]]
            else:
                arns = params.get("StandardsSubscriptionArns") or list(self._subscriptions)
                found = [self._subscriptions[arn] for arn in arns if arn in self._subscriptions]
            if operation == "BatchDisableStandards":
                for each in found:
                    del self._subscriptions[each["StandardsSubscriptionArn"]]
            return {"StandardsSubscriptions": found}

    def _subscribe(self, wanted: Params) -> Params:
        parts = wanted["StandardsArn"].split(":")
        if len(parts) != 6 or parts[2] != "securityhub" or parts[3] not in ("", self._account.region):
            raise AwsError("InvalidInputException", f"Invalid standards ARN {wanted['StandardsArn']}")
        path = parts[5].removeprefix("standards/").removeprefix("ruleset/")
        arn = f"arn:{PARTITION}:securityhub:{self._account.region}:{self._account.account_id}:subscription/{path}"
        self._subscriptions[arn] = {
            "StandardsSubscriptionArn": arn,
            "StandardsArn": wanted["StandardsArn"],
            "StandardsInput": wanted.get("StandardsInput", {}),
            "StandardsStatus": "READY",
        }
        return self._subscriptions[arn]


def _change(detector: Params, params: Params) -> None:
    """What a request says goes over what is there; features are changed one by one, by their names."""
    if "Enable" in params:
        detector["Status"] = "ENABLED" if params["Enable"] else "DISABLED"
    if "FindingPublishingFrequency" in params:
        detector["FindingPublishingFrequency"] = params["FindingPublishingFrequency"]
    features = {each["Name"]: each for each in detector["Features"]}
    for each in params.get("Features", ()):
        features[each["Name"]] = each
    detector["Features"] = [features[name] for name in sorted(features)]
    detector["UpdatedAt"] = now().isoformat()


def _check(service: str, operation: str, params: Params, code: str) -> None:
    wrong = faults(model(service).operation_model(operation).input_shape, params)
    if wrong:
        raise refused(service, code, "; ".join(wrong))
