"""The AWS Load Balancer Controller's half in the cluster: its chart. Row 000-11.

Values from chart 3.5.0. What the chart must find on AWS's side is in `aws_load_balancer_controller`.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.component import components
from eksgpu.engine.refs import Ref
from eksgpu.kube.helm import HelmRelease

from .aws_load_balancer_controller import NAME
from .chart import merged, release
from .site import SYSTEM_LABEL, TOLERATES_SYSTEM, Site


def aws_load_balancer_controller_chart(
    site: Site,
    *,
    version: str,
    namespace: str,
    service_account: str,
    replicas: int,
    values: Mapping[str, Any],
    after: tuple[Ref, ...],
) -> HelmRelease:
    """The controller's release. `values` are the user's own, on top."""
    ours = {
        "clusterName": site.cluster,
        # Without these two it asks the node's metadata service, which a pod does not reach with a hop limit of 1.
        "region": site.region,
        "vpcId": site.vpc,
        "serviceAccount": {"name": service_account},
        "replicaCount": replicas,
        "nodeSelector": {SYSTEM_LABEL: "true"},
        "tolerations": [TOLERATES_SYSTEM],
        # It looks at every new Service: while it is not up, it must not stop the others from being made.
        "serviceMutatorWebhookConfig": {"failurePolicy": "Ignore"},
    }
    return release(
        components()["awsLoadBalancerController"],
        namespace=namespace,
        version=version,
        values=merged(ours, values),
        after=(Ref(f"pod_identity_association/{NAME}"), *after),
    )
