"""Objects that a verb puts into a cluster on the side: applied with the mark, and taken away again.

They are labelled adhoc (see kube/adhoc.py): no plan prunes them, destroy deletes them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.engine.clock import Clock
from eksgpu.engine.mark import CLUSTER_TAG, Mark, short_name
from eksgpu.errors import AlreadyExists, EksgpuError, NotFound
from eksgpu.kube.live import ADHOC
from eksgpu.kube.names import Address, GroupKind, address_of
from eksgpu.kube.readiness import DRAINED
from eksgpu.kube.run import Kube

Object = Mapping[str, Any]
Objects = list[dict[str, Any]]
Say = Callable[[str], None]
LABEL_LIMIT = 63
POLL_SECONDS = 3.0


@dataclass(frozen=True)
class Side:
    """One workload in one cluster. `name` is what the adhoc label says."""

    kube: Kube
    mark: Mark
    clock: Clock
    name: str

    @property
    def selector(self) -> str:
        return f"{CLUSTER_TAG}={self.mark.cluster},{ADHOC}={self.name}"

    @property
    def any_selector(self) -> str:
        """What finds every workload of the cluster."""
        return f"{CLUSTER_TAG}={self.mark.cluster},{ADHOC}"

    def manifest(self, given: Object, namespace: str | None) -> dict[str, Any]:
        """A manifest as it is applied: with the mark, and with a namespace where its kind has one."""
        metadata = dict(given["metadata"])
        if self.kube.api.resource(given["apiVersion"], given["kind"]).namespaced:
            metadata["namespace"] = namespace or metadata.get("namespace") or "default"
        own = {**self.mark.tags(short_name(metadata["name"], LABEL_LIMIT)), ADHOC: self.name}
        return {**given, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), **own}}}

    def apply(self, manifests: Iterable[Object], namespace: str | None = None) -> list[tuple[Address, bool]]:
        """Apply them; which there are now, and whether each is new.

        Raises AlreadyExists for an object that somebody else made, before anything is applied.
        """
        wanted = [self.manifest(one, namespace) for one in manifests]
        for one in wanted:
            self._refuse_foreign(one)
        kinds = [address_of(one).group_kind for one in wanted]
        self.kube.inventory.expect(kinds)
        applied = []
        for one, group_kind in zip(wanted, kinds, strict=True):
            self.kube.inventory.widen(group_kind)
            try:
                # Ours by its label: what kubectl scaled in between is taken back, as by kubectl apply.
                _, new = self.kube.api.apply(one, force=True)
            except NotFound as error:
                raise EksgpuError(error.message, hint=_no_namespace(one["metadata"].get("namespace"))) from error
            applied.append((address_of(one), new))
        return applied

    def there(self) -> Objects:
        """Every object of this workload."""
        return adhoc(self.kube, self.selector)

    def delete(self, say: Say, *, wait: float = 0.0) -> list[Address]:
        """Delete them all; which there were. wait: seconds to wait until they are gone, pods included."""
        found = self.there()
        for one in found:
            address = address_of(one)
            resource = self.kube.api.resource(one["apiVersion"], one["kind"])
            propagation = "Foreground" if address.group_kind in DRAINED else "Background"
            try:
                self.kube.api.delete(
                    resource, address.name, address.namespace, uid=one["metadata"]["uid"], propagation=propagation
                )
            except NotFound:
                continue
        if wait:
            self._until_gone(say, wait)
        return [address_of(one) for one in found]

    def _until_gone(self, say: Say, wait: float) -> None:
        end, last = self.clock.monotonic() + wait, ""
        while left := self.there():
            names = ", ".join(str(address_of(one)) for one in left)
            if self.clock.monotonic() >= end:
                message, hint = f"still there after {wait:.0f} s: {names}", "kubectl describe says what holds it"
                raise EksgpuError(message, hint=hint)
            if names != last:
                say(f"waiting for {names} to go")
            last = names
            self.clock.sleep(POLL_SECONDS)

    def get(self, address: Address) -> dict[str, Any] | None:
        """One object, None when it is not there."""
        resource = self.kube.api.discovery.preferred(address.group_kind)
        try:
            return self.kube.api.get(resource, address.name, address.namespace) if resource is not None else None
        except NotFound:
            return None

    def listed(self, group_kind: GroupKind, namespace: str = "", *, labels: str = "", fields: str = "") -> Objects:
        """All of a kind; none where the API does not know it."""
        resource = self.kube.api.discovery.preferred(group_kind)
        if resource is None:
            return []
        return self.kube.api.list(resource, namespace, labels=labels, fields=fields)[0]

    def _refuse_foreign(self, wanted: Object) -> None:
        address = address_of(wanted)
        found = self.get(address)
        if found is not None and (found["metadata"].get("labels") or {}).get(ADHOC) != self.name:
            raise AlreadyExists(
                f"{address} is there already, and is not of `eksgpu workload apply {self.name}`",
                hint="choose another --namespace, or delete it first",
            )


def adhoc(kube: Kube, selector: str) -> Objects:
    """What a selector finds among the kinds that we ever applied, without what controllers made of it."""
    found: Objects = []
    for group_kind in sorted(kube.inventory.group_kinds()):
        resource = kube.api.discovery.preferred(group_kind)
        if resource is not None:
            items, _ = kube.api.list(resource, labels=selector)
            found += [one for one in items if not any(o.get("controller") for o in _owners(one))]
    return found


def _owners(found: Object) -> list[Mapping[str, Any]]:
    return list(found["metadata"].get("ownerReferences") or ())


def _no_namespace(namespace: str | None) -> str:
    return f"is there a namespace {namespace}? kubectl create namespace {namespace}" if namespace else ""
