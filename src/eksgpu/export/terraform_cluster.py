"""What is in the cluster, for Terraform: charts, and plain objects as releases of a chart that holds just one object.

Terraform's own `kubernetes_manifest` asks the cluster while it plans, so it cannot be in one configuration with the
cluster that it needs. Helm asks only when it applies, and takes an object away only when its controller lets it go.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.engine.mark import OWN_PREFIX, short_name
from eksgpu.engine.refs import Ref

from .terraform_text import Address, document, value

RELEASE = "helm_release"
OBJECT = "kubernetes_manifest"
PROVIDER = {"source": "hashicorp/helm", "version": ">= 3.0.0"}
CHART = "object"
CHART_FILES = {
    f"{CHART}/Chart.yaml": "apiVersion: v2\nname: object\ndescription: One Kubernetes object\nversion: 1.0.0\n",
    f"{CHART}/templates/object.yaml": "{{ toYaml .Values.object }}\n",
}
_RELEASE_NAME = 53  # Helm's limit


def as_release(label: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The release that stands for an object, from the arguments of `kubernetes_manifest`."""
    manifest = arguments["manifest"]
    metadata = dict(manifest["metadata"])
    others = {key: text for key, text in metadata.pop("annotations", {}).items() if not key.startswith(OWN_PREFIX)}
    metadata |= {"annotations": others} if others else {}
    return {
        "name": short_name(label.lower(), _RELEASE_NAME),
        "namespace": metadata.get("namespace", "kube-system"),
        "chart": f"${{path.module}}/{CHART}",
        "values": {"object": {**manifest, "metadata": metadata}},
        "wait": True,
    }


def rendered(name: str, argument: Any, address: Address) -> Any:
    """An argument of a release: its values are a list of documents, its chart may be a path."""
    if name == "values":
        return [document(argument, address)] if argument else None
    return argument if name == "chart" else value(argument, address)


def provider(cluster: str, region: str, name: str, address: Address) -> dict[str, Any]:
    """The way into the cluster of this identity and name, with a token that the aws program makes for each call."""
    arguments = ["eks", "get-token", "--region", region, "--cluster-name", name]
    return {
        "kubernetes": {
            "host": f"${{{address(Ref(cluster, 'endpoint'))}}}",
            "cluster_ca_certificate": f"${{base64decode({address(Ref(cluster, 'ca'))})}}",
            "exec": {"api_version": "client.authentication.k8s.io/v1", "command": "aws", "args": arguments},
        }
    }
