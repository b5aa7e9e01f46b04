"""A kubeconfig that asks `eksgpu token`, and what that prints."""

import base64
import json

from eksgpu.kube.kubeconfig import Way, exec_credential, kubeconfig

WAY = Way(
    cluster="demo",
    region="us-west-2",
    endpoint="https://example.eks",
    ca="-----BEGIN CERTIFICATE-----\n",
    arguments=("--profile", "team"),
    environment={"AWS_CONFIG_FILE": "/x"},
)


def test_it_leads_to_the_cluster_with_our_token() -> None:
    document = json.loads(kubeconfig(WAY, context="here", namespace="gpu"))
    cluster = document["clusters"][0]["cluster"]
    assert cluster["server"] == "https://example.eks"
    assert base64.b64decode(cluster["certificate-authority-data"]).decode() == WAY.ca
    execute = document["users"][0]["user"]["exec"]
    assert [execute["command"], *execute["args"]] == [
        *["eksgpu", "token", "--cluster", "demo", "--region", "us-west-2", "--profile", "team"]
    ]
    assert execute["env"] == [{"name": "AWS_CONFIG_FILE", "value": "/x"}]
    assert document["current-context"] == document["contexts"][0]["name"] == "here"
    assert document["contexts"][0]["context"]["namespace"] == "gpu"


def test_the_credential_is_what_kubectl_expects() -> None:
    credential = json.loads(exec_credential("k8s-aws-v1.x", "2026-11-22T12:14:00Z"))
    assert credential["kind"] == "ExecCredential"
    assert credential["status"] == {"token": "k8s-aws-v1.x", "expirationTimestamp": "2026-11-22T12:14:00Z"}
