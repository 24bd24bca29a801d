"""Objects of custom kinds."""

from collections.abc import Mapping

import pulumi


class CustomObject(pulumi.CustomResource):
    """An object of a kind that an operator brings.

    Unlike the SDK's own class it holds members beside `spec`, which some kinds have. Names are Kubernetes' own.
    """

    def __init__(
        self,
        name: str,
        api_version: str,
        kind: str,
        metadata: Mapping[str, pulumi.Input[object]],
        content: Mapping[str, object],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {"apiVersion": api_version, "kind": kind, "metadata": dict(metadata), **content}
        super().__init__(f"kubernetes:{api_version}:{kind}", name, props, opts)
