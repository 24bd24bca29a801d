"""People who sign in and label: user pools, the workforce, its tasks."""

from estate.cloud.resources.row import Row, Step, Tagging, Wait

_POOL_GONE = ("ResourceNotFoundException",)
_GONE = ("ResourceNotFound", "ResourceNotFoundException")
_POOL = {"UserPoolId": "{in.userPoolId}"}


def _describe(operation: str, member: str, at: str = "@") -> tuple[Step, ...]:
    return (Step(operation, (), {member: "{id}"}, at=at),)


ROWS = (
    Row(
        "aws:cognito/userGroup:UserGroup",
        "cognito-idp",
        Step("CreateGroup", names={"name": "GroupName"}),
        id="{in.userPoolId}/{in.name}",
        read=(Step("GetGroup", (), {**_POOL, "GroupName": "{in.name}"}, at="Group"),),
        update=(Step("UpdateGroup", ("description", "precedence", "roleArn"), {**_POOL, "GroupName": "{in.name}"}),),
        delete=(Step("DeleteGroup", (), {**_POOL, "GroupName": "{in.name}"}),),
        name="name",
        fixed=("name", "userPoolId"),
        gone=_POOL_GONE,
        seen={"name": "GroupName"},
        cloudformation="AWS::Cognito::UserPoolGroup",
    ),
    Row(
        "aws:sagemaker/workforce:Workforce",
        "sagemaker",
        Step("CreateWorkforce"),
        id="{in.workforceName}",
        read=_describe("DescribeWorkforce", "WorkforceName", "Workforce"),
        update=(Step("UpdateWorkforce", ("sourceIpConfig", "workforceVpcConfig"), {"WorkforceName": "{id}"}),),
        delete=(Step("DeleteWorkforce", (), {"WorkforceName": "{id}"}),),
        outputs={"arn": "{read.WorkforceArn}", "subdomain": "{read.SubDomain}"},
        name="workforceName",
        fixed=("workforceName", "cognitoConfig", "oidcConfig"),
        wait=Wait("Status", frozenset({"Active"}), frozenset({"Failed"})),
        gone=_GONE,
    ),
    Row(
        "aws:sagemaker/workteam:Workteam",
        "sagemaker",
        Step("CreateWorkteam"),
        id="{in.workteamName}",
        read=_describe("DescribeWorkteam", "WorkteamName", "Workteam"),
        update=(
            Step(
                "UpdateWorkteam",
                ("description", "memberDefinitions", "notificationConfiguration", "workerAccessConfiguration"),
                {"WorkteamName": "{id}"},
            ),
        ),
        delete=(Step("DeleteWorkteam", (), {"WorkteamName": "{id}"}),),
        outputs={"arn": "{read.WorkteamArn}", "subdomain": "{read.SubDomain}"},
        name="workteamName",
        fixed=("workteamName", "workforceName"),
        gone=_GONE,
        tagging=Tagging("AddTags", "DeleteTags", "ListTags", {"ResourceArn": "{out.arn}"}),
        seen={"workforceName": "WorkforceArn && in.workforceName"},
        cloudformation="AWS::SageMaker::Workteam",
    ),
    Row(
        "aws:sagemaker/humanTaskUI:HumanTaskUI",
        "sagemaker",
        Step("CreateHumanTaskUi"),
        id="{in.humanTaskUiName}",
        read=_describe("DescribeHumanTaskUi", "HumanTaskUiName"),
        delete=(Step("DeleteHumanTaskUi", (), {"HumanTaskUiName": "{id}"}),),
        outputs={"arn": "{read.HumanTaskUiArn}"},
        name="humanTaskUiName",
        fixed=("humanTaskUiName", "uiTemplate"),
        gone=_GONE,
        tagging=Tagging("AddTags", "DeleteTags", "ListTags", {"ResourceArn": "{out.arn}"}),
        silent=("uiTemplate",),  # AWS answers with its digest
    ),
    Row(
        "aws:sagemaker/flowDefinition:FlowDefinition",
        "sagemaker",
        Step("CreateFlowDefinition"),
        id="{in.flowDefinitionName}",
        read=_describe("DescribeFlowDefinition", "FlowDefinitionName"),
        delete=(Step("DeleteFlowDefinition", (), {"FlowDefinitionName": "{id}"}),),
        outputs={"arn": "{read.FlowDefinitionArn}"},
        name="flowDefinitionName",
        fixed=(
            "flowDefinitionName",
            "humanLoopConfig",
            "humanLoopActivationConfig",
            "humanLoopRequestSource",
            "outputConfig",
            "roleArn",
        ),
        wait=Wait("FlowDefinitionStatus", frozenset({"Active"}), frozenset({"Failed"})),
        gone=_GONE,
        tagging=Tagging("AddTags", "DeleteTags", "ListTags", {"ResourceArn": "{out.arn}"}),
    ),
)
