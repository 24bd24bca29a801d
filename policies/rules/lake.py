"""Rules over the lake's catalog: who is let in, what is encrypted, what is forgotten."""

from collections.abc import Iterator

from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .storage import BUCKET, LIFECYCLE
from .values import Inputs, items, record

SETTINGS = "aws:lakeformation/dataLakeSettings:DataLakeSettings"
LOCATION = "aws:lakeformation/resource:Resource"
GRANT = "aws:lakeformation/permissions:Permissions"
CATALOG_ENCRYPTION = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
TABLE = "aws:glue/catalogTable:CatalogTable"
OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"
WORKGROUP = "aws:athena/workgroup:Workgroup"
TIERING = "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration"
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
SLOW = {"GLACIER", "DEEP_ARCHIVE"}  # an object there must be restored before it can be read


@rule(
    id="lake-not-by-iam-alone",
    on=(SETTINGS, GRANT),
    title="Lake Formation decides who reads a table; IAM alone opens none.",
    severity=Severity.HIGH,
    controls=("GDPR-25", "CCPA-1798.100", "HIPAA-164.308(a)(4)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Leave createDatabaseDefaultPermissions and createTableDefaultPermissions empty, and grant to roles by name.",
)
def not_by_iam_alone(inputs: Inputs) -> Iterator[str]:
    for name in ("createDatabaseDefaultPermissions", "createTableDefaultPermissions"):
        for each in items(inputs.get(name)):
            if record(each).get("principal") == EVERYBODY:
                yield f"{name} lets in whomever IAM does"
    if inputs.get("principal") == EVERYBODY:
        yield "it is granted to whomever IAM lets in"


@rule(
    id="lake-administered",
    on=SETTINGS,
    title="The lake has administrators, few and by name, and no engine that Lake Formation does not control.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="Name between 1 and 10 admins, and leave allowExternalDataFiltering and allowFullTableExternalDataAccess off.",
)
def administered(inputs: Inputs) -> Iterator[str]:
    count = len(items(inputs.get("admins")))
    if not 1 <= count <= 10:
        yield f"it has {count} administrators"
    for name in ("allowExternalDataFiltering", "allowFullTableExternalDataAccess"):
        if inputs.get(name) is True:
            yield f"{name} is on: engines outside see whole tables"


@rule(
    id="lake-locations-governed",
    on=LOCATION,
    title="What Lake Formation vouches for is reached through its own role, and not by IAM besides.",
    severity=Severity.MEDIUM,
    controls=("GDPR-25", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Set roleArn, and hybridAccessEnabled to false.",
)
def locations_governed(inputs: Inputs) -> Iterator[str]:
    if "roleArn" not in inputs:
        yield "roleArn is not set"
    if inputs.get("hybridAccessEnabled") is True:
        yield "hybridAccessEnabled lets IAM decide too"


@rule(
    id="lake-grants-limited",
    on=GRANT,
    title="Nobody is granted everything, or may hand on what is granted.",
    severity=Severity.HIGH,
    controls=("GDPR-25", "HIPAA-164.308(a)(4)", "ISO27001-A.5.18", "SOC2-CC6.3"),
    fix="Name the permissions, and leave permissionsWithGrantOptions out: administrators grant.",
)
def grants_limited(inputs: Inputs) -> Iterator[str]:
    for each in items(inputs["permissions"]):
        if each in ("ALL", "SUPER"):
            yield f"it grants {each}"
    again = items(inputs.get("permissionsWithGrantOptions"))
    if again:
        yield f"it can be handed on: {', '.join(map(str, again))}"


@rule(
    id="lake-catalog-encrypted",
    on=CATALOG_ENCRYPTION,
    title="The catalog and its passwords are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set catalogEncryptionMode to SSE-KMS with a key, and returnConnectionPasswordEncrypted to true with a key.",
)
def catalog_encrypted(inputs: Inputs) -> Iterator[str]:
    settings = record(inputs["dataCatalogEncryptionSettings"])
    rest = record(settings.get("encryptionAtRest"))
    if not str(rest.get("catalogEncryptionMode")).startswith("SSE-KMS") or "sseAwsKmsKeyId" not in rest:
        yield "the catalog is not encrypted with a key of the customer"
    passwords = record(settings.get("connectionPasswordEncryption"))
    if passwords.get("returnConnectionPasswordEncrypted") is not True or "awsKmsKeyId" not in passwords:
        yield "passwords of connections are not encrypted with a key of the customer"


@stack_rule(
    id="lake-iceberg-forgets",
    on=TABLE,
    title="An Iceberg table forgets: a row that was deleted stays in its snapshots until they are removed.",
    severity=Severity.MEDIUM,
    controls=("GDPR-5", "CCPA-1798.100", "ISO27001-A.8.10", "SOC2-CC6.7"),
    fix="Add an enabled CatalogTableOptimizer of the type retention for the table, with cleanExpiredFiles.",
)
def iceberg_forgets(table: Resource, stack: Stack) -> Iterator[str]:
    if "openTableFormatInput" not in table.values:
        return
    for each in belonging(stack, OPTIMIZER, "tableName", table):
        configuration = record(each.values["configuration"])
        kept = record(record(configuration.get("retentionConfiguration")).get("icebergConfiguration"))
        if each.values["type"] == "retention" and configuration.get("enabled") is True:
            if kept.get("cleanExpiredFiles") is not True:
                yield "files of snapshots that expired are kept"
            return
    yield "its snapshots stay for ever"


@rule(
    id="queries-measured",
    on=WORKGROUP,
    title="What queries scan, and how many fail, is measured.",
    severity=Severity.LOW,
    controls=("HIPAA-164.312(b)", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Leave publishCloudwatchMetricsEnabled on.",
)
def queries_measured(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("configuration")).get("publishCloudwatchMetricsEnabled", True) is not True:
        yield "nobody can see what queries scan"


@stack_rule(
    id="queries-forgotten",
    on=WORKGROUP,
    title="Results of queries, which are copies of data, do not stay.",
    severity=Severity.LOW,
    controls=("GDPR-5", "CCPA-1798.100", "ISO27001-A.8.10", "SOC2-CC6.7"),
    fix="Expire the prefix of resultConfiguration.outputLocation by the bucket's BucketLifecycleConfiguration.",
)
def queries_forgotten(workgroup: Resource, stack: Stack) -> Iterator[str]:
    results = record(record(workgroup.values.get("configuration")).get("resultConfiguration"))
    place = str(results.get("outputLocation", "")).removeprefix("s3://")
    name, _, prefix = place.partition("/")
    for bucket in stack.of(BUCKET):
        if bucket.values.get("bucket") != name:
            continue
        for each in belonging(stack, LIFECYCLE, "bucket", bucket):
            for entry in items(each.values["rules"]):
                under = record(entry.get("filter")).get("prefix") or ""
                if entry.get("status") == "Enabled" and "expiration" in entry and prefix.startswith(under):
                    return
        yield f"results under {prefix or 'its root'} stay for ever"


@rule(
    id="storage-answers-at-once",
    on=(LIFECYCLE, TIERING),
    title="What a job reads is not archived: it would have to be restored first.",
    severity=Severity.LOW,
    controls=("HIPAA-164.308(a)(7)", "SOC2-A1.2"),
    fix="Move current objects to INTELLIGENT_TIERING, STANDARD_IA or GLACIER_IR, and archive old versions alone.",
)
def answers_at_once(inputs: Inputs) -> Iterator[str]:
    for entry in items(inputs.get("rules")):
        for move in items(entry.get("transitions")):
            if record(move).get("storageClass") in SLOW:
                yield f"objects go to {record(move).get('storageClass')}"
    for tier in items(inputs.get("tierings")):
        yield f"objects go to {record(tier).get('accessTier')}"
