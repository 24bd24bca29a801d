"""Rules over what runs on a cluster: pods, namespaces, services, charts, nodes on demand, queues."""

import re
from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, items, record

NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
RELEASE = "kubernetes:helm.sh/v3:Release"
WORKLOADS = (
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:batch/v1:CronJob",
    "kubernetes:batch/v1:Job",
    "kubernetes:trainer.kubeflow.org/v1alpha1:ClusterTrainingRuntime",
)
# Why a pod must be more than a plain one, or a namespace let it: said where a reviewer reads it.
REASON = "mlops-estate/needs-its-node"
EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+][\w.-]+)?")


@rule(
    id="kubernetes-not-privileged",
    on=WORKLOADS,
    title="Containers get no rights over their node, but where it is said why.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.9", "SOC2-CC6.8"),
    fix=f"Set securityContext.allowPrivilegeEscalation to false, and leave privileged, host namespaces and added "
    f"capabilities out. Where a pod needs a capability or its node's network, say why in its annotation {REASON}.",
)
def not_privileged(inputs: Inputs) -> Iterator[str]:
    said = _reason(inputs)
    for pod in _pods(inputs):
        for each in ("hostIPC", "hostNetwork", "hostPID"):
            if pod.get(each) is True and not (said and each == "hostNetwork"):
                yield f"pods share {each.removeprefix('host')} with their node"
        for each in _containers(pod):
            context = record(each.get("securityContext"))
            added = list(items(record(context.get("capabilities")).get("add")))
            if context.get("privileged") is True:
                yield f"container {each.get('name')} is privileged"
            elif context.get("allowPrivilegeEscalation") is not False:
                yield f"container {each.get('name')} may escalate its privileges"
            if added and not said:
                yield f"container {each.get('name')} adds {', '.join(map(str, added))}"


@rule(
    id="kubernetes-plain-user",
    on=WORKLOADS,
    title="Containers run as a plain user, without capabilities, and write to volumes only.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.9", "SOC2-CC6.8"),
    fix="Set runAsNonRoot and readOnlyRootFilesystem to true and drop ALL capabilities. Where a pod must be root, say "
    f"why in its annotation {REASON}.",
)
def plain_user(inputs: Inputs) -> Iterator[str]:
    for pod in _pods(inputs):
        of_pod = record(pod.get("securityContext"))
        for each in _containers(pod):
            context = record(each.get("securityContext"))
            name = each.get("name")
            not_root = context.get("runAsNonRoot", of_pod.get("runAsNonRoot"))
            if not_root is not True and not _reason(inputs):
                yield f"container {name} may run as root"
            if context.get("readOnlyRootFilesystem") is not True:
                yield f"container {name} may write to its own image"
            if "ALL" not in list(items(record(context.get("capabilities")).get("drop"))):
                yield f"container {name} keeps capabilities"


@rule(
    id="kubernetes-no-host-path",
    on=WORKLOADS,
    title="Pods see no folder of their node, but where it is said why.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.9", "SOC2-CC6.8"),
    fix=f"Use another kind of volume, or say why in the pod's annotation {REASON}.",
)
def no_host_path(inputs: Inputs) -> Iterator[str]:
    if _reason(inputs):
        return
    for pod in _pods(inputs):
        for volume in items(pod.get("volumes")):
            if volume.get("hostPath") is not None:
                yield f"volume {volume.get('name')} is {record(volume['hostPath']).get('path')} of the node"


@rule(
    id="kubernetes-bounded",
    on=WORKLOADS,
    title="Containers say how much they need, and take no more memory than they say.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6",),
    fix="Set resources.requests for cpu and memory, and resources.limits.memory.",
)
def bounded(inputs: Inputs) -> Iterator[str]:
    for pod in _pods(inputs):
        for each in _containers(pod):
            resources = record(each.get("resources"))
            requests, limits = record(resources.get("requests")), record(resources.get("limits"))
            missing = [f"requests.{name}" for name in ("cpu", "memory") if name not in requests]
            missing += [] if "memory" in limits else ["limits.memory"]
            if missing:
                yield f"container {each.get('name')} has no {', '.join(missing)}"


@rule(
    id="kubernetes-image-pinned",
    on=WORKLOADS,
    title="Images are named by version.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Name the image with a version tag or a digest.",
)
def image_pinned(inputs: Inputs) -> Iterator[str]:
    for pod in _pods(inputs):
        for each in _containers(pod):
            image = str(each.get("image"))
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag in ("", "latest"):
                yield f"container {each.get('name')} runs {image}"


@rule(
    id="kubernetes-no-token",
    on=WORKLOADS,
    title="Pods hold no token of the Kubernetes API that they do not use.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="Set automountServiceAccountToken to false; a role of AWS needs no token of Kubernetes.",
)
def no_token(inputs: Inputs) -> Iterator[str]:
    for pod in _pods(inputs):
        if pod.get("automountServiceAccountToken") is not False:
            yield "automountServiceAccountToken is not false"


@stack_rule(
    id="kubernetes-namespace-fenced",
    on=NAMESPACE,
    title="In a namespace nothing comes in or goes out, but what a network policy allows.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Add a NetworkPolicy with an empty podSelector, both policyTypes and no rule.",
)
def namespace_fenced(namespace: Resource, stack: Stack) -> Iterator[str]:
    for policy, _ in stack.users(namespace):
        if policy.type != NETWORK_POLICY:
            continue
        spec = record(policy.values["spec"])
        kinds = {"Ingress", "Egress"} <= set(items(spec.get("policyTypes")))
        closed = not list(items(spec.get("ingress"))) and not list(items(spec.get("egress")))
        if not record(spec.get("podSelector")) and kinds and closed:
            return
    yield "no network policy denies what none allows"


