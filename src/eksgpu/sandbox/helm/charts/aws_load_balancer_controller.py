"""The chart `aws-load-balancer-controller`: its Deployment, its class of Ingresses, and its definitions.

Its webhooks are left out, since nobody would answer them; the sandbox's own controller reads from the Deployment
whether plain Services are its business. Source: chart 3.5.0, templates/deployment.yaml and its like.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.component import components
from eksgpu.errors import CloudError
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.controllers.load_balancers import MUTATES_SERVICES, NAME
from eksgpu.sandbox.helm.definitions import definitions
from eksgpu.sandbox.helm.values import defaults, filled, full_name, merged

NEWEST = components()["awsLoadBalancerController"].version
DEFINITIONS = definitions("aws_load_balancer_controller.yaml")
_ARGUMENTS = {
    "clusterName": "cluster-name",
    "ingressClass": "ingress-class",
    "region": "aws-region",
    "vpcId": "aws-vpc-id",
    "defaultTargetType": "default-target-type",
    "enableShield": "enable-shield",
    "enableWaf": "enable-waf",
    "enableWafv2": "enable-wafv2",
}


def objects(wanted: Upgrade) -> list[dict[str, Any]]:
    """Everything but the definitions."""
    values = merged(defaults("aws_load_balancer_controller_values.yaml"), wanted.values)
    if not values["clusterName"]:
        raise CloudError("Chart cannot be installed without a valid clusterName!")
    return [*_surroundings(wanted, values), _deployment(wanted, values), *_classes(wanted, values)]


def _surroundings(wanted: Upgrade, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    account, service = values["serviceAccount"], []
    if account["create"]:
        metadata = {**_metadata(wanted, _account(wanted, values)), **filled({"annotations": account["annotations"]})}
        service.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    port = {"port": 443, "name": "webhook-server", "targetPort": "webhook-server"}
    return [
        *service,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _metadata(wanted, "aws-load-balancer-webhook-service"),
            "spec": {"selector": _selector(wanted), "ports": [port]},
        },
    ]


def _deployment(wanted: Upgrade, values: Mapping[str, Any]) -> dict[str, Any]:
    name = full_name(wanted.release, NAME, values.get("fullnameOverride", ""))
    mutates = str(bool(values["enableServiceMutatorWebhook"])).lower()
    selector = _selector(wanted)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**_metadata(wanted, name), "annotations": {MUTATES_SERVICES: mutates}},
        "spec": {
            "replicas": values["replicaCount"],
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": selector}, "spec": _pod(wanted, values)},
        },
    }


def _pod(wanted: Upgrade, values: Mapping[str, Any]) -> dict[str, Any]:
    image = values["image"]
    container = {
        "name": NAME,
        "image": f"{image['repository']}:{image['tag'] or f'v{wanted.version}'}",
        "args": [f"--{argument}={_word(values[key])}" for key, argument in _ARGUMENTS.items() if key in values],
        "ports": [
            {"name": "webhook-server", "containerPort": 9443, "protocol": "TCP"},
            {"name": "metrics-server", "containerPort": 8080, "protocol": "TCP"},
        ],
        "resources": values["resources"],
    }
    return filled({
        "serviceAccountName": _account(wanted, values),
        "priorityClassName": values.get("priorityClassName"),
        "hostNetwork": values.get("hostNetwork") or None,
        "containers": [filled(container)],
        "nodeSelector": values.get("nodeSelector"),
        "affinity": values.get("affinity") or _apart(),
        "topologySpreadConstraints": values.get("topologySpreadConstraints"),
        "tolerations": values.get("tolerations"),
    })  # fmt: skip


def _classes(wanted: Upgrade, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not values["createIngressClassResource"]:
        return []
    name = values["ingressClass"]
    labels = _metadata(wanted, name)["labels"]
    default = {"ingressclass.kubernetes.io/is-default-class": "true"} if values["ingressClassConfig"]["default"] else {}
    return [
        {
            "apiVersion": "elbv2.k8s.aws/v1beta1",
            "kind": "IngressClassParams",
            "metadata": {"name": name, "labels": labels},
            "spec": values.get("ingressClassParams", {}).get("spec", {}),
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": name, "labels": labels, **filled({"annotations": default})},
            "spec": {
                "controller": "ingress.k8s.aws/alb",
                "parameters": {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": name},
            },
        },
    ]


def _metadata(wanted: Upgrade, name: str) -> dict[str, Any]:
    labels = {"helm.sh/chart": f"{NAME}-{wanted.version}", **_selector(wanted),
              "app.kubernetes.io/version": f"v{wanted.version}"}  # fmt: skip
    return {"name": name, "namespace": wanted.namespace, "labels": labels}


def _selector(wanted: Upgrade) -> dict[str, str]:
    return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": wanted.release}


def _account(wanted: Upgrade, values: Mapping[str, Any]) -> str:
    return str(values["serviceAccount"]["name"] or full_name(wanted.release, NAME, values.get("fullnameOverride", "")))


def _apart() -> dict[str, Any]:
    named = {"key": "app.kubernetes.io/name", "operator": "In", "values": [NAME]}
    term = {"labelSelector": {"matchExpressions": [named]}, "topologyKey": "kubernetes.io/hostname"}
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
