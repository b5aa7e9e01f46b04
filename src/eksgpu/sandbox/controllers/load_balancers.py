"""The AWS Load Balancer Controller: load balancers for Services and Ingresses, and their end.

It acts only while a pod of its Deployment is ready. Without it the finalizers that it put on stay, and with them the
objects; what is on AWS then stays too.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from eksgpu.sandbox.kubernetes.failure import ApiError

from . import stacks
from .balancers import Balanced, Stack, Unbuildable
from .client import INGRESS, SERVICE, TARGET_GROUP_BINDING, Key, Kind, Object
from .leader import Leader
from .setting import Setting

NAME = "aws-load-balancer-controller"
MUTATES_SERVICES = "sandbox.eksgpu.dev/service-mutator"
FINALIZERS = {"service": "service.k8s.aws/resources", "ingress": "ingress.k8s.aws/resources"}
BINDING_FINALIZER = "elbv2.k8s.aws/resources"
_RETRY_SECONDS = 15.0


class LoadBalancers:
    """Looks at the Services and Ingresses that changed, and again at those with which it is not done."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._leader = Leader(setting, NAME)
        self._services = setting.view.services.subscribe()
        self._ingresses = setting.view.ingresses.subscribe()
        self._classes = setting.view.ingress_classes.subscribe()
        self._built: dict[str, Stack] = {}

    def step(self) -> bool:
        """Bring AWS in line with what is asked for; was anything changed?"""
        if not (self._services or self._ingresses or self._classes) or not self._leader.runs:
            return False
        services, ingresses = sorted(self._services), set(self._ingresses)
        if services or self._classes:  # an Ingress may wait for either
            ingresses |= {_at(one) for one in self._in.view.ingresses}
        for touched in (self._services, self._ingresses, self._classes):
            touched.clear()
        changed = [self._service(at) for at in services]
        changed += [self._ingress(at) for at in sorted(ingresses)]
        return any(changed)

    def _service(self, at: Key) -> bool:
        one = self._in.view.services.at(at)
        if one is None:
            return False
        wanted = stacks.is_services(one, mutates=self._mutates)
        return self._keep(SERVICE, "service", one, partial(stacks.of_service, one) if wanted else None)

    def _ingress(self, at: Key) -> bool:
        one = self._in.view.ingresses.at(at)
        if one is None:
            return False
        classes = {found["metadata"]["name"]: found for found in self._in.view.ingress_classes}
        named = one["spec"].get("ingressClassName")
        if named is not None and named not in classes and not one["metadata"].get("deletionTimestamp"):
            return False  # its class is gone, or not there yet: nobody can say whose it is
        wanted = stacks.is_ingress(one, classes)
        return self._keep(INGRESS, "ingress", one, partial(stacks.of_ingress, one, self._find) if wanted else None)

    def _keep(self, kind: Kind, resource: str, one: Object, stack: Callable[[], Stack] | None) -> bool:
        finalizers = one["metadata"].get("finalizers") or []
        if one["metadata"].get("deletionTimestamp") or stack is None:
            return FINALIZERS[resource] in finalizers and self._release(kind, resource, one)
        try:
            wanted, uid = stack(), one["metadata"]["uid"]
            if self._built.get(uid) == wanted:
                return False
            if FINALIZERS[resource] not in finalizers:
                patch = {"metadata": {"finalizers": [*finalizers, FINALIZERS[resource]]}}
                one = self._in.view.patch(kind, one, patch) or one
            made = self._in.cloud.balancers.ensure(wanted)
        except Unbuildable as error:
            self._in.view.event(one, "FailedBuildModel", f"Failed build model due to {error}", "Warning")
            self._again(resource, one)
            return True
        self._built[uid] = wanted
        self._bind(wanted, made)
        address = {"loadBalancer": {"ingress": [{"hostname": made.hostname}]}}
        if (one.get("status") or {}).get("loadBalancer") != address["loadBalancer"]:
            self._in.view.patch(kind, one, {"status": address}, subresource="status")
        self._say(resource, "successfully deployed model", one)
        self._in.view.event(one, "SuccessfullyReconciled", "Successfully reconciled")
        return True

    def _release(self, kind: Kind, resource: str, one: Object) -> bool:
        """Take its stack away; the finalizer goes only when nothing is left, its security groups included."""
        namespace, name = _at(one)
        self._built.pop(one["metadata"]["uid"], None)
        self._unbind(resource, namespace, name)
        if not self._in.cloud.balancers.release(resource, f"{namespace}/{name}"):
            self._again(resource, one)
            return False
        left = [name for name in one["metadata"]["finalizers"] if name != FINALIZERS[resource]]
        self._in.view.patch(kind, one, {"metadata": {"finalizers": left}})
        self._say(resource, "successfully deleted stack", one)
        return True

    def _bind(self, stack: Stack, made: Balanced) -> None:
        """A TargetGroupBinding for each target group, named like it."""
        for (name, arn), target in zip(made.target_groups.items(), stack.targets, strict=True):
            metadata = {
                "name": name,
                "namespace": stack.namespace,
                "labels": _labels(stack.resource, stack.namespace, stack.name),
                "finalizers": [BINDING_FINALIZER],
            }
            spec = {
                "targetGroupARN": arn,
                "targetType": target.type,
                "serviceRef": {"name": target.service, "port": target.port},
            }
            kind = {"apiVersion": TARGET_GROUP_BINDING.api_version, "kind": TARGET_GROUP_BINDING.kind}
            self._in.view.create({**kind, "metadata": metadata, "spec": spec})

    def _unbind(self, resource: str, namespace: str, name: str) -> None:
        kind = TARGET_GROUP_BINDING
        wanted = ",".join(f"{key}={value}" for key, value in _labels(resource, namespace, name).items())
        with suppress(ApiError):  # its definition may be gone by now, and it with it
            for one in self._in.view.client.list(kind.api_version, kind.kind, namespace, labels=wanted)[0]:
                self._in.view.delete(kind, one)
                self._in.view.patch(kind, one, {"metadata": {"finalizers": []}})

    def _again(self, resource: str, one: Object) -> None:
        touched = self._services if resource == "service" else self._ingresses
        self._in.timers.after(_RETRY_SECONDS, partial(touched.add, _at(one)))

    def _find(self, namespace: str, name: str) -> Object | None:
        return self._in.view.services.get(name, namespace)

    @property
    def _mutates(self) -> bool:
        """Does its webhook give plain Services its class? The chart's value, as the stand-in for helm keeps it."""
        installed = self._leader.deployment
        annotations = (installed or {}).get("metadata", {}).get("annotations") or {}
        return bool(annotations.get(MUTATES_SERVICES) == "true")

    def _say(self, resource: str, message: str, one: Object) -> None:
        namespace, name = _at(one)
        line = {"level": "info", "ts": self._in.clock.now().isoformat(), "logger": f"controllers.{resource}"}
        self._leader.log(json.dumps({**line, "msg": message, resource: {"namespace": namespace, "name": name}}))


def _at(one: Object) -> Key:
    return str(one["metadata"]["namespace"]), str(one["metadata"]["name"])


def _labels(resource: str, namespace: str, name: str) -> dict[str, str]:
    return {f"{resource}.k8s.aws/stack-namespace": namespace, f"{resource}.k8s.aws/stack-name": name}
