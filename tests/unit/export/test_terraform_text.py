"""Values in Terraform's JSON syntax: what is an expression, what only looks like one, what is left out."""

import json

import pytest

from eksgpu.engine.refs import Chosen, Ref, Text
from eksgpu.export.terraform_text import base64, document, value


def address(ref: Ref) -> str:
    return f'{ref.target.replace("/", ".")}["{ref.output}"]'


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Ref("vpc/main"), '${vpc.main["id"]}'),
        (Text("a-", Ref("vpc/main", "arn"), "/*"), 'a-${vpc.main["arn"]}/*'),
        (Chosen("1.35"), "1.35"),
        ((Ref("a/b"), 1, True), ['${a.b["id"]}', 1, True]),
        ({"set": 1, "unset": None}, {"set": 1}),
        (frozenset({"b", "a"}), ["a", "b"]),
        ("${aws:username} at 5 %{", "$${aws:username} at 5 %%{"),
        (Text("${literal} ", Ref("a/b")), '$${literal} ${a.b["id"]}'),
    ],
)
def test_value(tree: object, expected: object) -> None:
    assert value(tree, address) == expected


def test_a_document_is_json_once_terraform_has_filled_it_in() -> None:
    policy = {
        "Resource": Text(Ref("sqs_queue/q", "arn"), "/*"),
        "Action": ("sqs:*",),
        "Condition": {"StringEquals": {"aws:PrincipalTag/x": '${aws:username}"'}},
    }
    text = document(policy, address)
    assert '${sqs_queue.q["arn"]}/*' in text
    filled = text.replace('${sqs_queue.q["arn"]}', "arn:aws:sqs:x").replace("$${", "${")
    assert json.loads(filled) == {
        "Resource": "arn:aws:sqs:x/*",
        "Action": ["sqs:*"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/x": '${aws:username}"'}},
    }


def test_a_text_is_encoded_once_its_refs_are_known() -> None:
    text = Text('name = "', Ref("eks_cluster/main", "name"), '"\n')
    assert base64(text, lambda _: "aws_eks_cluster.main.name") == (
        r'${base64encode("name = \"${aws_eks_cluster.main.name}\"\n")}'
    )
