import pytest

from components.lakeformation.governance import LakeGovernance, LakeGovernanceArgs
from components.lakeformation.grants import Access, LakeGrant, LakeGrantArgs
from components.lakeformation.personal_data import PersonalData, PersonalDataArgs

CI = "arn:aws:iam::123456789012:role/mlops/test/mlops-test-ci"
READER = "arn:aws:iam::123456789012:role/analytics/reader"
GRANT = "aws:lakeformation/permissions:Permissions"


def governance(place):
    return LakeGovernance(
        "lake",
        LakeGovernanceArgs(
            placement=place,
            administrators=[CI],
            buckets=["arn:aws:s3:::raw", "arn:aws:s3:::curated"],
            locations={"raw": "arn:aws:s3:::raw", "curated-ride-fare": "arn:aws:s3:::curated/ride-fare"},
            makers={"ci": CI},
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
            permission_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
        ),
    )


def test_nobody_gets_a_new_table_by_iam_alone(record, place):
    settings = record(lambda: governance(place)).named("lake-settings")

    assert settings["admins"] == [CI]
    assert (settings["createDatabaseDefaultPermissions"], settings["createTableDefaultPermissions"]) == ([], [])
    assert settings["allowExternalDataFiltering"] is False


def test_its_role_reads_and_writes_objects_of_the_registered_buckets_alone(record, place):
    made = record(lambda: governance(place))

    assert made.named("lake-raw")["roleArn"] == made.made("lake-role").outputs["arn"]
    assert made.named("lake-raw")["hybridAccessEnabled"] is False
    statements = made.statements("lake-policy")
    assert statements["UseObjects"]["Resource"] == ["arn:aws:s3:::raw/*", "arn:aws:s3:::curated/*"]
    (trusted,) = made.statements("lake-role", "assumeRolePolicy").values()
    assert trusted["Principal"] == {"Service": ["lakeformation.amazonaws.com", "glue.amazonaws.com"]}
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_who_deploys_may_make_tables_in_every_registered_place(record, place):
    made = record(lambda: governance(place))

    found = {each["dataLocation"]["arn"]: (each["principal"], each["permissions"]) for each in made.of(GRANT)}
    assert found == dict.fromkeys(
        ("arn:aws:s3:::raw", "arn:aws:s3:::curated/ride-fare"), (CI, ["DATA_LOCATION_ACCESS"])
    )


def test_settings_outlive_a_protected_environment(record, protected_place):
    goal = record(lambda: governance(protected_place)).goal("lake-settings")

    assert goal.retain_on_delete is True


def test_everything_is_not_personal_but_for_the_columns_that_are(record, place):
    made = record(
        lambda: PersonalData(
            "personal",
            PersonalDataArgs(
                placement=place,
                database="lake",
                tables={"ride-fare-raw": "ride_fare_raw"},
                columns={"ride-fare-raw": ("rider_email", "rider_name")},
                after=[],
            ),
        )
    )

    assert made.named("personal-tag")["values"] == ["no", "yes"]
    assert made.named("personal-tag")["key"] == "mlops-test-personal"
    assert [tag["value"] for tag in made.named("personal-database")["lfTags"]] == ["no"]
    for name in ("rider_email", "rider_name"):  # apart, so that one that comes or goes leaves the other as it is
        column = made.named(f"personal-ride-fare-raw-{name}")
        assert column["tableWithColumns"]["columnNames"] == [name]
        assert [tag["value"] for tag in column["lfTags"]] == ["yes"]


@pytest.mark.parametrize(
    ("access", "permissions", "values", "database"),
    [
        (Access.READ, ["DESCRIBE", "SELECT"], ["no"], ["DESCRIBE"]),
        (Access.READ_PERSONAL, ["DESCRIBE", "SELECT"], ["no", "yes"], ["DESCRIBE"]),
        (Access.WRITE, ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"], ["no", "yes"], ["DESCRIBE"]),
        (Access.MAKE, ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"], ["no", "yes"], ["CREATE_TABLE", "DESCRIBE"]),
        (Access.MAKE_OWN, ["DESCRIBE"], ["no"], ["CREATE_TABLE", "DESCRIBE"]),
        (Access.DESCRIBE, ["DESCRIBE"], ["no", "yes"], ["DESCRIBE"]),
    ],
)
def test_a_grant_is_by_tag(record, place, access, permissions, values, database):
    args = LakeGrantArgs(placement=place, role_arn=READER, tag="personal", access=access)
    made = record(lambda: LakeGrant("reader", args))

    tables = made.named("reader-tables")
    assert (tables["principal"], tables["permissions"]) == (READER, permissions)
    assert tables["lfTagPolicy"] == {
        "resourceType": "TABLE",
        "catalogId": "123456789012",
        "expressions": [{"key": "personal", "values": values}],
    }
    assert made.named("reader-database")["permissions"] == database
    assert len(made.of(GRANT)) == 2


def test_a_grant_that_changes_is_revoked_before_it_is_made_anew(record, place):
    where = {"raw": "arn:aws:s3:::raw"}
    args = LakeGrantArgs(placement=place, role_arn=READER, tag="personal", access=Access.WRITE, locations=where)
    made = record(lambda: LakeGrant("spark", args))

    assert all(made.goal(f"spark-{each}").delete_before_replace for each in ("database", "tables", "raw"))


def test_a_role_of_the_estate_may_ask_for_credentials_and_one_from_elsewhere_is_left_alone(record, place):
    args = LakeGrantArgs(placement=place, role_arn=READER, tag="personal", access=Access.READ)
    own = args.model_copy(update={"role_name": "mlops-test-jobs"})

    assert record(lambda: LakeGrant("reader", args)).names("aws:iam/rolePolicy:RolePolicy") == []
    statements = record(lambda: LakeGrant("reader", own)).statements("reader-ask")
    assert statements["AskLakeFormation"]["Action"] == "lakeformation:GetDataAccess"


def test_a_location_is_granted_once_it_is_registered(record, place):
    where = {"curated": "arn:aws:s3:::curated"}
    args = LakeGrantArgs(placement=place, role_arn=READER, tag="personal", access=Access.WRITE, locations=where)
    made = record(lambda: LakeGrant("spark", args))

    assert made.named("spark-curated")["dataLocation"]["arn"] == "arn:aws:s3:::curated"
    assert any(urn.endswith("::spark-tables") for urn in made.goal("spark-curated").dependencies)
