"""People who label: workforce, teams, the pages and flows of their tasks."""

import hashlib

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, key, role, topic
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import AwsError, Params

_SAGEMAKER = Codes("ResourceInUse", "ResourceNotFound", "ValidationException")
_ARN = "arn:{partition}:sagemaker:{region}:{account}:"


def _pool_is_there(account: Account, values: Params) -> None:
    config = values.get("CognitoConfig")
    members = [config] if config else []
    members += [each["CognitoMemberDefinition"] for each in values.get("MemberDefinitions", [])]
    pools = account.backend("cognito-idp").user_pools
    for member in members:
        pool = pools.get(member["UserPool"])
        if pool is None or member["ClientId"] not in pool.clients:
            raise AwsError("ValidationException", f"The pool {member['UserPool']} or its client does not exist")
        if "UserGroup" in member and member["UserGroup"] not in pool.groups:
            raise AwsError("ValidationException", f"The group {member['UserGroup']} does not exist")


def _template(record: Params) -> Params:
    content = record["UiTemplate"]["Content"]
    return {"ContentSha256": hashlib.sha256(content.encode()).hexdigest()}


def _workforce(known: Params, _: int) -> str:
    """The one that a team names, or the one that there is."""
    return f"{known['WorkteamArn'].partition(':workteam/')[0]}:workforce/{known.get('WorkforceName', 'default')}"


KINDS = (
    Kind(
        "sagemaker",
        "workforce",
        create="CreateWorkforce",
        read="DescribeWorkforce",
        update=("UpdateWorkforce",),
        delete="DeleteWorkforce",
        list="ListWorkforces",
        key=("WorkforceName",),
        single=True,
        made={"WorkforceArn": _ARN + "workforce/{WorkforceName}", "Status": "Active", "SubDomain": "{hex10}.labeling"},
        wraps=("Workforce",),
        checks=(_pool_is_there,),
        arn="WorkforceArn",
        codes=_SAGEMAKER,
        told="kept: nobody signs in",
    ),
    Kind(
        "sagemaker",
        "workteam",
        create="CreateWorkteam",
        read="DescribeWorkteam",
        update=("UpdateWorkteam",),
        delete="DeleteWorkteam",
        list="ListWorkteams",
        key=("WorkteamName",),
        ids=("WorkteamArn",),
        above=(Above("WorkforceName", "workforce", held="ResourceInUse", unknown="ResourceNotFound"),),
        made={
            "WorkteamArn": _ARN + "workteam/private-crowd/{WorkteamName}",
            "WorkforceArn": _workforce,
        },
        wraps=("Workteam",),
        checks=(_pool_is_there, topic("NotificationConfiguration.NotificationTopicArn")),
        arn="WorkteamArn",
        codes=_SAGEMAKER,
        told="kept: nobody is told of a task",
    ),
    Kind(
        "sagemaker",
        "human task page",
        create="CreateHumanTaskUi",
        read="DescribeHumanTaskUi",
        delete="DeleteHumanTaskUi",
        list="ListHumanTaskUis",
        key=("HumanTaskUiName",),
        ids=("HumanTaskUiArn",),
        made={"HumanTaskUiArn": _ARN + "human-task-ui/{HumanTaskUiName}", "HumanTaskUiStatus": "Active"},
        shown={"UiTemplate": _template},
        arn="HumanTaskUiArn",
        codes=_SAGEMAKER,
        told="kept: no page is rendered",
    ),
    Kind(
        "sagemaker",
        "flow definition",
        create="CreateFlowDefinition",
        read="DescribeFlowDefinition",
        delete="DeleteFlowDefinition",
        list="ListFlowDefinitions",
        key=("FlowDefinitionName",),
        made={
            "FlowDefinitionArn": _ARN + "flow-definition/{FlowDefinitionName}",
            "FlowDefinitionStatus": "Active",
        },
        checks=(
            role("RoleArn", "sagemaker.amazonaws.com"),
            bucket("OutputConfig.S3OutputPath"),
            key("OutputConfig.KmsKeyId"),
        ),
        arn="FlowDefinitionArn",
        codes=_SAGEMAKER,
        told="kept: no human loop starts",
    ),
)
