"""Usage plans of REST APIs, and the keys that are counted by them."""

from estate.cloud.resources.api_patches import ARN, GONE, patches, tagged
from estate.cloud.resources.row import Row, Step, Values


def _plan(values: Values, _: Values) -> Values:
    """A usage plan's limits as patches; its stages stay what they were made with."""
    paths = {
        "description": "/description",
        "quotaSettings.limit": "/quota/limit",
        "quotaSettings.period": "/quota/period",
        "throttleSettings.rateLimit": "/throttle/rateLimit",
        "throttleSettings.burstLimit": "/throttle/burstLimit",
    }
    return patches(paths)(values, {})


ROWS = (
    Row(
        "aws:apigateway/usagePlan:UsagePlan",
        "apigateway",
        Step("CreateUsagePlan", names={"quotaSettings": "quota", "throttleSettings": "throttle"}),
        id="{made.id}",
        read=(Step("GetUsagePlan", (), {"usagePlanId": "{id}"}),),
        update=(
            Step(
                "UpdateUsagePlan",
                ("description", "quotaSettings", "throttleSettings"),
                {"usagePlanId": "{id}"},
                build=_plan,
            ),
        ),
        delete=(
            # API Gateway deletes no plan that still counts for a stage.
            Step(
                "UpdateUsagePlan",
                (),
                {
                    "usagePlanId": "{id}",
                    "patchOperations": [{"op": "remove", "path": "/apiStages", "value": "{item.apiId}:{item.stage}"}],
                },
                each="in.apiStages || `[]`",
                build=lambda _, __: {},
            ),
            Step("DeleteUsagePlan", (), {"usagePlanId": "{id}"}),
        ),
        outputs={"arn": ARN + "/usageplans/{id}"},
        name="name",
        fixed=("name", "apiStages"),
        tagging=tagged(ARN + "/usageplans/{id}"),
        gone=GONE,
        seen={"quotaSettings": "quota", "throttleSettings": "throttle"},
        sample_id="abcde6",
        cloudformation="AWS::ApiGateway::UsagePlan",
    ),
    Row(
        "aws:apigateway/apiKey:ApiKey",
        "apigateway",
        Step("CreateApiKey"),
        id="{made.id}",
        read=(Step("GetApiKey", (), {"apiKey": "{id}", "includeValue": True}),),
        update=(
            Step(
                "UpdateApiKey",
                ("description", "enabled"),
                {"apiKey": "{id}"},
                build=patches({"description": "/description", "enabled": "/enabled"}),
            ),
        ),
        delete=(Step("DeleteApiKey", (), {"apiKey": "{id}"}),),
        outputs={"arn": ARN + "/apikeys/{id}", "value": "{read.value}"},
        name="name",
        fixed=("name", "value"),
        defaults={"enabled": True},
        tagging=tagged(ARN + "/apikeys/{id}"),
        gone=GONE,
        sample_id="abcdefghi7",
        cloudformation="AWS::ApiGateway::ApiKey",
    ),
    Row(
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "apigateway",
        Step("CreateUsagePlanKey"),
        id="{in.keyId}",
        read=(Step("GetUsagePlanKey", (), {"usagePlanId": "{in.usagePlanId}", "keyId": "{in.keyId}"}),),
        delete=(Step("DeleteUsagePlanKey", (), {"usagePlanId": "{in.usagePlanId}", "keyId": "{in.keyId}"}),),
        outputs={"name": "{read.name || ''}", "value": "{read.value || ''}"},
        fixed=("usagePlanId", "keyId", "keyType"),
        gone=GONE,
        seen={"usagePlanId": "in.usagePlanId", "keyId": "id", "keyType": "type"},
        cloudformation="AWS::ApiGateway::UsagePlanKey",
    ),
)