@rule(
    id="kubernetes-namespace-standard",
    on=NAMESPACE,
    title="A namespace takes no pod with rights over its node, but where it is said why.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.8.9", "SOC2-CC6.8"),
    fix="Set the label pod-security.kubernetes.io/enforce to restricted or baseline, or say why in the annotation "
    f"{REASON}.",
)
def namespace_standard(inputs: Inputs) -> Iterator[str]:
    metadata = record(inputs.get("metadata"))
    level = record(metadata.get("labels")).get("pod-security.kubernetes.io/enforce")
    if level not in ("baseline", "restricted") and not record(metadata.get("annotations")).get(REASON):
        yield f"pods are held to {level or 'no standard'}"


@rule(
    id="kubernetes-service-inside",
    on="kubernetes:core/v1:Service",
    title="A service is not reached from the internet.",
    severity=Severity.CRITICAL,
    controls=("HIPAA-164.312(e)(1)", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Use the type ClusterIP, or annotate the load balancer with "
    "service.beta.kubernetes.io/aws-load-balancer-scheme: internal.",
)
def service_inside(inputs: Inputs) -> Iterator[str]:
    kind = record(inputs.get("spec")).get("type", "ClusterIP")
    given = record(record(inputs.get("metadata")).get("annotations"))
    if kind == "NodePort":
        yield "every node opens a port for it"
    if kind == "LoadBalancer" and given.get("service.beta.kubernetes.io/aws-load-balancer-scheme") != "internal":
        yield "its load balancer is not said to be internal"


@rule(
    id="helm-chart-pinned",
    on=RELEASE,
    title="A chart is named by its exact version, and taken back where it does not come up.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set version to an exact one, and atomic to true.",
)
def chart_pinned(inputs: Inputs) -> Iterator[str]:
    version = str(inputs.get("version") or "")
    if EXACT.fullmatch(version) is None:
        yield f"version is {version or 'left open'}"
    if inputs.get("atomic") is not True:
        yield "atomic is not true: a failed upgrade stays as it is"


@rule(
    id="karpenter-pool-bounded",
    on=NODE_POOL,
    title="Nodes on demand have a bound of what they may spend, and an age at which they are replaced.",
    severity=Severity.HIGH,
    controls=("ISO27001-A.8.6", "ISO27001-A.8.8"),
    fix="Set limits for cpu or nvidia.com/gpu above 0, and expireAfter.",
)
def pool_bounded(inputs: Inputs) -> Iterator[str]:
    spec = record(inputs["spec"])
    limits = record(spec.get("limits"))
    if not any(str(limits.get(name, 0)) != "0" for name in ("cpu", "nvidia.com/gpu")):
        yield "limits bound neither cpu nor nvidia.com/gpu"
    expires = record(record(spec.get("template")).get("spec")).get("expireAfter", "720h")  # Karpenter's own default
    if expires == "Never":
        yield "nodes are never replaced, and so never patched"


@rule(
    id="karpenter-nodes-guarded",
    on=NODE_CLASS,
    title="Nodes on demand start from a pinned image, encrypt their disks, and give credentials to sessions only.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Name amiSelectorTerms by an alias with a version, set ebs.encrypted and kmsKeyID of every disk, and "
    "metadataOptions.httpTokens to required with httpPutResponseHopLimit 1.",
)
def nodes_guarded(inputs: Inputs) -> Iterator[str]:
    spec = record(inputs["spec"])
    for term in items(spec.get("amiSelectorTerms")):
        alias = term.get("alias")
        if term.get("id") is None and (alias is None or str(alias).endswith("@latest")):
            yield f"the image {alias or 'is found by tags, and'} may be another one tomorrow"
    disks = list(items(spec.get("blockDeviceMappings")))
    if not disks:
        yield "no disk is described, so that its encryption is left to the account's default"
    for disk in disks:
        ebs = record(disk.get("ebs"))
        if ebs.get("encrypted") is not True or ebs.get("kmsKeyID") is None:
            yield f"{disk.get('deviceName')} is not encrypted with a key of the customer"
    options = record(spec.get("metadataOptions"))
    if options.get("httpTokens", "required") != "required" or options.get("httpPutResponseHopLimit", 1) != 1:
        yield "pods may take the node's credentials"


@rule(
    id="kueue-share-bounded",
    on="kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue",
    title="A team's share is for its own namespaces.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-CC6.3"),
    fix="Name the team's namespaces in namespaceSelector; an empty one takes all.",
)
def share_bounded(inputs: Inputs) -> Iterator[str]:
    selector = record(inputs["spec"]).get("namespaceSelector")
    if selector is not None and not record(selector):
        yield "every namespace may use it"


def _pods(inputs: Inputs) -> Iterator[Inputs]:
    """What pods of an object are made of."""
    spec = record(inputs["spec"])
    outer = record(spec.get("template"))
    if "jobTemplate" in spec:
        outer = record(record(record(spec["jobTemplate"]).get("spec")).get("template"))
    inner = record(outer.get("spec"))
    jobs = list(items(inner.get("replicatedJobs")))
    if not jobs:
        yield inner
    for job in jobs:
        yield record(record(record(record(job.get("template")).get("spec")).get("template")).get("spec"))


def _containers(pod: Inputs) -> Iterator[Inputs]:
    yield from [*items(pod.get("initContainers")), *items(pod.get("containers"))]


def _reason(inputs: Inputs) -> bool:
    """Whether a pod says why it is more than a plain one."""
    template = record(record(inputs["spec"]).get("template"))
    return bool(record(record(template.get("metadata")).get("annotations")).get(REASON))
