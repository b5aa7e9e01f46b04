"""Tokens for kubectl: signed here, sent nowhere."""

import base64
import json
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from eksgpu.errors import CredentialsError, UsageError
from eksgpu.ops.token import token


def test_the_sandbox_signs_as_its_one_caller_and_asks_nobody() -> None:
    status = json.loads(token("demo", region="eu-north-1", sandbox=True))["status"]
    padded = status["token"].removeprefix("k8s-aws-v1.") + "=="
    url = urlsplit(base64.urlsafe_b64decode(padded).decode())
    query = parse_qs(url.query)
    assert url.netloc == "sts.eu-north-1.amazonaws.com"
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert query["X-Amz-Credential"][0].startswith("sandbox/")
    assert status["expirationTimestamp"].endswith("Z")


def test_nothing_to_sign_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(CredentialsError):
        token("demo", region="us-west-2")
    with pytest.raises(UsageError, match="no region"):
        token("demo", region=None)
    with pytest.raises(UsageError, match="nope"):
        token("demo", region="us-west-2", profile="nope")


def test_it_loads_neither_specs_nor_the_kubernetes_client_nor_the_sandbox() -> None:
    code = "import sys, eksgpu.ops.token; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("eksgpu.")}
    assert not rooms & {"spec", "blueprint", "checks", "components", "facts", "sandbox", "ui", "export"}
    assert not {"kubernetes", "pydantic", "rich", "boto3"} & set(loaded)
