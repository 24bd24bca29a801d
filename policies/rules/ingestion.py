"""Rules over what brings rows in and works on them: Firehose, Kafka, Spark."""

from collections.abc import Iterator

from .rule import Severity, rule
from .statements import allowed
from .values import Inputs, items, record

FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
KAFKA = "aws:msk/cluster:Cluster"
SERVERLESS_KAFKA = "aws:msk/serverlessCluster:ServerlessCluster"
KAFKA_POLICY = "aws:msk/clusterPolicy:ClusterPolicy"
SPARK = "aws:emrserverless/application:Application"


@rule(
    id="firehose-encrypted",
    on=FIREHOSE,
    title="What Firehose lands, and what waits in it, is encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set extendedS3Configuration.kmsKeyArn; without a stream as source, serverSideEncryption with a key too.",
)
def firehose_encrypted(inputs: Inputs) -> Iterator[str]:
    if "extendedS3Configuration" in inputs and "kmsKeyArn" not in record(inputs["extendedS3Configuration"]):
        yield "objects are not encrypted with a key of the customer"
    if "kinesisSourceConfiguration" not in inputs and "mskSourceConfiguration" not in inputs:
        waiting = record(inputs.get("serverSideEncryption"))
        if waiting.get("enabled") is not True or waiting.get("keyType") != "CUSTOMER_MANAGED_CMK":
            yield "waiting records are not encrypted with a key of the customer"


@rule(
    id="firehose-loses-nothing",
    on=FIREHOSE,
    title="A record that Firehose cannot deliver is kept where somebody finds it, and the reason is logged.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(1)(ii)(D)", "HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.3"),
    fix="Set errorOutputPrefix, and cloudwatchLoggingOptions with enabled, logGroupName and logStreamName.",
)
def firehose_loses_nothing(inputs: Inputs) -> Iterator[str]:
    target = record(inputs.get("extendedS3Configuration"))
    if "errorOutputPrefix" not in target:
        yield "records that fail lie among those that do not"
    log = record(target.get("cloudwatchLoggingOptions"))
    if log.get("enabled") is not True or "logGroupName" not in log or "logStreamName" not in log:
        yield "failures are not logged"


@rule(
    id="kafka-encrypted",
    on=KAFKA,
    title="Brokers speak TLS alone, and their disks are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=(
        "GDPR-32",
        "CCPA-1798.150",
        "HIPAA-164.312(a)(2)(iv)",
        "HIPAA-164.312(e)(1)",
        "ISO27001-A.8.24",
        "SOC2-CC6.7",
    ),
    fix="Set encryptionInfo with encryptionAtRestKmsKeyArn, clientBroker TLS and inCluster true.",
)
def kafka_encrypted(inputs: Inputs) -> Iterator[str]:
    encryption = record(inputs.get("encryptionInfo"))
    if "encryptionAtRestKmsKeyArn" not in encryption:
        yield "disks are not encrypted with a key of the customer"
    moving = record(encryption.get("encryptionInTransit"))
    if moving.get("clientBroker", "TLS") != "TLS":
        yield f"clients may speak {moving['clientBroker']}"
    if moving.get("inCluster", True) is not True:
        yield "brokers speak to each other without TLS"


@rule(
    id="kafka-authenticated",
    on=(KAFKA, SERVERLESS_KAFKA),
    title="Nobody reads or writes a topic without being known.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Switch clientAuthentication.sasl.iam on, and leave unauthenticated off.",
)
def kafka_authenticated(inputs: Inputs) -> Iterator[str]:
    ways = record(inputs.get("clientAuthentication"))
    sasl, tls = record(ways.get("sasl")), record(ways.get("tls"))
    known = _on(sasl.get("iam")) or _on(sasl.get("scram")) or bool(items(tls.get("certificateAuthorityArns")))
    if not known:
        yield "clients are not asked who they are"
    if ways.get("unauthenticated") is True:
        yield "clients may come unknown too"


def _on(switch: object) -> bool:
    """A serverless cluster has a block with `enabled` where one with brokers has a boolean."""
    return switch is True or record(switch).get("enabled") is True


@rule(
    id="kafka-private",
    on=(KAFKA, KAFKA_POLICY),
    title="Brokers are reached from inside, and by services that a policy names.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.8.20", "SOC2-CC6.6"),
    fix="Set publicAccess.type to DISABLED; name principals in the policy, and limit services by aws:SourceAccount.",
)
def kafka_private(inputs: Inputs) -> Iterator[str]:
    nodes = record(inputs.get("brokerNodeGroupInfo"))
    public = record(record(nodes.get("connectivityInfo")).get("publicAccess")).get("type", "DISABLED")
    if public != "DISABLED":
        yield f"publicAccess.type is {public}"
    for each in allowed(inputs["policy"]) if "policy" in inputs else ():
        limited = each.conditioned_on("aws:SourceAccount", "aws:SourceArn", "aws:PrincipalOrgID")
        if not limited and (each.anyone or "Service" in each.principals):
            yield f"everyone is allowed {', '.join(each.actions)}"


@rule(
    id="kafka-logged",
    on=KAFKA,
    title="What brokers do is written down.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Switch one of loggingInfo.brokerLogs on: cloudwatchLogs, s3 or firehose.",
)
def kafka_logged(inputs: Inputs) -> Iterator[str]:
    logs = record(record(inputs.get("loggingInfo")).get("brokerLogs"))
    if not any(record(logs.get(name)).get("enabled") is True for name in ("cloudwatchLogs", "s3", "firehose")):
        yield "brokers log nowhere"


@rule(
    id="spark-in-vpc",
    on=SPARK,
    title="Spark's workers stand in the private network.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set networkConfiguration with subnetIds and securityGroupIds.",
)
def spark_in_vpc(inputs: Inputs) -> Iterator[str]:
    network = record(inputs.get("networkConfiguration"))
    for name in ("subnetIds", "securityGroupIds"):
        if not items(network.get(name)):
            yield f"networkConfiguration.{name} is not set"


@rule(
    id="spark-bounded",
    on=SPARK,
    title="Spark has a most that it may hold, and stops when nothing runs.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set maximumCapacity, and autoStopConfiguration.enabled with an idle time of an hour at most.",
)
def spark_bounded(inputs: Inputs) -> Iterator[str]:
    if "maximumCapacity" not in inputs:
        yield "its jobs may hold any number of workers"
    stop = record(inputs.get("autoStopConfiguration"))
    if stop.get("enabled", True) is not True:
        yield "it never stops"
    elif stop.get("idleTimeoutMinutes", 15) > 60:
        yield f"it stops after {stop['idleTimeoutMinutes']} idle minutes; 60 at most"


@rule(
    id="spark-logged",
    on=SPARK,
    title="Logs of Spark's jobs are kept, encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "HIPAA-164.312(b)", "ISO27001-A.8.15", "ISO27001-A.8.24", "SOC2-CC7.2"),
    fix="Set cloudwatchLoggingConfiguration or s3MonitoringConfiguration of monitoringConfiguration, with a key.",
)
def spark_logged(inputs: Inputs) -> Iterator[str]:
    ways = record(inputs.get("monitoringConfiguration"))
    cloudwatch, objects = (
        record(ways.get(name)) for name in ("cloudwatchLoggingConfiguration", "s3MonitoringConfiguration")
    )
    used = [cloudwatch] if cloudwatch.get("enabled") is True else []
    used += [objects] if "logUri" in objects else []
    if not used:
        yield "logs of its jobs are not kept"
    elif any("encryptionKeyArn" not in way for way in used):
        yield "logs of its jobs are not encrypted with a key of the customer"
