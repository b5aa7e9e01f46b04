"""What can run in a cluster: the pinned version of each component, the Kubernetes versions it works on, EKS add-ons.

Pure tables and comparisons: how a component is installed is for `components`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from eksgpu.catalog import kubernetes, load


@dataclass(frozen=True, slots=True)
class Component:
    """A chart of a third party. `min_kubernetes` and `max_kubernetes` are None where it declares no limit."""

    name: str
    version: str
    chart: str
    namespace: str
    service_account: str
    crd_chart: str | None
    repository: str | None
    min_kubernetes: str | None
    max_kubernetes: str | None
    needed: Mapping[str, str]
    """Kubernetes version → the oldest release of this component that works on it."""

    def supports(self, version: str, release: str | None = None) -> bool:
        """Does a release (default: the pinned one) declare to work on a Kubernetes version?

        `max_kubernetes` is what the pinned release knows: an older release knows no newer version than that.
        """
        wanted = kubernetes.minor(version)
        if self.min_kubernetes and wanted < kubernetes.minor(self.min_kubernetes):
            return False
        if self.max_kubernetes and wanted > kubernetes.minor(self.max_kubernetes):
            return release is not None and _parts(release) > _parts(self.version)
        oldest = self.needed.get(version)
        return oldest is None or _parts(release or self.version) >= _parts(oldest)


@dataclass(frozen=True, slots=True)
class Addon:
    """An EKS add-on. `service_account` is set where it has an IAM role of its own; `policies` are AWS managed ones."""

    name: str
    core: bool
    namespace: str
    service_account: str | None
    policies: tuple[str, ...]


@cache
def components() -> Mapping[str, Component]:
    """Every component, by its key in a spec's `components`."""
    return {name: _component(name, entry) for name, entry in load.document("components")["components"].items()}


@cache
def addons() -> Mapping[str, Addon]:
    """Every known EKS add-on, by its EKS name; EKS knows more of them (its marketplace)."""
    return {
        name: Addon(
            name=name,
            core=entry.get("core", False),
            namespace=entry.get("namespace", "kube-system"),
            service_account=entry.get("serviceAccount"),
            policies=tuple(entry.get("policies", ())),
        )
        for name, entry in load.document("components")["addons"].items()
    }


def newest_supported(names: Iterable[str], offered: Iterable[str]) -> str | None:
    """The newest of the offered Kubernetes versions that every named component works on, or None."""
    chosen = [components()[name] for name in names if name in components()]
    fitting = [version for version in offered if all(item.supports(version) for item in chosen)]
    return max(fitting, key=kubernetes.minor, default=None)


def _component(name: str, entry: Mapping[str, str | Mapping[str, str]]) -> Component:
    def text(key: str) -> str | None:
        found = entry.get(key)
        return found if isinstance(found, str) else None

    def table(key: str) -> Mapping[str, str]:
        found = entry.get(key, {})
        return found if isinstance(found, Mapping) else {}

    return Component(
        name=name,
        version=str(entry["version"]),
        chart=str(entry["chart"]),
        namespace=str(entry["namespace"]),
        service_account=str(entry["serviceAccount"]),
        crd_chart=text("crdChart"),
        repository=text("repository"),
        min_kubernetes=table("kubernetes").get("min"),
        max_kubernetes=table("kubernetes").get("max"),
        needed=table("needed"),
    )


def _parts(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.partition("-")[0].split("."))
