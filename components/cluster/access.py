"""How kubectl and Pulumi reach a cluster."""

import json

import pulumi


def kubeconfig(
    name: pulumi.Input[str],
    endpoint: pulumi.Input[str],
    authority: pulumi.Input[str],
    region: str,
    assume_role_arn: str | None,
) -> pulumi.Output[str]:
    """A kubeconfig, as JSON and as a secret. It holds no token: the `aws` command gets one when it is used.

    `authority` is the cluster's certificate authority in base64.
    """

    def render(values: list[str]) -> str:
        cluster, server, certificate = values
        role = [] if assume_role_arn is None else ["--role-arn", assume_role_arn]
        token = ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json", *role]
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": token}}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": certificate}}],
            "users": [{"name": cluster, "user": user}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }
        return json.dumps(document, sort_keys=True)

    return pulumi.Output.secret(pulumi.Output.all(name, endpoint, authority).apply(render))
