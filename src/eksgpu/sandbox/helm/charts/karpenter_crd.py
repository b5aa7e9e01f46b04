"""The chart `karpenter-crd`: Karpenter's definitions as ordinary objects of a release, so that Helm upgrades them."""

from typing import Any

from eksgpu.catalog.component import components
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.helm.definitions import definitions

NEWEST = components()["karpenter"].version


def objects(wanted: Upgrade) -> list[dict[str, Any]]:
    """The definitions, with the annotations that the values may add."""
    annotations = wanted.values.get("additionalAnnotations") or {}
    return [
        {**one, "metadata": {**one["metadata"], "annotations": dict(annotations)}}
        for one in definitions("karpenter.yaml")
    ]
