"""Mutations for rules/storage.py."""

import json

from policies.rules import storage
from tests.policies.mutations.kit import Mutation, allow, drop, put

OPEN = {"Sid": "Open", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
RULE = "rules[0].applyServerSideEncryptionByDefault"

MUTATIONS = {
    "storage-tls-only": Mutation(
        storage.BUCKET_POLICY, put("policy", json.dumps({"Version": "2012-10-17", "Statement": []})), where="lake-raw"
    ),
    "storage-policy-not-public": Mutation(storage.BUCKET_POLICY, allow(**OPEN), where="lake-raw"),
    "storage-public-access-blocked": Mutation(storage.PUBLIC_ACCESS_BLOCK, put("restrictPublicBuckets", False)),
    "storage-private": Mutation(storage.PUBLIC_ACCESS_BLOCK, where="lake-raw"),
    "storage-has-policy": Mutation(storage.BUCKET_POLICY, where="lake-raw"),
    "storage-versioned": Mutation(storage.VERSIONING, put("versioningConfiguration.status", "Suspended"), "lake-raw"),
    "storage-encrypted": Mutation(storage.ENCRYPTION, drop(f"{RULE}.kmsMasterKeyId"), "lake-raw"),
    "storage-access-logged": Mutation(storage.LOGGING, where="lake-raw"),
    "storage-lifecycle": Mutation(storage.LIFECYCLE, where="lake-raw"),
}
