"""The columns that `kubectl get` shows for built-in types, in the words of Kubernetes' own printers."""

from eksgpu.sandbox.kubernetes.selectors import value_at
from eksgpu.sandbox.kubernetes.show import cells, event_columns, node_columns, pod_columns
from eksgpu.sandbox.kubernetes.show.cells import AGE, Column, age, count, fraction, named, of, part

_IMAGES = (Column("Containers", cells.containers("name"), 1), Column("Images", cells.containers("image"), 1))
_SELECTOR = Column("Selector", cells.selector, 1)
_DATA = (named(), Column("Data", count("data"), type="integer"), AGE)
_ROLE_BINDING = (
    named(),
    Column("Role", lambda row, _now: f"{row['roleRef']['kind']}/{row['roleRef']['name']}"),
    AGE,
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "pods": (
        named(),
        Column("Ready", part(pod_columns.ready)),
        Column("Status", part(pod_columns.status)),
        Column("Restarts", part(pod_columns.restarts)),
        AGE,
        Column("IP", of("status.podIP"), 1),
        Column("Node", of("spec.nodeName"), 1),
        Column("Nominated Node", of("status.nominatedNodeName"), 1),
        Column("Readiness Gates", lambda _row, _now: "<none>", 1),
    ),
    "nodes": (
        named(),
        Column("Status", part(node_columns.status)),
        Column("Roles", part(node_columns.roles)),
        AGE,
        Column("Version", of("status.nodeInfo.kubeletVersion", "")),
        Column("Internal-IP", part(node_columns.address("InternalIP")), 1),
        Column("External-IP", part(node_columns.address("ExternalIP")), 1),
        Column("OS-Image", of("status.nodeInfo.osImage", "<unknown>"), 1),
        Column("Kernel-Version", of("status.nodeInfo.kernelVersion", "<unknown>"), 1),
        Column("Container-Runtime", of("status.nodeInfo.containerRuntimeVersion", "<unknown>"), 1),
    ),
    "namespaces": (named(), Column("Status", of("status.phase", "")), AGE),
    "deployments.apps": (
        named(),
        Column("Ready", fraction("status.readyReplicas", "spec.replicas")),
        Column("Up-to-date", of("status.updatedReplicas", 0), type="integer"),
        Column("Available", of("status.availableReplicas", 0), type="integer"),
        AGE, *_IMAGES, _SELECTOR,
    ),
    "replicasets.apps": (
        named(),
        Column("Desired", of("spec.replicas", 0), type="integer"),
        Column("Current", of("status.replicas", 0), type="integer"),
        Column("Ready", of("status.readyReplicas", 0), type="integer"),
        AGE, *_IMAGES, _SELECTOR,
    ),
    "daemonsets.apps": (
        named(),
        Column("Desired", of("status.desiredNumberScheduled", 0), type="integer"),
        Column("Current", of("status.currentNumberScheduled", 0), type="integer"),
        Column("Ready", of("status.numberReady", 0), type="integer"),
        Column("Up-to-date", of("status.updatedNumberScheduled", 0), type="integer"),
        Column("Available", of("status.numberAvailable", 0), type="integer"),
        Column("Node Selector", cells.node_selector),
        AGE, *_IMAGES, _SELECTOR,
    ),
    "statefulsets.apps": (named(), Column("Ready", fraction("status.readyReplicas", "spec.replicas")), AGE, *_IMAGES),
    "jobs.batch": (
        named(),
        Column("Status", cells.job_status),
        Column("Completions", fraction("status.succeeded", "spec.completions")),
        Column("Duration", cells.job_duration),
        AGE, *_IMAGES, _SELECTOR,
    ),
    "cronjobs.batch": (
        named(),
        Column("Schedule", of("spec.schedule", "")),
        Column("Suspend", lambda row, _now: str(bool(value_at(row, "spec.suspend")))),
        Column("Active", count("status.active"), type="integer"),
        Column("Last Schedule", lambda row, now: age(value_at(row, "status.lastScheduleTime"), now)),
        AGE,
    ),
    "services": (
        named(),
        Column("Type", of("spec.type", "")),
        Column("Cluster-IP", of("spec.clusterIP")),
        Column("External-IP", cells.external),
        Column("Port(s)", cells.ports),
        AGE, _SELECTOR,
    ),
    "ingresses.networking.k8s.io": (
        named(),
        Column("Class", of("spec.ingressClassName")),
        Column("Hosts", cells.hosts),
        Column("Address", lambda row, now: cells.external(row, now).replace("<none>", "")),
        Column("Ports", cells.ingress_ports),
        AGE,
    ),
    "ingressclasses.networking.k8s.io": (
        named(), Column("Controller", of("spec.controller")), Column("Parameters", of("spec.parameters.name")), AGE,
    ),
    "configmaps": _DATA,
    "secrets": (named(), Column("Type", of("type", "")), Column("Data", count("data"), type="integer"), AGE),
    "serviceaccounts": (named(), Column("Secrets", count("secrets"), type="integer"), AGE),
    "persistentvolumeclaims": (
        named(),
        Column("Status", of("status.phase", "")),
        Column("Volume", of("spec.volumeName", "")),
        Column("Capacity", of("status.capacity.storage", "")),
        Column("Access Modes", cells.joined("spec.accessModes", "")),
        Column("StorageClass", of("spec.storageClassName", "")),
        AGE,
    ),
    "persistentvolumes": (
        named(),
        Column("Capacity", of("spec.capacity.storage", "")),
        Column("Access Modes", cells.joined("spec.accessModes", "")),
        Column("Reclaim Policy", of("spec.persistentVolumeReclaimPolicy", "")),
        Column("Status", of("status.phase", "")),
        Column("Claim", of("spec.claimRef.name", "")),
        Column("StorageClass", of("spec.storageClassName", "")),
        AGE,
    ),
    "storageclasses.storage.k8s.io": (
        Column("Name", cells.default_class, format="name"),
        Column("Provisioner", of("provisioner", "")),
        Column("ReclaimPolicy", of("reclaimPolicy", "")),
        Column("VolumeBindingMode", of("volumeBindingMode", "")),
        Column("AllowVolumeExpansion", lambda row, _now: str(bool(row.get("allowVolumeExpansion"))).lower()),
        AGE,
    ),
    "events": event_columns.COLUMNS,
    "events.events.k8s.io": event_columns.COLUMNS,
    "poddisruptionbudgets.policy": (
        named(),
        Column("Min Available", of("spec.minAvailable", "N/A")),
        Column("Max Unavailable", of("spec.maxUnavailable", "N/A")),
        Column("Allowed Disruptions", of("status.disruptionsAllowed", 0), type="integer"),
        AGE,
    ),
    "priorityclasses.scheduling.k8s.io": (
        named(),
        Column("Value", of("value", 0), type="integer"),
        Column("Global-Default", lambda row, _now: str(bool(row.get("globalDefault"))).lower()),
        AGE,
        Column("PreemptionPolicy", of("preemptionPolicy", "")),
    ),
    "leases.coordination.k8s.io": (named(), Column("Holder", of("spec.holderIdentity", "")), AGE),
    "customresourcedefinitions.apiextensions.k8s.io": (
        named(), Column("Created At", of("metadata.creationTimestamp", "")),
    ),
    "rolebindings.rbac.authorization.k8s.io": _ROLE_BINDING,
    "clusterrolebindings.rbac.authorization.k8s.io": _ROLE_BINDING,
    "roles.rbac.authorization.k8s.io": (named(), Column("Created At", of("metadata.creationTimestamp", ""))),
    "clusterroles.rbac.authorization.k8s.io": (named(), Column("Created At", of("metadata.creationTimestamp", ""))),
}  # fmt: skip
