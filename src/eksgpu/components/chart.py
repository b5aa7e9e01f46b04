"""Charts of third parties as Helm releases: name and source from the catalogue, the rest from whoever installs them."""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.component import Component
from eksgpu.engine.refs import Ref
from eksgpu.kube.helm import HelmRelease

from .site import CLUSTER


def release(
    component: Component, *, namespace: str, version: str, values: Mapping[str, Any], after: tuple[Ref, ...]
) -> HelmRelease:
    """The release of a component's chart, called as the chart is."""
    return _release(component.chart, component.repository, namespace, version, values, after)


def crd_release(component: Component, *, namespace: str, version: str, after: tuple[Ref, ...]) -> HelmRelease:
    """The release of a component's CRDs, which Helm would install once and never upgrade. ValueError without any."""
    if component.crd_chart is None:
        raise ValueError(f"{component.name} has no chart of its CRDs")
    return _release(component.crd_chart, None, namespace, version, {}, after)


def merged(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Chart values with the user's own on top; a list is replaced whole, as Helm does."""
    whole = dict(values)
    for key, value in given.items():
        known = whole.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        whole[key] = merged(known, value) if both else value  # type: ignore[arg-type]
    return whole


def _release(
    chart: str, repository: str | None, namespace: str, version: str, values: Mapping[str, Any], after: tuple[Ref, ...]
) -> HelmRelease:
    name = chart.rpartition("/")[2]
    return HelmRelease.of(
        namespace,
        name,
        chart=name,
        source=repository or chart,
        version=version,
        values=values,
        cluster=CLUSTER,
        after=after,
    )
