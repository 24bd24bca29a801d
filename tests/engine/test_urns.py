import pytest
from pulumi.runtime.proto import alias_pb2

from estate.engine import urns

HERE = "urn:pulumi:dev::demo::"
PARENT = f"{HERE}a:b:Outer::outer"
CHILD = f"{HERE}a:b:Outer$c:d:Thing::outer-thing"


@pytest.mark.parametrize(
    ("parent", "urn"),
    [
        (None, f"{HERE}c:d:Thing::x"),
        (f"{HERE}pulumi:pulumi:Stack::demo-dev", f"{HERE}c:d:Thing::x"),
        (PARENT, f"{HERE}a:b:Outer$c:d:Thing::x"),
        (CHILD, f"{HERE}a:b:Outer$c:d:Thing$c:d:Thing::x"),
    ],
)
def test_a_urn_has_the_types_of_the_parents(parent, urn):
    assert urns.make("dev", "demo", parent, "c:d:Thing", "x") == urn


def test_a_name_may_hold_the_separator():
    assert urns.name_of(f"{HERE}c:d:Thing::a::b") == "a::b"
    assert urns.type_of(f"{HERE}a:b:Outer$c:d:Thing::a::b") == "c:d:Thing"


@pytest.mark.parametrize(
    ("spec", "urn"),
    [
        ({"name": "y"}, f"{HERE}a:b:Outer$c:d:Thing::y"),
        ({"type": "c:d:Old"}, f"{HERE}a:b:Outer$c:d:Old::outer-thing"),
        ({"noParent": True}, f"{HERE}c:d:Thing::outer-thing"),
        ({"parentUrn": f"{HERE}e:f:G::g"}, f"{HERE}e:f:G$c:d:Thing::outer-thing"),
        ({"stack": "qa", "project": "old"}, "urn:pulumi:qa::old::a:b:Outer$c:d:Thing::outer-thing"),
    ],
)
def test_an_alias_replaces_what_it_names(spec, urn):
    alias = alias_pb2.Alias(spec=alias_pb2.Alias.Spec(**spec))

    assert urns.aliases([alias], CHILD, PARENT, {}) == (urn,)


def test_an_alias_may_be_a_whole_urn():
    assert urns.aliases([alias_pb2.Alias(urn="urn:x")], CHILD, PARENT, {}) == ("urn:x",)


def test_a_child_was_also_under_the_former_names_of_its_parent():
    former = {PARENT: [f"{HERE}a:b:Former::old"]}

    other = alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="other"))

    assert urns.aliases([other], CHILD, PARENT, former) == (
        f"{HERE}a:b:Outer$c:d:Thing::other",
        f"{HERE}a:b:Former$c:d:Thing::old-thing",
        f"{HERE}a:b:Former$c:d:Thing::other",
    )
