"""The chart `karpenter`: the controller's Deployment and what surrounds it. Its roles are left out: nothing runs here.

Source: chart v1.14.1, templates/deployment.yaml and its like; its `crds/` are those of `karpenter-crd`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.catalog.component import components
from eksgpu.errors import CloudError
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.helm.definitions import definitions
from eksgpu.sandbox.helm.values import defaults, filled, full_name, merged

NAME = "karpenter"
NEWEST = components()["karpenter"].version
DEFINITIONS = definitions("karpenter.yaml")
_ENVIRONMENT = {
    "batchMaxDuration": "BATCH_MAX_DURATION",
    "batchIdleDuration": "BATCH_IDLE_DURATION",
    "preferencePolicy": "PREFERENCE_POLICY",
    "minValuesPolicy": "MIN_VALUES_POLICY",
    "clusterName": "CLUSTER_NAME",
    "clusterEndpoint": "CLUSTER_ENDPOINT",
    "interruptionQueue": "INTERRUPTION_QUEUE",
    "vmMemoryOverheadPercent": "VM_MEMORY_OVERHEAD_PERCENT",
    "reservedENIs": "RESERVED_ENIS",
}


def objects(wanted: Upgrade) -> list[dict[str, Any]]:
    """Everything but the definitions."""
    values = merged(defaults("karpenter_values.yaml"), wanted.values)
    if not values["settings"]["clusterName"]:
        raise CloudError("the chart karpenter needs settings.clusterName: without it the controller does not start")
    name = full_name(wanted.release, NAME, values.get("fullnameOverride", ""))
    account = values["serviceAccount"]["name"] or name
    made = [
        _budget(wanted, values["podDisruptionBudget"]),
        _account(wanted, account, values["serviceAccount"]),
        _service(wanted, name, values["controller"]["metrics"]["port"]),
        _deployment(wanted, values, name, account),
    ]
    return [one for one in made if one]


def _budget(wanted: Upgrade, budget: Mapping[str, Any]) -> dict[str, Any]:
    spec = {"maxUnavailable": budget["maxUnavailable"], "selector": {"matchLabels": _selector(wanted)}}
    return _object(wanted, "policy/v1", "PodDisruptionBudget", budget["name"], spec=spec)


def _account(wanted: Upgrade, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    made = _object(wanted, "v1", "ServiceAccount", name)
    made["metadata"] |= filled({"annotations": values["annotations"]})
    return made if values["create"] else {}


def _service(wanted: Upgrade, name: str, port: int) -> dict[str, Any]:
    ports = [{"name": "http-metrics", "port": port, "targetPort": "http-metrics", "protocol": "TCP"}]
    spec = {"type": "ClusterIP", "selector": _selector(wanted), "ports": ports}
    return _object(wanted, "v1", "Service", name, spec=spec)


def _deployment(wanted: Upgrade, values: Mapping[str, Any], name: str, account: str) -> dict[str, Any]:
    selector = _selector(wanted)
    labels, annotations = {**selector, **values.get("podLabels", {})}, values.get("podAnnotations", {})
    spec = {
        "replicas": values["replicas"],
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "selector": {"matchLabels": selector},
        "template": {
            "metadata": filled({"labels": labels, "annotations": annotations}),
            "spec": _pod(wanted, values, name, account),
        },
    }
    return _object(wanted, "apps/v1", "Deployment", name, spec=spec)


def _object(wanted: Upgrade, api_version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    labels = {"helm.sh/chart": f"{NAME}-{wanted.version}", **_selector(wanted)}
    labels["app.kubernetes.io/version"] = wanted.version or NEWEST
    metadata = {"name": name, "namespace": wanted.namespace, "labels": labels}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def _selector(wanted: Upgrade) -> dict[str, str]:
    return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": wanted.release}


def _pod(wanted: Upgrade, values: Mapping[str, Any], name: str, account: str) -> dict[str, Any]:
    selector = _selector(wanted)
    return filled({
        "serviceAccountName": account,
        "priorityClassName": values.get("priorityClassName"),
        "dnsPolicy": values.get("dnsPolicy"),
        "hostNetwork": values.get("hostNetwork") or None,
        "containers": [_container(wanted, values["controller"], list(_environment(values, name)))],
        "nodeSelector": values.get("nodeSelector"),
        "affinity": _affinity(values.get("affinity", {}), selector),
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": selector}, **one} for one in values.get("topologySpreadConstraints", [])
        ],
        "tolerations": values.get("tolerations"),
    })  # fmt: skip


def _container(wanted: Upgrade, controller: Mapping[str, Any], environment: list[dict[str, Any]]) -> dict[str, Any]:
    image = controller["image"]
    digest = f"@{image['digest']}" if image.get("digest") else ""
    return filled({
        "name": "controller",
        "image": f"{image['repository']}:{image['tag'] or wanted.version}{digest}",
        "env": [*environment, *controller["env"]],
        "ports": [
            {"name": "http-metrics", "containerPort": controller["metrics"]["port"], "protocol": "TCP"},
            {"name": "http", "containerPort": controller["healthProbe"]["port"], "protocol": "TCP"},
        ],
        "readinessProbe": {"initialDelaySeconds": 5, "timeoutSeconds": 30,
                           "httpGet": {"path": "/readyz", "port": "http"}},
        "livenessProbe": {"initialDelaySeconds": 30, "timeoutSeconds": 30,
                          "httpGet": {"path": "/healthz", "port": "http"}},
        "resources": controller["resources"],
    })  # fmt: skip


def _environment(values: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    settings, controller = values["settings"], values["controller"]
    fixed = {
        "KARPENTER_SERVICE": name,
        "LOG_LEVEL": values["logLevel"],
        "METRICS_PORT": controller["metrics"]["port"],
        "HEALTH_PROBE_PORT": controller["healthProbe"]["port"],
    }
    yield from ({"name": key, "value": str(value)} for key, value in fixed.items())
    yield {"name": "SYSTEM_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    gates = (f"{gate[0].upper()}{gate[1:]}={str(on).lower()}" for gate, on in settings["featureGates"].items())
    yield {"name": "FEATURE_GATES", "value": ",".join(gates)}
    for setting, variable in _ENVIRONMENT.items():
        if settings.get(setting) not in (None, ""):
            yield {"name": variable, "value": str(settings[setting])}


def _affinity(affinity: Mapping[str, Any], selector: Mapping[str, str]) -> dict[str, Any]:
    """The affinity with the controller's own labels in terms that name none, as the chart puts them there."""
    apart = dict(affinity.get("podAntiAffinity", {}))
    required = apart.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required:
        terms = [{"labelSelector": {"matchLabels": dict(selector)}, **term} for term in required]
        apart["requiredDuringSchedulingIgnoredDuringExecution"] = terms
    return {**affinity, "podAntiAffinity": apart} if apart else dict(affinity)
