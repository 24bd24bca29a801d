"""Mutations for rules/ingestion.py."""

from policies.rules import ingestion
from tests.policies.mutations.kit import Mutation, drop, put

LOGS = "loggingInfo.brokerLogs.cloudwatchLogs"

MUTATIONS = {
    "firehose-encrypted": Mutation(ingestion.FIREHOSE, drop("extendedS3Configuration.kmsKeyArn")),
    "firehose-loses-nothing": Mutation(ingestion.FIREHOSE, drop("extendedS3Configuration.errorOutputPrefix")),
    "kafka-encrypted": Mutation(
        ingestion.KAFKA, put("encryptionInfo.encryptionInTransit", {"clientBroker": "PLAINTEXT"})
    ),
    "kafka-authenticated": Mutation(ingestion.KAFKA, put("clientAuthentication.unauthenticated", True)),
    "kafka-private": Mutation(
        ingestion.KAFKA, put("brokerNodeGroupInfo.connectivityInfo.publicAccess.type", "SERVICE_PROVIDED_EIPS")
    ),
    "kafka-logged": Mutation(ingestion.KAFKA, put(f"{LOGS}.enabled", False)),
    "spark-in-vpc": Mutation(ingestion.SPARK, drop("networkConfiguration")),
    "spark-bounded": Mutation(ingestion.SPARK, drop("maximumCapacity")),
    "spark-logged": Mutation(ingestion.SPARK, drop("monitoringConfiguration")),
}
