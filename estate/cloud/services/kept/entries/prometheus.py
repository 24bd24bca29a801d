"""Amazon Managed Prometheus beside the workspaces and rules that moto keeps, and Amazon Managed Grafana."""

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.kept.checks import key, network, role
from estate.cloud.services.kept.kind import Above, Kept, Kind
from estate.cloud.services.wire import Params

_ACTIVE = {"status": {"statusCode": "ACTIVE"}}


def _has_workspace(account: Account, id: str) -> bool:
    return id in account.backend("amp").workspaces


def _scrapes_into(account: Account, values: Params) -> None:
    arn = values["destination"].get("ampConfiguration", {}).get("workspaceArn")
    if arn is not None and not _has_workspace(account, arn.rpartition("/")[2]):
        raise invalid(f"The workspace {arn} does not exist")


_WORKSPACE = Above("workspaceId", exists=_has_workspace, delete="DeleteWorkspace", holds=False)


def _authentication(record: Params) -> Params:
    """As a workspace shows it in short, and as it is asked for by itself."""
    saml = record.get("samlConfiguration")
    status = "CONFIGURED" if saml is not None else "NOT_CONFIGURED"
    return {
        "providers": record["authenticationProviders"],
        "samlConfigurationStatus": status,
        "saml": {"status": status, "configuration": saml},
    }


def _change_permissions(kept: Kept, params: Params) -> Params:
    """Adds users and groups to a role of a workspace, and takes them out of it."""
    for change in params["updateInstructionBatch"]:
        for user in change["users"]:
            place = {"workspaceId": params["workspaceId"], "user": user}
            kept[:] = [each for each in kept if {**each, **place} != each or "role" not in each]
            if change["action"] == "ADD":
                kept.append({**place, "role": change["role"], "userId": user["id"]})
    return {"errors": []}


def _list_permissions(kept: Kept, params: Params) -> Params:
    found = [each for each in kept if each["workspaceId"] == params["workspaceId"]]
    for asked, member in (("userType", "type"), ("userId", "id"), ("groupId", "id")):
        if asked in params:
            found = [each for each in found if each["user"][member] == params[asked]]
    return {"permissions": found}


KINDS = (
    Kind(
        "amp",
        "alert manager",
        create="CreateAlertManagerDefinition",
        read="DescribeAlertManagerDefinition",
        update=("PutAlertManagerDefinition",),
        delete="DeleteAlertManagerDefinition",
        key=("workspaceId",),
        made=_ACTIVE,
        wraps=("alertManagerDefinition",),
        above=(_WORKSPACE,),
    ),
    Kind(
        "amp",
        "query logging",
        create="CreateQueryLoggingConfiguration",
        read="DescribeQueryLoggingConfiguration",
        update=("UpdateQueryLoggingConfiguration",),
        delete="DeleteQueryLoggingConfiguration",
        key=("workspaceId",),
        made=_ACTIVE,
        wraps=("queryLoggingConfiguration",),
        names={"workspace": "workspaceId"},
        above=(_WORKSPACE,),
    ),
    Kind(
        "amp",
        "workspace configuration",
        create="UpdateWorkspaceConfiguration",
        update=("UpdateWorkspaceConfiguration",),
        read="DescribeWorkspaceConfiguration",
        key=("workspaceId",),
        made=_ACTIVE,
        defaults={"retentionPeriodInDays": 150},
        wraps=("workspaceConfiguration",),
        above=(_WORKSPACE,),
    ),
    Kind(
        "amp",
        "resource policy",
        create="PutResourcePolicy",
        update=("PutResourcePolicy",),
        read="DescribeResourcePolicy",
        delete="DeleteResourcePolicy",
        key=("workspaceId",),
        made={"policyStatus": "ACTIVE", "revisionId": "{hex16}"},
        above=(_WORKSPACE,),
    ),
    Kind(
        "amp",
        "anomaly detector",
        create="CreateAnomalyDetector",
        read="DescribeAnomalyDetector",
        update=("PutAnomalyDetector",),
        delete="DeleteAnomalyDetector",
        list="ListAnomalyDetectors",
        key=("workspaceId", "alias"),
        ids=("anomalyDetectorId",),
        made={
            "anomalyDetectorId": "ad-{uuid}",
            "arn": "arn:{partition}:aps:{region}:{account}:anomalydetector/{workspaceId}/{anomalyDetectorId}",
            **_ACTIVE,
        },
        defaults={"evaluationIntervalInSeconds": 60},
        wraps=("anomalyDetector",),
        above=(_WORKSPACE,),
        arn="arn",
    ),
    Kind(
        "amp",
        "scraper",
        create="CreateScraper",
        read="DescribeScraper",
        update=("UpdateScraper",),
        delete="DeleteScraper",
        list="ListScrapers",
        ids=("scraperId",),
        made={
            "scraperId": "s-{uuid}",
            "arn": "arn:{partition}:aps:{region}:{account}:scraper/{scraperId}",
            "roleArn": "arn:{partition}:iam::{account}:role/aws-service-role/scraper.aps.amazonaws.com/"
            "AWSServiceRoleForAmazonPrometheusScraper",
            **_ACTIVE,
        },
        wraps=("scraper",),
        checks=(
            _scrapes_into,
            network("source.eksConfiguration.subnetIds", "source.eksConfiguration.securityGroupIds"),
        ),
        arn="arn",
    ),
    Kind(
        "grafana",
        "workspace",
        create="CreateWorkspace",
        read="DescribeWorkspace",
        update=(
            "UpdateWorkspace",
            "UpdateWorkspaceAuthentication",
            "UpdateWorkspaceConfiguration",
            "AssociateLicense",
        ),
        delete="DeleteWorkspace",
        list="ListWorkspaces",
        acts={
            "DescribeWorkspaceAuthentication": {},
            "DescribeWorkspaceConfiguration": {},
            "DisassociateLicense": {"licenseType": None},
        },
        ids=("id",),
        made={
            "id": "g-{hex10}",
            "arn": "arn:{partition}:grafana:{region}:{account}:/workspaces/{id}",
            "endpoint": "{id}.grafana-workspace.{region}.amazonaws.com",
            "status": "ACTIVE",
        },
        defaults={"grafanaVersion": "10.4", "configuration": "{}", "dataSources": []},
        names={
            "workspaceId": "id",
            "workspaceName": "name",
            "workspaceDescription": "description",
            "workspaceDataSources": "dataSources",
            "workspaceNotificationDestinations": "notificationDestinations",
            "workspaceOrganizationalUnits": "organizationalUnits",
        },
        wraps=("workspace",),
        shown={"authentication": _authentication},
        checks=(
            role("workspaceRoleArn", "grafana.amazonaws.com"),
            network("vpcConfiguration.subnetIds", "vpcConfiguration.securityGroupIds"),
            key("kmsKeyId"),
        ),
        arn="arn",
    ),
    Kind(
        "grafana",
        "permission",
        create=None,
        by_hand={"UpdatePermissions": _change_permissions, "ListPermissions": _list_permissions},
        key=("workspaceId", "role", "userId"),
        above=(Above("workspaceId", "workspace", holds=False),),
    ),
)
