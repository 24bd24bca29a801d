"""Which of AWS's services are called from inside the network, by what an environment holds."""

from components.cluster.options import AddonName
from components.network.interface_endpoints import CLUSTER_SERVICES, ML_SERVICES
from stacks.settings import EstateSettings


def private_services(settings: EstateSettings) -> tuple[str, ...]:
    """Services that need an interface in a network that leads nowhere else; each of them costs by the hour.

    Lambda functions of the estate stand outside the network and need none. GuardDuty makes its own for its agents.
    """
    training, data, monitoring = settings.training, settings.data, settings.monitoring
    wanted = list(ML_SERVICES)
    if training.cluster is not None:
        wanted += CLUSTER_SERVICES
        if training.cluster.kubernetes.karpenter is not None:
            wanted.append("sqs")  # Karpenter hears there of nodes that are about to go
        if training.cluster.filesystem is not None:
            wanted.append("fsx")
        inside = training.cluster.kubernetes.observability
        if monitoring.prometheus is not None or (inside is not None and inside.remote_write is not None):
            wanted.append("aps-workspaces")
    if training.hyperpod is not None:
        wanted.append("ssmmessages")  # people reach its nodes by Session Manager
    if training.studio is not None:
        wanted.append("sagemaker.studio")
    if training.tracking is not None:
        wanted.append("sagemaker.experiments")
    if data.lake_formation is not None and data.spark is not None:
        wanted.append("lakeformation")  # Athena and Firehose ask it from outside, Spark from inside
    if any(stream.source == "kinesis" for stream in data.streams.values()):
        wanted.append("kinesis-streams")
    agents = training.cluster is not None and AddonName.OBSERVABILITY in training.cluster.addons
    if agents or monitoring.managed_grafana is not None:
        wanted.append("xray")  # pods' traces go there by their agent; Grafana asks from inside
    if monitoring.managed_grafana is not None and monitoring.prometheus is not None:
        wanted.append("aps-workspaces")
    return tuple(dict.fromkeys(wanted))
