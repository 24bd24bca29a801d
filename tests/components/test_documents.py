import json

import pulumi
from pulumi_aws import iam

from components.documents import document, tls_only, trust


def policy(record, made):
    """The text that reaches a resource."""

    def program():
        iam.Policy("policy", policy=made())

    return record(program).named("policy")["policy"]


def test_a_document_is_compact_and_has_its_version(record):
    text = policy(record, lambda: document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}))

    assert text == ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}')


def test_outputs_stand_in_a_document_as_their_values(record):
    text = policy(record, lambda: document(tls_only(pulumi.Output.from_input("arn:aws:s3:::lake"))))

    assert json.loads(text)["Statement"][0]["Resource"] == ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]


def test_trust_is_limited_to_the_account_and_may_be_limited_to_a_kind_of_resource(record, place):
    wide = json.loads(policy(record, lambda: trust(place, "lambda", "events")))["Statement"][0]
    narrow = json.loads(policy(record, lambda: trust(place, "lambda", source_arn="arn:x")))["Statement"][0]

    assert wide["Principal"] == {"Service": ["lambda.amazonaws.com", "events.amazonaws.com"]}
    assert wide["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert narrow["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:x"}
