"""Amazon Managed Grafana: workspaces, and who may come in."""

from estate.cloud.resources.row import Row, Step, Tagging, Wait

_GONE = ("ResourceNotFoundException",)
_WORKSPACE = {"workspaceId": "{in.workspaceId}"}
_SAML_NAMES = {
    "idpMetadataUrl": "samlConfiguration.idpMetadata.url",
    "roleAssertion": "samlConfiguration.assertionAttributes.role",
    "adminRoleValues": "samlConfiguration.roleValues.admin",
    "editorRoleValues": "samlConfiguration.roleValues.editor",
}


def _members(action: str, users: list[str], kind: str, role: str) -> dict[str, object]:
    return {"action": action, "role": role, "users": [{"id": each, "type": kind} for each in users]}


ROWS = (
    Row(
        "aws:grafana/workspace:Workspace",
        "grafana",
        Step(
            "CreateWorkspace",
            names={
                "name": "workspaceName",
                "description": "workspaceDescription",
                "dataSources": "workspaceDataSources",
                "roleArn": "workspaceRoleArn",
            },
        ),
        id="{made.workspace.id}",
        read=(Step("DescribeWorkspace", (), {"workspaceId": "{id}"}, at="workspace"),),
        update=(
            Step(
                "UpdateWorkspace",
                ("dataSources", "description", "name", "roleArn", "vpcConfiguration", "networkAccessControl"),
                {"workspaceId": "{id}"},
                {
                    "name": "workspaceName",
                    "description": "workspaceDescription",
                    "dataSources": "workspaceDataSources",
                    "roleArn": "workspaceRoleArn",
                },
            ),
        ),
        delete=(Step("DeleteWorkspace", (), {"workspaceId": "{id}"}),),
        outputs={
            "arn": "arn:{partition}:grafana:{region}:{account}:/workspaces/{id}",
            "endpoint": "{read.endpoint}",
            "samlConfigurationStatus": "{read.authentication.samlConfigurationStatus || ''}",
        },
        name="name",
        fixed=("accountAccessType", "authenticationProviders", "grafanaVersion", "kmsKeyId", "permissionType"),
        tagging=Tagging(
            "TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": "{out.arn}"}, "tagKeys", "tags"
        ),
        wait=Wait("status", frozenset({"ACTIVE"}), frozenset({"CREATION_FAILED", "FAILED"})),
        gone=_GONE,
        gone_when=Wait("status", frozenset({"DELETING"})),
        sample_id="g-0000000000",
        seen={
            "authenticationProviders": "authentication.providers",
            "dataSources": "dataSources",
            "description": "description",
            "name": "name",
            "roleArn": "workspaceRoleArn",
        },
        cloudformation="AWS::Grafana::Workspace",
    ),
    Row(
        "aws:grafana/workspaceSamlConfiguration:WorkspaceSamlConfiguration",
        "grafana",
        Step("UpdateWorkspaceAuthentication", None, {"authenticationProviders": ["SAML"]}, _SAML_NAMES),
        id="{in.workspaceId}",
        read=(Step("DescribeWorkspaceAuthentication", (), _WORKSPACE, at="authentication.saml.configuration"),),
        update=(
            Step(
                "UpdateWorkspaceAuthentication",
                ("adminRoleValues", "editorRoleValues", "idpMetadataUrl", "roleAssertion"),
                {**_WORKSPACE, "authenticationProviders": ["SAML"]},
                _SAML_NAMES,
            ),
        ),
        delete=(),  # a workspace with SAML keeps what it was told until it goes
        adopted=True,
        fixed=("workspaceId",),
        gone=_GONE,
        seen={
            "workspaceId": "in.workspaceId",
            "idpMetadataUrl": "idpMetadata.url",
            "roleAssertion": "assertionAttributes.role",
            "adminRoleValues": "roleValues.admin",
            "editorRoleValues": "roleValues.editor",
        },
    ),
    Row(
        "aws:grafana/roleAssociation:RoleAssociation",
        "grafana",
        Step(
            "UpdatePermissions",
            ("groupIds", "userIds", "role", "workspaceId"),
            build=lambda values, _: {
                "workspaceId": values["workspaceId"],
                "updateInstructionBatch": [_members("ADD", values["groupIds"], "SSO_GROUP", values["role"])],
            },
        ),
        id="{in.workspaceId}/{in.role}",
        read=(Step("ListPermissions", (), {**_WORKSPACE, "userType": "SSO_GROUP"}, at="{{groups: permissions}}"),),
        delete=(
            Step(
                "UpdatePermissions",
                (),
                {
                    **_WORKSPACE,
                    "updateInstructionBatch": [{"action": "REVOKE", "role": "{in.role}", "users": []}],
                },
            ),
        ),
        fixed=("groupIds", "role", "userIds", "workspaceId"),
        gone=_GONE,
        adopted=True,
        seen={key: f"in.{key}" for key in ("groupIds", "role", "userIds", "workspaceId")},
    ),
)
