"""Mutations for rules/filesystems.py."""

from policies.rules import filesystems
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "lustre-encrypted": Mutation(filesystems.LUSTRE, drop("kmsKeyId")),
    "lustre-logged": Mutation(filesystems.LUSTRE, put("logConfiguration.level", "DISABLED")),
    "kubernetes-disks-encrypted": Mutation(filesystems.DISKS, drop("parameters.kmsKeyId")),
    "lustre-kept": Mutation(filesystems.LINK, drop("s3.autoExportPolicy"), where="lustre-features"),
}
