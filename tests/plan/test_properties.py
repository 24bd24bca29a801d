"""Keys of nested dictionaries, which nobody else checks."""

import pytest

from estate.plan.properties import misspelt


@pytest.mark.parametrize(
    ("type", "inputs", "path", "hint"),
    [
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"versioningConfiguration": {"statuss": "Enabled"}},
            "versioningConfiguration.statuss",
            "did you mean status?",
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"taints": [{"key": "gpu", "effct": "NO_SCHEDULE"}]},
            "taints[0].effct",
            "did you mean effect?",
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"spec": {"template": {"spec": {"contaners": []}}}},
            "spec.template.spec.contaners",
            "did you mean containers?",
        ),
    ],
)
def test_a_misspelt_key_is_found_where_it_stands(type, inputs, path, hint):
    (found,) = misspelt(type, inputs)
    assert (found.path, found.allowed.startswith(hint)) == (path, True)


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        ("aws:sns/topic:Topic", {"tags": {"any": "key"}}),
        ("aws:lambda/function:Function", {"environment": {"variables": {"ANY_KEY": "value"}}}),
        ("aws:nowhere/thing:Thing", {"any": {"key": 1}}),
    ],
)
def test_keys_of_the_users_own_are_free(type, inputs):
    assert list(misspelt(type, inputs)) == []
