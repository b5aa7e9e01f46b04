"""The charts that the sandbox knows, one module each, named after the chart: `karpenter_crd` is `karpenter-crd`.

A module has `NEWEST`, the version that is taken where none is asked for; `objects(wanted)`, in the order in which Helm
makes them; and maybe `DEFINITIONS`: what the chart keeps in its `crds/` folder, which Helm makes once and never touches
again.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eksgpu.errors import CloudError
from eksgpu.kube.helm_program import Upgrade

Object = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """What a chart makes of its values, and the definitions that it brings along."""

    objects: Callable[[Upgrade], list[Object]]
    definitions: Sequence[Object] = ()
    newest: str = "0.1.0"


def known() -> list[str]:
    """The names of the charts that the sandbox knows."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def chart(name: str) -> Chart:
    """A chart by its name. Raises CloudError for one that the sandbox does not know."""
    if name not in known():
        raise CloudError(
            f"the sandbox does not know the chart {name}",
            hint=f"it knows {', '.join(known())}; other charts need a real cluster and the helm program",
        )
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return Chart(module.objects, getattr(module, "DEFINITIONS", ()), module.NEWEST)
