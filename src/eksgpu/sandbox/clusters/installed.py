"""What EKS itself runs in a cluster: the objects of its add-ons, and of those it puts in unmanaged.

They come with the add-on, change with its version and configuration, and go with it. That the pods run is the business
of Kubernetes' controllers and of the kubelets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.controllers.client import Client
from eksgpu.sandbox.eks import data
from eksgpu.sandbox.eks.addon_health import BUILT_IN, options_of
from eksgpu.sandbox.eks.addons import default_version
from eksgpu.sandbox.eks.state import Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.world import World

Object = dict[str, Any]
_EVERYWHERE = [{"operator": "Exists"}]
_REGISTRY = "602401143452.dkr.ecr"
_GONE = 404


@dataclass(frozen=True)
class Wanted:
    """One set of objects as it should be. `configuration` is the add-on's configurationValues."""

    name: str
    version: str
    configuration: str = ""


class Installed:
    """Keeps one cluster's objects in line with its add-ons. It changes them only when an add-on changes."""

    def __init__(self, world: World, region: str, cluster: Cluster, client: Client) -> None:
        self._world = world
        self._region = region
        self._cluster = cluster
        self._client = client
        self._there: dict[str, Wanted] = {}

    def step(self) -> bool:
        """Put in, change and take away; was anything changed?"""
        with self._world.locked():
            self._world.settle(self._region)
            wanted = {one.name: one for one in self._wanted()}
        if wanted == self._there:
            return False
        for name in self._there.keys() - wanted.keys():
            self._remove(name)
        for name, one in wanted.items():
            if self._there.get(name) != one:
                self._apply(one)
        self._there = wanted
        return True

    def _wanted(self) -> Iterator[Wanted]:
        cluster = self._cluster
        for name, addon in cluster.addons.items():
            if addon.status != "CREATE_FAILED":
                fields = addon.fields
                yield Wanted(name, str(fields["addonVersion"]), str(fields.get("configurationValues") or ""))
        for name in cluster.self_managed - cluster.addons.keys():
            # Nobody updates it: it stays as it once was put in.
            yield self._there.get(name) or Wanted(name, default_version(name, cluster.version))

    def _apply(self, wanted: Wanted) -> None:
        for obj in _objects(wanted, self._region):
            metadata = obj["metadata"]
            self._client.patch(
                obj["apiVersion"], obj["kind"], metadata["name"], obj, metadata.get("namespace"), type="apply"
            )

    def _remove(self, name: str) -> None:
        for obj in _objects(self._there[name], self._region):
            if obj["kind"] == "Namespace":
                continue
            metadata = obj["metadata"]
            try:
                self._client.delete(obj["apiVersion"], obj["kind"], metadata["name"], metadata.get("namespace"))
            except ApiError as error:
                if error.status != _GONE:
                    raise


def _objects(wanted: Wanted, region: str) -> Iterator[Object]:
    """The objects of an add-on: accounts, services, then what runs."""
    options = options_of(wanted.name, wanted.configuration)
    rows: list[dict[str, Any]] = data.table("addon_objects")["addons"][wanted.name]
    for row in rows:
        namespace = row.get("namespace", "kube-system")
        if namespace != "kube-system":
            yield _named("v1", "Namespace", namespace, "")
        yield _named("v1", "ServiceAccount", row.get("account", row["name"]), namespace)
        if "service" in row:
            yield _service(row, namespace)
        yield _workload(row, namespace, wanted, options, region)


def _service(row: Mapping[str, Any], namespace: str) -> Object:
    service = row["service"]
    ports = [{"name": name, "port": port, "protocol": protocol} for name, (port, protocol) in service["ports"].items()]
    spec = {"selector": dict(row["labels"]), "ports": ports}
    if "address" in service:
        spec["clusterIP"] = service["address"]
    return {**_named("v1", "Service", service["name"], namespace), "spec": spec}


def _workload(
    row: Mapping[str, Any], namespace: str, wanted: Wanted, options: Mapping[str, Any], region: str
) -> Object:
    labels = dict(row["labels"])
    daemon = row["kind"] == "DaemonSet"
    pod: Object = {
        "serviceAccountName": row.get("account", row["name"]),
        "priorityClassName": row.get("priority", "system-node-critical" if daemon else "system-cluster-critical"),
        "tolerations": _EVERYWHERE if daemon else [*map(dict, BUILT_IN), *options.get("tolerations", ())],
        "containers": [_container(one, wanted.version, region) for one in row["containers"]],
    }
    if row.get("hostNetwork"):
        pod["hostNetwork"] = True
    if options.get("nodeSelector") and not daemon:
        pod["nodeSelector"] = dict(options["nodeSelector"])
    spec: Object = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    if not daemon:
        spec["replicas"] = int(options.get("replicaCount") or row.get("replicas", 2))
    obj = _named("apps/v1", row["kind"], row["name"], namespace)
    obj["metadata"]["labels"] = labels
    return {**obj, "spec": spec}


def _container(row: Mapping[str, Any], version: str, region: str) -> Object:
    requests = {name: row[name] for name in ("cpu", "memory") if name in row}
    image = f"{_REGISTRY}.{region}.amazonaws.com/{row['image']}:{row.get('tag', version)}"
    return {"name": row["name"], "image": image, **({"resources": {"requests": requests}} if requests else {})}


def _named(api_version: str, kind: str, name: str, namespace: str) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}
