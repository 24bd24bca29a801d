"""Rules over Kubernetes clusters, their nodes, and what runs on them."""

from collections.abc import Iterator

from .network import EVERYWHERE
from .rule import Severity, rule
from .statements import allowed
from .values import Inputs, items, record

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ROLE = "aws:iam/role:Role"
PODS = "pods.eks.amazonaws.com"
CHANGING = ("AmazonEKSEditPolicy", "AmazonEKSAdminPolicy")
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
AUDIT_LOGS = ("api", "audit", "authenticator")


@rule(
    id="eks-private-endpoint",
    on=CLUSTER,
    title="The Kubernetes API is reached from the private network, and beyond it from named addresses only.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Set vpcConfig.endpointPrivateAccess to true; set endpointPublicAccess to false, or name publicAccessCidrs.",
)
def private_endpoint(inputs: Inputs) -> Iterator[str]:
    network = record(inputs["vpcConfig"])
    if network.get("endpointPrivateAccess") is not True:
        yield "vpcConfig.endpointPrivateAccess is not true"
    if network.get("endpointPublicAccess") is False:
        return
    # Without a list, AWS lets everybody in.
    open_to = [cidr for cidr in network.get("publicAccessCidrs") or EVERYWHERE if cidr in EVERYWHERE]
    if open_to:
        yield f"vpcConfig.endpointPublicAccess is not false, and {', '.join(open_to)} may reach it"


@rule(
    id="eks-audited",
    on=CLUSTER,
    title="The control plane keeps its audit logs.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.312(b)", "SOX-404", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix=f"List {', '.join(AUDIT_LOGS)} in enabledClusterLogTypes.",
)
def audited(inputs: Inputs) -> Iterator[str]:
    kept = list(items(inputs.get("enabledClusterLogTypes")))
    missing = [each for each in AUDIT_LOGS if each not in kept]
    if missing:
        yield f"not logged: {', '.join(missing)}"


@rule(
    id="eks-secrets-encrypted",
    on=CLUSTER,
    title="Kubernetes secrets are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set encryptionConfig with a provider key and the resource secrets.",
)
def secrets_encrypted(inputs: Inputs) -> Iterator[str]:
    config = record(inputs.get("encryptionConfig"))
    if "secrets" not in list(items(config.get("resources"))) or "keyArn" not in record(config.get("provider")):
        yield "secrets are not encrypted with a key of the customer"


@rule(
    id="eks-access-by-entries",
    on=CLUSTER,
    title="Who may use a cluster stands in access entries, which the audit trail records, and nowhere else.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.5.18", "SOC2-CC6.3"),
    fix="Set accessConfig.authenticationMode to API.",
)
def access_by_entries(inputs: Inputs) -> Iterator[str]:
    mode = record(inputs.get("accessConfig")).get("authenticationMode", "CONFIG_MAP")
    if mode != "API":
        yield f"accessConfig.authenticationMode is {mode}"


@rule(
    id="eks-supported",
    on=CLUSTER,
    title="A cluster is upgraded before its version needs extended support, at six times the price.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.8", "SOC2-CC7.1"),
    fix="Set upgradePolicy.supportType to STANDARD.",
)
def supported(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("upgradePolicy")).get("supportType", "EXTENDED") != "STANDARD":
        yield "upgradePolicy.supportType is not STANDARD"


@rule(
    id="eks-entry-of-a-role",
    on=ENTRY,
    title="A cluster is used by roles, whose sessions end, and by no group that no policy bounds.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.5.17", "ISO27001-A.8.2", "SOC2-CC6.1"),
    fix="Name a role in principalArn, and leave kubernetesGroups without system:masters.",
)
def entry_of_a_role(inputs: Inputs) -> Iterator[str]:
    if ":role/" not in str(inputs["principalArn"]):
        yield f"{inputs['principalArn']} is no role"
    if "system:masters" in items(inputs.get("kubernetesGroups")):
        yield "kubernetesGroups has system:masters"


@rule(
    id="eks-rights-scoped",
    on=ASSOCIATION,
    title="Who may change what runs on a cluster may so in namespaces of his own.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.8.3", "SOC2-CC6.3"),
    fix="Set accessScope to namespaces, or use AmazonEKSClusterAdminPolicy where the whole cluster is meant.",
)
def rights_scoped(inputs: Inputs) -> Iterator[str]:
    policy = str(inputs["policyArn"]).rpartition("/")[2]
    if policy in CHANGING and record(inputs["accessScope"]).get("type") == "cluster":
        yield f"{policy} holds on the whole cluster"


@rule(
    id="eks-nodes-without-ssh",
    on=NODE_GROUP,
    title="Nobody logs on to nodes.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.2", "SOC2-CC6.1"),
    fix="Leave remoteAccess out.",
)
def nodes_without_ssh(inputs: Inputs) -> Iterator[str]:
    if "remoteAccess" in inputs:
        yield "remoteAccess is set"


@rule(
    id="eks-nodes-repaired",
    on=NODE_GROUP,
    title="Nodes that fail are replaced.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.16", "SOC2-A1.1", "SOC2-CC7.3"),
    fix="Set nodeRepairConfig.enabled to true.",
)
def nodes_repaired(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("nodeRepairConfig")).get("enabled") is not True:
        yield "nodeRepairConfig.enabled is not true"


@rule(
    id="eks-pod-role-scoped",
    on=ROLE,
    title="A role of pods is trusted for one service account, and not for all pods of the account.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.3"),
    fix="Condition the trust on aws:RequestTag/kubernetes-namespace and aws:RequestTag/kubernetes-service-account.",
)
def pod_role_scoped(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["assumeRolePolicy"]):
        if PODS in each.principals.get("Service", ()):
            for tag in ("kubernetes-namespace", "kubernetes-service-account"):
                if not each.conditioned_on(f"aws:RequestTag/{tag}"):
                    yield f"pods get it without a condition on aws:RequestTag/{tag}"


@rule(
    id="ec2-metadata-v2",
    on=LAUNCH_TEMPLATE,
    title="Instances give credentials to sessions only (IMDSv2), and to nothing a second hop away.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.9", "SOC2-CC6.1"),
    fix="Set metadataOptions.httpTokens to required and httpPutResponseHopLimit to 1.",
)
def metadata_v2(inputs: Inputs) -> Iterator[str]:
    options = record(inputs.get("metadataOptions"))
    if options.get("httpTokens") != "required":
        yield "metadataOptions.httpTokens is not required"
    if options.get("httpPutResponseHopLimit", 1) != 1:
        yield f"metadataOptions.httpPutResponseHopLimit is {options['httpPutResponseHopLimit']}"


@rule(
    id="ec2-disks-encrypted",
    on=LAUNCH_TEMPLATE,
    title="Disks of instances are encrypted.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set ebs.encrypted to true for every block device.",
)
def disks_encrypted(inputs: Inputs) -> Iterator[str]:
    disks = [each for each in items(inputs.get("blockDeviceMappings")) if each.get("ebs") is not None]
    if not disks:
        yield "no disk is described, so that its encryption is left to the account's default"
    for each in disks:
        if str(record(each["ebs"]).get("encrypted")).lower() != "true":
            yield f"{each.get('deviceName')} is not encrypted"
