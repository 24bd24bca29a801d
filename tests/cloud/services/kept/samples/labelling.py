"""Samples of entries/labelling.py."""

from tests.cloud.services.kept.stage import Params, Sample, Stage


def pool(stage: Stage) -> Params:
    """A pool of people, its client and its group."""

    def make() -> Params:
        cognito = stage.client("cognito-idp")
        user_pool = cognito.create_user_pool(PoolName="kept")["UserPool"]["Id"]
        client = cognito.create_user_pool_client(UserPoolId=user_pool, ClientName="kept")["UserPoolClient"]
        cognito.create_group(UserPoolId=user_pool, GroupName="labellers")
        return {"UserPool": user_pool, "ClientId": client["ClientId"]}

    return stage.once("pool", make)


def members(stage: Stage) -> list[Params]:
    return [{"CognitoMemberDefinition": {**pool(stage), "UserGroup": "labellers"}}]


def loop(stage: Stage) -> Params:
    """A team and a page of its own: those of the other samples come and go."""

    def make() -> Params:
        sagemaker = stage.client("sagemaker")
        team = sagemaker.create_workteam(
            WorkteamName="readers", MemberDefinitions=members(stage), Description="Readers"
        )
        page = sagemaker.create_human_task_ui(HumanTaskUiName="reading", UiTemplate={"Content": "<crowd-form/>"})
        return {"WorkteamArn": team["WorkteamArn"], "HumanTaskUiArn": page["HumanTaskUiArn"]}

    said = {"TaskTitle": "Second reading", "TaskDescription": "Say what it is.", "TaskCount": 1}
    return {**stage.once("loop", make), **said}


SAMPLES = {
    "sagemaker:workforce": Sample(
        lambda stage: {"WorkforceName": "people", "CognitoConfig": pool(stage)},
        lambda stage: {"SourceIpConfig": {"Cidrs": ["10.0.0.0/16"]}},
    ),
    "sagemaker:workteam": Sample(
        lambda stage: {
            "WorkteamName": "labellers",
            "MemberDefinitions": members(stage),
            "Description": "People who label",
            "NotificationConfiguration": {"NotificationTopicArn": stage.topic()},
        },
        lambda stage: {"Description": "People who read samples"},
    ),
    "sagemaker:human task page": Sample(
        lambda stage: {"HumanTaskUiName": "page", "UiTemplate": {"Content": "<crowd-form></crowd-form>"}}
    ),
    "sagemaker:flow definition": Sample(
        lambda stage: {
            "FlowDefinitionName": "reading",
            "RoleArn": stage.role("sagemaker.amazonaws.com"),
            "HumanLoopConfig": loop(stage),
            "OutputConfig": {"S3OutputPath": f"s3://{stage.ground.bucket}/labels"},
        }
    ),
}
