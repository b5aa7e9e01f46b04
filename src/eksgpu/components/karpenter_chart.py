"""Karpenter's half in the cluster: the chart of its CRDs, then its own. Row 000-10.

Values from Karpenter v1.14.1, charts/karpenter. What the chart must find on AWS's side is in `karpenter`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.catalog.component import components
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.kube.helm import HelmRelease

from .chart import crd_release, merged, release
from .site import SYSTEM_LABEL, TOLERATES_SYSTEM, Site

# As Karpenter's getting-started guide sets them; without requests it is the first to be evicted.
_RESOURCES = {"cpu": "1", "memory": "1Gi"}
_CRITICAL = {"key": "CriticalAddonsOnly", "operator": "Exists"}


def karpenter_chart(
    site: Site,
    *,
    version: str,
    namespace: str,
    service_account: str,
    replicas: int,
    feature_gates: Mapping[str, bool],
    values: Mapping[str, Any],
    people: tuple[Ref, ...],
    after: tuple[Ref, ...],
) -> Iterator[Resource]:
    """The CRDs and the controller, each its own release: an upgrade moves the CRDs first.

    feature_gates: Karpenter's names → on or off.
    values:        the user's own, on top.
    people:        what must be there before anything can be installed.
    after:         what must be there before the controller starts, besides.
    """
    known = components()["karpenter"]
    crds = crd_release(known, namespace=namespace, version=version, after=people)
    yield crds
    yield release(
        known,
        namespace=namespace,
        version=version,
        values=merged(_values(site, service_account, replicas, feature_gates), values),
        after=(
            Ref(crds.identity),
            Ref("pod_identity_association/karpenter"),
            Ref("access_entry/karpenter-node"),
            *people,
            *after,
        ),
    )


def karpenter_release(namespace: str) -> Ref:
    """The controller's release: what its own objects wait for: it makes them ready and takes them away."""
    name = components()["karpenter"].chart.rpartition("/")[2]
    return Ref(f"{HelmRelease.kind}/{namespace}/{name}")


def _values(site: Site, service_account: str, replicas: int, feature_gates: Mapping[str, bool]) -> dict[str, Any]:
    return {
        "settings": {
            "clusterName": site.cluster,
            "interruptionQueue": Ref("sqs_queue/karpenter", "name"),
            "featureGates": dict(feature_gates),
        },
        "serviceAccount": {"name": service_account},
        "replicas": replicas,
        "nodeSelector": {SYSTEM_LABEL: "true"},
        "tolerations": [_CRITICAL, TOLERATES_SYSTEM],
        # The VPC's resolver: Karpenter must not need a CoreDNS whose nodes it may have to make.
        "dnsPolicy": "Default",
        "controller": {
            "resources": {"requests": _RESOURCES, "limits": _RESOURCES},
            # Else it asks the node's metadata service, which a pod does not reach with a hop limit of 1.
            "env": [{"name": "AWS_REGION", "value": site.region}],
        },
    }
