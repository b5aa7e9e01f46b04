"""Objects that a server must refuse or read in its own way: mutations at random places, and people's mistakes."""

import copy
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from .manifests import BY_KIND, CONTAINER, GPU, LABELS, POD, TEMPLATE
from .requests import MERGE, Case, Object, Resource, Step

_MUTATIONS = 4  # for each kind, beside the mistakes below
_SHOW = {"dryRun": "All", "fieldValidation": "Strict"}
Place = tuple[str | int, ...]


def wrong(random: Random) -> Iterator[Case]:
    for resource in BY_KIND.values():
        case = f"wrong-{resource.plural}"
        base = resource.named(case)
        broken = [mutated(random, base) for _ in range(_MUTATIONS)]
        bodies = [*broken, *(_set(base, change) for change in MISTAKES.get(resource.kind, ()))]
        steps = [Step(f"{at}", "POST", resource.collection(case), body, query=_SHOW) for at, body in enumerate(bodies)]
        yield Case(case, (*steps, *_frozen(resource, case)))
    yield Case("wrong-bodies", tuple(_bodies("wrong-bodies")))
    yield Case("read-gpu", tuple(_read("read-gpu")))


def mutated(random: Random, base: Object) -> Object:
    """A copy with one thing wrong at a random place: a field of another type, one too many, or one missing."""
    found = copy.deepcopy(base)
    places = [place for place in _places(found) if place[0] not in ("apiVersion", "kind") and place != ("metadata",)]
    *way, last = random.choice([place for place in places if isinstance(place[-1], str)])
    holder: Any = found
    for key in way:
        holder = holder[key]
    how = random.randrange(4)
    if how == 0:
        del holder[last]
    elif how == 1:
        holder[f"{last}x"] = holder.pop(last)
    else:
        holder[last] = {str: 7, int: "seven", list: "list", dict: ["dict"], bool: "yes"}[type(holder[last])]
    return found


def _places(value: Any, at: Place = ()) -> Iterator[Place]:
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*at, key))


def _set(base: Object, changes: dict[str, Any]) -> Object:
    """A copy with values at dotted paths; None takes one away."""
    found = copy.deepcopy(base)
    for path, value in changes.items():
        *way, last = (int(key) if key.isdigit() else key for key in path.split("/"))
        holder: Any = found
        for key in way:
            holder = holder[key]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
    return found


def _container(**fields: Any) -> dict[str, Any]:
    return {"spec/containers": [{**CONTAINER, **fields}]}


