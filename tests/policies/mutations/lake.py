"""Mutations for rules/lake.py."""

from policies.rules import lake
from tests.policies.mutations.kit import Mutation, drop, put

ENCRYPTION = "dataCatalogEncryptionSettings.encryptionAtRest"

MUTATIONS = {
    "lake-not-by-iam-alone": Mutation(lake.GRANT, put("principal", lake.EVERYBODY)),
    "lake-administered": Mutation(lake.SETTINGS, put("admins", [])),
    "lake-locations-governed": Mutation(lake.LOCATION, put("hybridAccessEnabled", True)),
    "lake-grants-limited": Mutation(lake.GRANT, put("permissionsWithGrantOptions", ["SELECT"])),
    "lake-catalog-encrypted": Mutation(lake.CATALOG_ENCRYPTION, drop(f"{ENCRYPTION}.sseAwsKmsKeyId")),
    "lake-iceberg-forgets": Mutation(lake.OPTIMIZER, put("configuration.enabled", False), where="retention"),
    "queries-measured": Mutation(lake.WORKGROUP, put("configuration.publishCloudwatchMetricsEnabled", False)),
    "queries-forgotten": Mutation(
        lake.WORKGROUP,
        put(
            "configuration.resultConfiguration.outputLocation",
            "s3://mlops-full-curated-444444444444-eu-west-1/elsewhere/",
        ),
    ),
    "storage-answers-at-once": Mutation(
        lake.LIFECYCLE,
        put("rules[0].transitions", [{"days": 30, "storageClass": "DEEP_ARCHIVE"}]),
        where="lake-raw",
    ),
}
