"""What a Service or an Ingress asks of AWS: which of them are the load balancer controller's, and their stacks.

Pure. Left out: groups of Ingresses, rules by host and path, certificates, and most annotations.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .balancers import Listener, Stack, Target, Unbuildable
from .client import Object

SERVICE_CLASS, INGRESS_CONTROLLER = "service.k8s.aws/nlb", "ingress.k8s.aws/alb"
_SERVICE, _INGRESS = "service.beta.kubernetes.io/aws-load-balancer-", "alb.ingress.kubernetes.io/"
_OURS = ("external", "nlb-ip")

Find = Callable[[str, str], Object | None]
"""A Service by namespace and name."""


def is_services(service: Object, *, mutates: bool) -> bool:
    """Is this Service for the controller? `mutates`: plain ones are given its class when they are made."""
    spec, annotations = service["spec"], _annotations(service)
    if spec.get("type") != "LoadBalancer":
        return False
    if spec.get("loadBalancerClass"):
        return bool(spec["loadBalancerClass"] == SERVICE_CLASS)
    kind = annotations.get(f"{_SERVICE}type")
    return kind in _OURS or (mutates and kind is None)


def is_ingress(ingress: Object, classes: Mapping[str, Object]) -> bool:
    """Is this Ingress for the controller? `classes` by name."""
    name = ingress["spec"].get("ingressClassName")
    if name is None:
        return _annotations(ingress).get("kubernetes.io/ingress.class") == "alb"
    return name in classes and classes[name]["spec"].get("controller") == INGRESS_CONTROLLER


def of_service(service: Object) -> Stack:
    """A network load balancer, with a listener and a target group for each port."""
    annotations, ports = _annotations(service), service["spec"].get("ports") or ()
    kind = annotations.get(f"{_SERVICE}nlb-target-type", "instance")
    if annotations.get(f"{_SERVICE}type") == "nlb-ip":
        kind = "ip"
    name = service["metadata"]["name"]
    targets = tuple(_target(name, port, port["port"], kind, port.get("protocol", "TCP")) for port in ports)
    return Stack(
        resource="service",
        namespace=service["metadata"]["namespace"],
        name=name,
        internal=annotations.get(f"{_SERVICE}scheme", "internal") != "internet-facing",
        listeners=tuple(Listener(port["port"], port.get("protocol", "TCP"), at) for at, port in enumerate(ports)),
        targets=targets,
        subnets=_words(annotations.get(f"{_SERVICE}subnets", "")),
    )


def of_ingress(ingress: Object, find: Find) -> Stack:
    """An application load balancer, with a target group for each backend. Raises Unbuildable when one is not there."""
    annotations, metadata = _annotations(ingress), ingress["metadata"]
    kind = annotations.get(f"{_INGRESS}target-type", "instance")
    targets = tuple(dict.fromkeys(_backends(ingress, kind, find)))
    return Stack(
        resource="ingress",
        namespace=metadata["namespace"],
        name=metadata["name"],
        internal=annotations.get(f"{_INGRESS}scheme", "internal") != "internet-facing",
        listeners=(Listener(80, "HTTP", 0),) if targets else (),
        targets=targets,
        subnets=_words(annotations.get(f"{_INGRESS}subnets", "")),
    )


def _backends(ingress: Object, kind: str, find: Find) -> Iterator[Target]:
    spec = ingress["spec"]
    paths = [path for rule in spec.get("rules") or () for path in (rule.get("http") or {}).get("paths") or ()]
    for backend in (spec.get("defaultBackend"), *(path["backend"] for path in paths)):
        asked = (backend or {}).get("service")
        if not asked:
            continue
        wanted = asked["port"].get("number") or asked["port"].get("name")
        yield _of_backend(asked["name"], wanted, kind, find(ingress["metadata"]["namespace"], asked["name"]))


def _of_backend(name: str, wanted: int | str, kind: str, service: Object | None) -> Target:
    if service is None:
        raise Unbuildable(f'services "{name}" not found')
    port = next((one for one in service["spec"].get("ports") or () if wanted in (one["port"], one.get("name"))), None)
    if port is None:
        raise Unbuildable(f"unable to find port {wanted} on service {name}")
    return _target(name, port, wanted, kind, "HTTP")


def _target(service: str, port: Mapping[str, Any], called: int | str, kind: str, protocol: str) -> Target:
    own = port.get("targetPort", port["port"])
    inside = own if isinstance(own, int) else port["port"]
    return Target(service, called, protocol, inside if kind == "ip" else int(port.get("nodePort") or inside), kind)


def _annotations(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("annotations") or {}


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