_IN_POD: Sequence[dict[str, Any]] = (
    {"spec/containers": []},
    {"spec/containers": [CONTAINER, CONTAINER]},
    _container(name="Not_A_Name"),
    _container(image=""),
    _container(imagePullPolicy="Sometimes"),
    _container(ports=[{"containerPort": 70000}]),
    _container(ports=[{"containerPort": 80}, {"containerPort": 80}]),
    _container(ports=[{"containerPort": 80, "name": "NAME_of_port"}]),
    _container(ports=[{"containerPort": 80, "protocol": "http"}]),
    _container(resources={"limits": {"cpu": "lots"}}),
    _container(resources={"limits": {"cpu": "-1"}}),
    _container(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
    _container(resources={"requests": {"nvidia.com/gpu": "1"}}),
    _container(resources={"limits": {"nvidia.com/gpu": "1.5"}}),
    _container(resources={"limits": {"nvidia.com/gpu": "2"}, "requests": {"nvidia.com/gpu": "1"}}),
    _container(resources={"limits": {"gpu": "1"}}),
    _container(env=[{"name": "1 2", "value": "x"}]),
    _container(env=[{"name": "", "value": "x"}]),
    _container(env=[{"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]),
    _container(volumeMounts=[{"name": "none", "mountPath": "/x"}]),
    _container(livenessProbe={"httpGet": {"port": "http"}, "periodSeconds": -1}),
    _container(livenessProbe={}),
    {"spec/restartPolicy": "Sometimes"},
    {"spec/dnsPolicy": "Any"},
    {"spec/nodeSelector": {"a b": "c"}},
    {"spec/nodeName": "Not A Name"},
    {"spec/tolerations": [{"operator": "Contains"}]},
    {"spec/tolerations": [{"operator": "Exists", "key": "a", "value": "b"}]},
    {"spec/tolerations": [{"key": "a", "effect": "Nothing"}]},
    {"spec/tolerations": [{"value": "a"}]},
    {"spec/volumes": [{"name": "v"}, {"name": "v"}]},
    {"spec/volumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}]},
    {"spec/topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}]},
    {"spec/topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "Never"}]},
    {"spec/affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}},
    {"spec/priorityClassName": "none"},
    {"spec/serviceAccountName": "none"},
    {"spec/terminationGracePeriodSeconds": -1},
    {"spec/activeDeadlineSeconds": 0},
    {"spec/hostname": "Not_A_Name"},
)
_IN_METADATA: Sequence[dict[str, Any]] = (
    {"metadata/name": "Upper"},
    {"metadata/name": "a" * 254},
    {"metadata/name": ""},
    {"metadata/name": None},
    {"metadata/generateName": "made-", "metadata/name": "one"},
    {"metadata/namespace": "default"},
    {"metadata/labels": {"a/b/c": "d"}},
    {"metadata/labels": {"-a": "d"}},
    {"metadata/labels": {"a": "no spaces"}},
    {"metadata/labels": {"a": "x" * 64}},
    {"metadata/annotations": {"not a key": "x"}},
    {"metadata/annotations": {"a": "x" * 262145}},
    {"metadata/finalizers": ["bad finalizer/x"]},
    {"metadata/ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x"}]},
    {"metadata/ownerReferences": [{"apiVersion": "v1", "kind": "", "name": "x", "uid": "u"}]},
    {"metadata/resourceVersion": "7"},
    {"metadata/uid": "11111111-1111-1111-1111-111111111111"},
    {"metadata/creationTimestamp": "yesterday"},
    {"apiVersion": "v2"},
    {"kind": "Secret"},
    {"kind": ""},
)
_IN_WORKLOAD: Sequence[dict[str, Any]] = (
    {"spec/selector": {"matchLabels": {"app": "other"}}},
    {"spec/selector": {}},
    {"spec/selector": None},
    {"spec/template/metadata/labels": {}},
    {"spec/template/spec/restartPolicy": "Never"},
    {"spec/template/spec/containers": []},
)
MISTAKES: dict[str, Sequence[dict[str, Any]]] = {
    "ConfigMap": (*_IN_METADATA, {"data": {"bad key": "x"}}, {"data": {"a": "1"}, "binaryData": {"a": "MQ=="}}),
    "Secret": (
        {"stringData": None, "data": {"a": "not base64!"}},
        {"type": "kubernetes.io/tls"},
        {"data": {"a b": "MQ=="}},
    ),
    "Pod": _IN_POD,
    "Service": (
        {"spec/ports": []},
        {"spec/ports": [{"port": 0}]},
        {"spec/ports": [{"port": 80}, {"port": 81}]},
        {"spec/ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]},
        {"spec/type": "Public"},
        {"spec/ports": [{"port": 80, "protocol": "HTTP"}]},
        {"spec/clusterIP": "1.2.3"},
        {"metadata/name": "9x"},
        {"spec/sessionAffinity": "Sticky"},
        {"spec/type": "ExternalName"},
        {"spec/type": "ClusterIP", "spec/clusterIP": "None"},
    ),
    "PersistentVolumeClaim": (
        {"spec/accessModes": []},
        {"spec/accessModes": ["Any"]},
        {"spec/resources": {}},
        {"spec/resources": {"requests": {"storage": "0"}}},
        {"spec/volumeMode": "Tape"},
    ),
    "Deployment": (
        *_IN_WORKLOAD,
        {"spec/replicas": -1},
        {"spec/strategy": {"type": "Sideways"}},
        {"spec/strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
        {"spec/strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
        {"spec/strategy": {"rollingUpdate": {"maxSurge": "x"}}},
        {"spec/minReadySeconds": -1},
        {"spec/progressDeadlineSeconds": 0},
        {"spec/revisionHistoryLimit": -1},
    ),
    "ReplicaSet": _IN_WORKLOAD[:2],
    "DaemonSet": (*_IN_WORKLOAD[:3], {"spec/updateStrategy": {"type": "Never"}}),
    "StatefulSet": (*_IN_WORKLOAD[:3], {"spec/podManagementPolicy": "Any"}, {"spec/serviceName": "Not_Good"}),
    "Job": (
        {"spec/template/spec/restartPolicy": "Always"},
        {"spec/parallelism": -1},
        {"spec/completions": -1},
        {"spec/completionMode": "Indexed"},
        {"spec/completionMode": "Any"},
        {"spec/backoffLimit": -1},
        {"spec/ttlSecondsAfterFinished": -1},
        {"spec/selector": {"matchLabels": LABELS}},
    ),
    "CronJob": (
        {"spec/schedule": "often"},
        {"spec/schedule": ""},
        {"spec/concurrencyPolicy": "Any"},
        {"metadata/name": "a" * 53},
    ),
    "PodDisruptionBudget": (
        {"spec/maxUnavailable": 1},
        {"spec/minAvailable": -1},
        {"spec/minAvailable": "110%"},
        {"spec/minAvailable": "x"},
    ),
    "Ingress": ({"spec": {}}, {"spec": {"rules": [{"host": "Not A Host"}]}}),
    "NetworkPolicy": ({"spec/policyTypes": ["Sideways"]},),
    "HorizontalPodAutoscaler": ({"spec/maxReplicas": 0}, {"spec/minReplicas": 5}, {"spec/scaleTargetRef/name": ""}),
    "Role": ({"rules": [{"apiGroups": [""], "resources": ["pods"]}]}, {"rules": [{"verbs": ["get"]}]}),
    "RoleBinding": ({"roleRef/kind": "Group"}, {"roleRef/name": ""}, {"subjects": [{"kind": "Robot", "name": "x"}]}),
    "PriorityClass": ({"value": 2000000001}, {"metadata/name": "system-mine"}, {"preemptionPolicy": "Maybe"}),
    "StorageClass": ({"provisioner": ""}, {"reclaimPolicy": "Keep"}, {"volumeBindingMode": "Soon"}),
    "Node": (
        {"spec/taints": [{"key": "a", "effect": "Nothing"}]},
        {"spec/taints": [{"key": "", "effect": "NoSchedule"}]},
    ),
    "LimitRange": ({"spec/limits": [{"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "2"}}]},),
    "ResourceQuota": ({"spec/hard": {"pods": "-1"}},),
    "Lease": ({"spec/leaseDurationSeconds": 0},),
}

# What must not change once it is there.
_FROZEN: dict[str, Sequence[Object]] = {
    "ConfigMap": ({"immutable": True}, {"data": {"a": "8"}}, {"immutable": False}),
    "Secret": ({"type": "other"},),
    "Pod": ({"spec": {"nodeSelector": {"a": "b"}}}, {"spec": {"terminationGracePeriodSeconds": 1}}),
    "Service": ({"spec": {"clusterIP": "172.20.0.99"}}, {"spec": {"type": "NodePort"}}),
    "PersistentVolumeClaim": (
        {"spec": {"storageClassName": "other"}},
        {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
    ),
    "Deployment": (
        {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
        {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}},
    ),
    "DaemonSet": ({"spec": {"selector": {"matchLabels": {"a": "b"}}}},),
    "StatefulSet": ({"spec": {"serviceName": "other"}}, {"spec": {"podManagementPolicy": "Parallel"}}),
    "Job": ({"spec": {"completions": 3}}, {"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}}),
    "RoleBinding": ({"roleRef": {"name": "edit"}},),
    "PriorityClass": ({"value": 8},),
    "StorageClass": ({"provisioner": "other"}, {"parameters": {"type": "io2"}}),
}


def _frozen(resource: Resource, case: str) -> Iterator[Step]:
    changes = _FROZEN.get(resource.kind, ())
    if changes:
        yield Step("create", "POST", resource.collection(case), resource.named(case))
    for at, change in enumerate(changes):
        yield Step(f"frozen {at}", "PATCH", resource.path(case), change, MERGE)
    if changes:
        yield Step("delete", "DELETE", resource.path(case), {"gracePeriodSeconds": 0})


def _bodies(case: str) -> Iterator[Step]:
    maps = BY_KIND["ConfigMap"]
    where, one = maps.collection(case), maps.named(case)
    yield Step("empty", "POST", where, "")
    yield Step("no json", "POST", where, "{")
    yield Step("a list", "POST", where, [])
    yield Step("a number", "POST", where, 7)
    yield Step(
        "yaml", "POST", where, "metadata: {name: from-yaml}\ndata: {a: '1'}\n", "application/yaml", {"dryRun": "All"}
    )
    yield Step("unknown media", "POST", where, one, "text/csv")
    yield Step("patch media", "PATCH", f"{where}/one", one, "application/json")
    yield Step("unknown field warned", "POST", where, {**one, "x": 1}, query={"dryRun": "All"})
    yield Step(
        "unknown field ignored", "POST", where, {**one, "x": 1}, query={"dryRun": "All", "fieldValidation": "Ignore"}
    )
    yield Step("bad validation", "POST", where, one, query={"fieldValidation": "Maybe"})
    yield Step("bad dry run", "POST", where, one, query={"dryRun": "Some"})
    yield Step("long manager", "POST", where, one, query={"fieldManager": "m" * 129})
    yield Step("no such resource", "GET", where.replace("configmaps", "nothings"))
    yield Step("no such group", "GET", "/apis/nothing.example/v1/things")
    yield Step("no such version", "GET", "/apis/apps/v9/deployments")
    yield Step("no such path", "GET", "/nothing")
    yield Step("patch a list", "PATCH", where, {}, MERGE)
    yield Step("no namespace", "POST", "/api/v1/namespaces/none/configmaps", one)
    yield Step("every namespace", "POST", "/api/v1/configmaps", one)
    yield Step("bad version", "GET", where, query={"resourceVersion": "x"})
    yield Step("bad limit", "GET", where, query={"limit": "x"})
    yield Step("bad token", "GET", where, query={"limit": "1", "continue": "x"})


def _read(case: str) -> Iterator[Step]:
    """How a server reads a GPU pod: defaults, quantities, what follows from what."""
    pods, deployments = BY_KIND["Pod"], BY_KIND["Deployment"]
    yield Step("pod", "POST", pods.collection(case), pods.fitted(case, {"spec": GPU}), query={"dryRun": "All"})
    template = {**TEMPLATE, "spec": GPU}
    spec = {"selector": {"matchLabels": LABELS}, "template": template}
    yield Step("deployment", "POST", deployments.collection(case), deployments.fitted(case, {"spec": spec}))
    yield Step("scale", "GET", f"{deployments.path(case)}/scale")
    yield Step("scaled", "PATCH", f"{deployments.path(case)}/scale", {"spec": {"replicas": 5}}, MERGE)
    yield Step("after", "GET", deployments.path(case))
    bare = {
        "spec": {
            **POD,
            "containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "r.io/x@sha256:" + "0" * 64}],
        }
    }
    yield Step("images", "POST", pods.collection(case), pods.fitted(case, bare), query={"dryRun": "All"})
    named = {"metadata": {"name": None, "generateName": "made-"}, "spec": POD}
    yield Step("made name", "POST", pods.collection(case), pods.fitted(case, named), query={"dryRun": "All"})
