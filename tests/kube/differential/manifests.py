"""One small object of every kind that matters here, and a change to each."""

from typing import Any

from .requests import Object, Resource

LABELS = {"app": "web"}
CONTAINER: Object = {"name": "app", "image": "nginx:1.29"}
NOBODY = {"schedulerName": "nobody"}  # a scheduler would write to the pods of a real server while we compare
POD: Object = {**NOBODY, "containers": [CONTAINER]}
TEMPLATE: Object = {"metadata": {"labels": LABELS}, "spec": POD}
GPU: Object = {
    **NOBODY,
    "containers": [
        {
            "name": "app",
            "image": "nvcr.io/nvidia/cuda",
            "args": ["--x"],
            "ports": [{"name": "http", "containerPort": 8000}],
            "env": [
                {"name": "A", "value": "1"},
                {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            ],
            "resources": {"limits": {"nvidia.com/gpu": 1, "memory": "1024Mi", "cpu": "1000m"}},
            "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}},
            "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
        }
    ],
    "initContainers": [{"name": "init", "image": "busybox:latest", "command": ["true"]}],
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "nodeSelector": {"karpenter.sh/nodepool": "gpu"},
    "volumes": [
        {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "0.5Gi"}},
        {"name": "config", "configMap": {"name": "c"}},
        {"name": "secret", "secret": {"secretName": "s"}},
        {"name": "host", "hostPath": {"path": "/x"}},
    ],
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": LABELS},
        }
    ],
}


def _workload(**spec: Any) -> Object:
    return {"metadata": {"labels": LABELS}, "spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE, **spec}}


def _kind(
    api_version: str, kind: str, plural: str, manifest: Object, change: Object, *, namespaced: bool = True
) -> Resource:
    labelled = {**manifest, "metadata": {"labels": LABELS, **manifest.get("metadata", {})}}
    return Resource(api_version, kind, plural, labelled, change, namespaced)


RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
BACKEND = {"service": {"name": "web", "port": {"number": 80}}}
METRIC = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}

RESOURCES = (
    _kind("v1", "ConfigMap", "configmaps", {"data": {"a": "1", "b": "2"}}, {"data": {"a": "9"}}),
    _kind("v1", "Secret", "secrets", {"stringData": {"a": "1"}}, {"data": {"a": "OQ=="}}),
    _kind("v1", "ServiceAccount", "serviceaccounts", {}, {"automountServiceAccountToken": False}),
    _kind("v1", "Pod", "pods", {"spec": POD}, {"spec": {"activeDeadlineSeconds": 60}}),
    _kind(
        "v1",
        "Service",
        "services",
        {"spec": {"selector": LABELS, "ports": [{"port": 80}]}},
        {"spec": {"sessionAffinity": "ClientIP"}},
    ),
    _kind(
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "",
                "resources": {"requests": {"storage": "1Gi"}},
            }
        },
        {"metadata": {"annotations": {"a": "b"}}},
    ),
    _kind(
        "v1", "ResourceQuota", "resourcequotas", {"spec": {"hard": {"pods": "4"}}}, {"spec": {"hard": {"pods": "8"}}}
    ),
    _kind(
        "v1",
        "LimitRange",
        "limitranges",
        {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}},
        {"spec": {"limits": [{"type": "Container", "default": {"cpu": "2"}}]}},
    ),
    _kind("apps/v1", "Deployment", "deployments", _workload(replicas=2), {"spec": {"replicas": 3}}),
    _kind("apps/v1", "ReplicaSet", "replicasets", _workload(), {"spec": {"replicas": 0}}),
    _kind("apps/v1", "DaemonSet", "daemonsets", _workload(), {"spec": {"minReadySeconds": 5}}),
    _kind("apps/v1", "StatefulSet", "statefulsets", _workload(serviceName="web"), {"spec": {"replicas": 2}}),
    _kind(
        "batch/v1",
        "Job",
        "jobs",
        {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}},
        {"spec": {"parallelism": 2}},
    ),
    _kind(
        "batch/v1",
        "CronJob",
        "cronjobs",
        {
            "spec": {
                "schedule": "0 3 * * *",
                "jobTemplate": {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}},
            }
        },
        {"spec": {"suspend": True}},
    ),
    _kind(
        "policy/v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
        {"spec": {"minAvailable": "50%"}},
    ),
    _kind(
        "networking.k8s.io/v1",
        "Ingress",
        "ingresses",
        {"spec": {"defaultBackend": BACKEND}},
        {"spec": {"ingressClassName": "alb"}},
    ),
    _kind(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "networkpolicies",
        {"spec": {"podSelector": {}, "ingress": [{}]}},
        {"spec": {"podSelector": {"matchLabels": LABELS}}},
    ),
    _kind(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        {"spec": {"maxReplicas": 3, "scaleTargetRef": TARGET, "metrics": [METRIC]}},
        {"spec": {"maxReplicas": 4}},
    ),
    _kind(
        "coordination.k8s.io/v1",
        "Lease",
        "leases",
        {"spec": {"holderIdentity": "a"}},
        {"spec": {"holderIdentity": "b"}},
    ),
    _kind("rbac.authorization.k8s.io/v1", "Role", "roles", {"rules": RULES}, {"rules": []}),
    _kind(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "rolebindings",
        {"roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "Group", "name": "ops"}]},
        {"subjects": []},
    ),
    _kind(
        "rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", {"rules": RULES}, {"rules": []}, namespaced=False
    ),
    _kind(
        "scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", {"value": 7}, {"description": "x"}, namespaced=False
    ),
    _kind(
        "storage.k8s.io/v1",
        "StorageClass",
        "storageclasses",
        {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}},
        {"allowVolumeExpansion": True},
        namespaced=False,
    ),
    _kind(
        "v1",
        "Node",
        "nodes",
        {"spec": {"providerID": "aws:///a/i-1"}},
        {"spec": {"unschedulable": True}},
        namespaced=False,
    ),
)
BY_KIND = {resource.kind: resource for resource in RESOURCES}
