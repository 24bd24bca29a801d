"""Keys that encrypt."""

from estate.cloud.resources.row import Row, Step, Wait

_KEY = {"KeyId": "{id}"}

ROWS = (
    Row(
        "aws:kms/key:Key",
        "kms",
        Step("CreateKey", names={"customerMasterKeySpec": "KeySpec"}),
        follow=(
            Step(
                "EnableKeyRotation",
                ("enableKeyRotation", "rotationPeriodInDays"),
                _KEY,
                via={"enableKeyRotation": lambda _: {}},
                when=lambda values: bool(values.get("enableKeyRotation")),
            ),
            Step(
                "DisableKey",
                ("isEnabled",),
                _KEY,
                when=lambda values: values.get("isEnabled") is False,
                build=lambda _, __: {},
            ),
        ),
        id="{made.KeyMetadata.KeyId}",
        read=(
            Step("DescribeKey", (), _KEY, at="KeyMetadata"),
            Step("GetKeyPolicy", (), {**_KEY, "PolicyName": "default"}, at="Policy", into="Policy"),
            Step("GetKeyRotationStatus", (), _KEY, into="Rotation"),
        ),
        update=(
            Step("UpdateKeyDescription", ("description",), _KEY, whole=False),
            Step("PutKeyPolicy", ("policy",), {**_KEY, "PolicyName": "default"}, whole=False),
            Step(
                "EnableKey",
                ("isEnabled",),
                _KEY,
                when=lambda values: values.get("isEnabled") is not False,
                build=lambda _, __: {},
            ),
            Step(
                "DisableKeyRotation",
                ("enableKeyRotation", "rotationPeriodInDays"),
                _KEY,
                when=lambda values: not values.get("enableKeyRotation"),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("ScheduleKeyDeletion", (), {**_KEY, "PendingWindowInDays": "{in.deletionWindowInDays}"}),),
        outputs={"arn": "{read.Arn}", "keyId": "{read.KeyId}"},
        defaults={
            "keyUsage": "ENCRYPT_DECRYPT",
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "isEnabled": True,
        },
        fixed=("keyUsage", "customerMasterKeySpec", "multiRegion", "customKeyStoreId", "xksKeyId"),
        local=("deletionWindowInDays",),
        gone=("NotFoundException",),
        gone_when=Wait("KeyState", frozenset({"PendingDeletion"})),
        seen={
            "enableKeyRotation": "Rotation.KeyRotationEnabled",
            "rotationPeriodInDays": "Rotation.RotationPeriodInDays",
            "isEnabled": "Enabled",
        },
        sample_id="00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::KMS::Key",
    ),
    Row(
        "aws:kms/alias:Alias",
        "kms",
        Step("CreateAlias", names={"name": "AliasName"}),
        id="{in.name}",
        read=(Step("ListAliases", (), {"KeyId": "{in.targetKeyId}"}, at="Aliases[?AliasName == '{in.name}'] | [0]"),),
        update=(Step("UpdateAlias", ("targetKeyId",), {"AliasName": "{id}"}),),
        delete=(Step("DeleteAlias", (), {"AliasName": "{id}"}),),
        outputs={
            "arn": "{read.AliasArn}",
            "targetKeyArn": "arn:{partition}:kms:{region}:{account}:key/{read.TargetKeyId}",
        },
        name="name",
        fixed=("name",),
        gone=("NotFoundException",),
        cloudformation="AWS::KMS::Alias",
    ),
)
