"""What resources of API Gateway have in common: ARNs, tags, and patches, by which all of them are changed."""

from collections.abc import Callable, Mapping

from estate.cloud.resources.row import Tagging, Values

GONE = ("NotFoundException",)
ARN = "arn:{partition}:apigateway:{region}::"


def tagged(target: str) -> Tagging:
    return Tagging("TagResource", "UntagResource", "GetTags", {"resourceArn": target}, keys="tagKeys", at="tags")


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def patches(paths: Mapping[str, str]) -> Callable[[Values, Values], Values]:
    """Patches that set inputs, by input the path; a nested one is `block.input`."""

    def build(values: Values, _: Values) -> Values:
        found = []
        for key, path in paths.items():
            block, *inner = key.split(".")
            value = (values.get(block) or {}).get(inner[0]) if inner else values.get(block)
            if value is not None:
                found.append({"op": "replace", "path": path, "value": text(value)})
        return {"patchOperations": found} if found else {}

    return build
