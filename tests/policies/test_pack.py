"""The pack as Pulumi runs it: a process in the pack's own folder that serves policies over gRPC."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from ruamel.yaml import YAML

from policies.rules import RULES, Severity

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policies"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how Pulumi writes a text that it does not know yet
ADVISORY, MANDATORY = analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, "-u", "__main__.py"], cwd=PACK, stdout=subprocess.PIPE, env=environment, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()


def analyze(pack: analyzer_pb2_grpc.AnalyzerStub, type: str, inputs: dict[str, Any]) -> list[Any]:
    request = analyzer_pb2.AnalyzeRequest(type=type, urn=f"urn:pulumi:t::p::{type}::it", name="it")
    request.properties.update(inputs)
    return list(pack.Analyze(request).diagnostics)


def test_every_rule_is_a_policy_and_the_severe_ones_stop_a_deployment(pack):
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())  # ty: ignore[missing-attribute]  it is made while imported
    found = {policy.name: policy.enforcementLevel for policy in info.policies}

    severe = {rule.id for rule in RULES if rule.severity in (Severity.HIGH, Severity.CRITICAL)}
    assert found == {rule.id: MANDATORY if rule.id in severe else ADVISORY for rule in RULES}


def test_a_violation_names_the_fix_and_the_controls(pack):
    (said,) = analyze(pack, "aws:kms/key:Key", {"enableKeyRotation": False, "deletionWindowInDays": 30})

    assert said.policyName == "keys-rotated"
    assert said.message.splitlines() == [
        "Symmetric keys are rotated.",
        "enableKeyRotation is not true. Set enableKeyRotation to true."
        " Serves GDPR-32, HIPAA-164.312(a)(2)(iv), ISO27001-A.8.24, SOC2-CC6.1.",
    ]


def test_an_unknown_value_is_told_and_stops_nothing(pack):
    (said,) = analyze(
        pack,
        "aws:kms/keyPolicy:KeyPolicy",
        {"policy": UNKNOWN},
    )

    assert said.enforcementLevel == ADVISORY
    assert "can't run policy 'keys-policy-not-public'" in said.message
    assert "it.policy" in said.message


def stack_resource(type: str, name: str, inputs: dict[str, Any], **hangs: str) -> analyzer_pb2.AnalyzerResource:
    resource = analyzer_pb2.AnalyzerResource(type=type, urn=f"urn:pulumi:t::p::{type}::{name}", name=name)
    resource.properties.update(inputs)
    for key, urn in hangs.items():
        resource.propertyDependencies[key].urns.append(urn)
    return resource


BUCKET, BLOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def private_buckets(pack: analyzer_pb2_grpc.AnalyzerStub, *resources: analyzer_pb2.AnalyzerResource) -> list[str]:
    said = pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources)).diagnostics
    return [each.urn.rpartition("::")[2] for each in said if each.policyName == "storage-private" and each.urn]


def test_a_neighbour_is_found_in_a_preview_by_what_it_hangs_on(pack):
    owner = stack_resource(BUCKET, "raw", {"bucket": UNKNOWN})
    block = stack_resource(BLOCK, "block", {"bucket": UNKNOWN}, bucket=owner.urn)

    assert private_buckets(pack, owner, block) == []
    assert private_buckets(pack, owner, stack_resource(BUCKET, "other", {"bucket": "other"}), block) == ["other"]


@pytest.mark.parametrize(("tier", "level"), [("sandbox", ADVISORY), ("staging", MANDATORY), ("production", MANDATORY)])
def test_a_tier_decides_whether_a_medium_violation_stops_a_deployment(pack, tier, level):
    configured = json.loads((PACK / "enforcement" / f"{tier}.json").read_text())
    # As the CLI reads `--policy-pack-config`: `all` first, then each policy by its name.
    levels = {rule.id: configured.get(rule.id, configured.get("all")) for rule in RULES}
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, said in levels.items():
        if said is not None:
            request.policyConfig[name].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(said.upper())
    pack.Configure(request)
    try:
        (said,) = analyze(pack, "aws:kms/key:Key", {"enableKeyRotation": False, "deletionWindowInDays": 30})
    finally:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest())

    assert said.enforcementLevel == level


def test_the_project_file_names_the_projects_own_python():
    project = YAML(typ="safe").load(PACK / "PulumiPolicy.yaml")

    assert project["runtime"] == {"name": "python", "options": {"virtualenv": "../.venv"}}


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs Pulumi's own engine, `pulumi` on PATH")
def test_pulumis_own_engine_loads_the_pack(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: empty\nruntime: {name: python}\n")
    (project / "__main__.py").write_text("import pulumi\n")
    pack = tmp_path / "policies"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    yaml = YAML()
    settings = yaml.load(pack / "PulumiPolicy.yaml")
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    yaml.dump(settings, pack / "PulumiPolicy.yaml")
    state = tmp_path / "state"
    state.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def run(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--cwd", str(project)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("stack", "init", "dev")
    assert "mlops-estate@v0.1.0" in run("preview", "--policy-pack", str(pack))
