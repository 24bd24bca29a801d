"""Who may do what."""

from estate.cloud.resources.emptying import strip_role
from estate.cloud.resources.row import Row, Step, Tagging

_NO_ENTITY = ("NoSuchEntity",)
_ROLE = {"RoleName": "{id}"}

ROWS = (
    Row(
        "aws:iam/role:Role",
        "iam",
        Step("CreateRole", names={"assumeRolePolicy": "AssumeRolePolicyDocument"}),
        follow=(
            Step(
                "AttachRolePolicy",
                ("managedPolicyArns",),
                {"RoleName": "{id}", "PolicyArn": "{item}"},
                each="minus(in.managedPolicyArns, old.managedPolicyArns)",
            ),
            Step(
                "PutRolePolicy",
                ("inlinePolicies",),
                _ROLE,
                {"name": "PolicyName", "policy": "PolicyDocument"},
                each="in.inlinePolicies",
            ),
        ),
        id="{in.name}",
        read=(Step("GetRole", (), _ROLE, at="Role"),),
        update=(
            Step("UpdateAssumeRolePolicy", ("assumeRolePolicy",), _ROLE, {"assumeRolePolicy": "PolicyDocument"}),
            Step("UpdateRole", ("description", "maxSessionDuration"), _ROLE),
            Step(
                "DetachRolePolicy",
                ("managedPolicyArns",),
                {"RoleName": "{id}", "PolicyArn": "{item}"},
                each="minus(old.managedPolicyArns, in.managedPolicyArns)",
            ),
            Step(
                "DeleteRolePolicy",
                ("inlinePolicies",),
                {"RoleName": "{id}", "PolicyName": "{item}"},
                each="minus(old.inlinePolicies[].name, in.inlinePolicies[].name)",
            ),
            Step("PutRolePermissionsBoundary", ("permissionsBoundary",), _ROLE, whole=False),
            Step(
                "DeleteRolePermissionsBoundary",
                ("permissionsBoundary",),
                _ROLE,
                when=lambda values: not values.get("permissionsBoundary"),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteRole", (), _ROLE),),
        outputs={
            "arn": "{read.Arn}",
            "uniqueId": "{read.RoleId}",
            "createDate": "{read.CreateDate}",
        },
        name="name",
        defaults={"path": "/", "maxSessionDuration": 3600},
        fixed=("name", "path"),
        local=("forceDetachPolicies",),
        tagging=Tagging("TagRole", "UntagRole", "ListRoleTags", _ROLE),
        clear=strip_role,
        gone=_NO_ENTITY,
        seen={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
        cloudformation="AWS::IAM::Role",
    ),
    Row(
        "aws:iam/rolePolicy:RolePolicy",
        "iam",
        Step("PutRolePolicy", names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"}),
        id="{in.role}:{in.name}",
        read=(Step("GetRolePolicy", (), {"RoleName": "{in.role}", "PolicyName": "{in.name}"}),),
        update=(
            Step(
                "PutRolePolicy",
                ("policy",),
                {"RoleName": "{in.role}", "PolicyName": "{in.name}"},
                {"policy": "PolicyDocument"},
            ),
        ),
        delete=(Step("DeleteRolePolicy", (), {"RoleName": "{in.role}", "PolicyName": "{in.name}"}),),
        name="name",
        fixed=("name", "role"),
        gone=_NO_ENTITY,
        cloudformation="AWS::IAM::RolePolicy",
    ),
    Row(
        "aws:iam/policy:Policy",
        "iam",
        Step("CreatePolicy", names={"policy": "PolicyDocument"}),
        id="{made.Policy.Arn}",
        read=(
            Step("GetPolicy", (), {"PolicyArn": "{id}"}, at="Policy"),
            Step(
                "GetPolicyVersion",
                (),
                {"PolicyArn": "{id}", "VersionId": "{read.DefaultVersionId}"},
                at="PolicyVersion.Document",
                into="PolicyDocument",
            ),
        ),
        update=(
            Step(
                "CreatePolicyVersion",
                ("policy",),
                {"PolicyArn": "{id}", "SetAsDefault": True},
                {"policy": "PolicyDocument"},
            ),
            # A policy holds five versions; only the one in force is of use.
            Step(
                "DeletePolicyVersion",
                ("policy",),
                {"PolicyArn": "{id}", "VersionId": "{read.DefaultVersionId}"},
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeletePolicy", (), {"PolicyArn": "{id}"}),),
        outputs={
            "arn": "{id}",
            "policyId": "{read.PolicyId}",
            "attachmentCount": "{read.AttachmentCount}",
        },
        name="name",
        defaults={"path": "/"},
        fixed=("name", "path", "description"),
        local=("delayAfterPolicyCreationInMs",),
        tagging=Tagging("TagPolicy", "UntagPolicy", "ListPolicyTags", {"PolicyArn": "{id}"}),
        gone=_NO_ENTITY,
        sample_id="arn:aws:iam::000000000000:policy/name",
        cloudformation="AWS::IAM::ManagedPolicy",
    ),
    Row(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "iam",
        Step("AttachRolePolicy", names={"role": "RoleName"}),
        id="{in.role}/{in.policyArn}",
        read=(
            Step(
                "ListAttachedRolePolicies",
                (),
                {"RoleName": "{in.role}"},
                at="AttachedPolicies[?PolicyArn == '{in.policyArn}'] | [0]",
            ),
        ),
        delete=(Step("DetachRolePolicy", (), {"RoleName": "{in.role}", "PolicyArn": "{in.policyArn}"}),),
        fixed=("role", "policyArn"),
        gone=_NO_ENTITY,
        seen={"role": "in.role"},
        cloudformation="",
    ),
    Row(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam",
        Step("CreateOpenIDConnectProvider"),
        id="{made.OpenIDConnectProviderArn}",
        read=(Step("GetOpenIDConnectProvider", (), {"OpenIDConnectProviderArn": "{id}"}),),
        update=(
            Step(
                "UpdateOpenIDConnectProviderThumbprint",
                ("thumbprintLists",),
                {"OpenIDConnectProviderArn": "{id}"},
                whole=False,
            ),
        ),
        delete=(Step("DeleteOpenIDConnectProvider", (), {"OpenIDConnectProviderArn": "{id}"}),),
        seen={"url": "join('', ['https://', Url])"},
        outputs={"arn": "{id}", "thumbprintLists": "{read.ThumbprintList}"},
        # Terraform adds and removes client ids one by one; a provider holds nothing, so a new one serves as well.
        fixed=("url", "clientIdLists"),
        tagging=Tagging(
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
            {"OpenIDConnectProviderArn": "{id}"},
        ),
        gone=_NO_ENTITY,
        sample_id="arn:aws:iam::000000000000:oidc-provider/example.com",
        cloudformation="AWS::IAM::OIDCProvider",
    ),
    Row(
        "aws:iam/instanceProfile:InstanceProfile",
        "iam",
        Step("CreateInstanceProfile"),
        follow=(Step("AddRoleToInstanceProfile", ("role",), {"InstanceProfileName": "{id}"}, {"role": "RoleName"}),),
        id="{in.name}",
        read=(Step("GetInstanceProfile", (), {"InstanceProfileName": "{id}"}, at="InstanceProfile"),),
        delete=(
            Step(
                "RemoveRoleFromInstanceProfile",
                (),
                {"InstanceProfileName": "{id}", "RoleName": "{in.role}"},
                when=lambda values: bool(values.get("role")),
            ),
            Step("DeleteInstanceProfile", (), {"InstanceProfileName": "{id}"}),
        ),
        outputs={
            "arn": "{read.Arn}",
            "uniqueId": "{read.InstanceProfileId}",
            "createDate": "{read.CreateDate}",
        },
        name="name",
        defaults={"path": "/"},
        fixed=("name", "path", "role"),
        tagging=Tagging(
            "TagInstanceProfile",
            "UntagInstanceProfile",
            None,  # its reading has them
            {"InstanceProfileName": "{id}"},
        ),
        gone=_NO_ENTITY,
        seen={"role": "Roles[0].RoleName"},
        cloudformation="AWS::IAM::InstanceProfile",
    ),
)
