"""What the device plugin says when the kubelet asks it for devices: yes, or that one container wants too many slices.

Source: NVIDIA/k8s-device-plugin v0.20.0, internal/rm; kubelet, UnexpectedAdmissionError.
"""

from eksgpu.scheduling.resources import amounts

from .client import Object

ONE_A_CONTAINER = "sandbox.eksgpu.dev/one-slice-a-container"
"""Resources, separated by commas, of which no container may have more than one."""


def refused(pod: Object, node: Object) -> str | None:
    """Why the kubelet does not admit a pod; None when it does."""
    single = (node["metadata"].get("annotations") or {}).get(ONE_A_CONTAINER)
    for container in pod["spec"]["containers"] if single else ():
        asked = amounts((container.get("resources") or {}).get("limits"))
        for resource in str(single).split(","):
            if asked.get(resource, 0) > 1:
                return (
                    "Pod was rejected: Allocate failed due to rpc error: code = Unknown desc = invalid allocation "
                    f"request for '{resource}': invalid request: maximum request size for shared resources is 1; "
                    f"found {asked[resource]}, which is unexpected"
                )
    return None
