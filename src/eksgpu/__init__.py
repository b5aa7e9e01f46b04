"""eksgpu: the whole life of a GPU cluster on Amazon EKS from one typed file.

The Python way in, loaded when first used: `load(path)`, `plan(path, Options())`, `apply(…)`, `destroy(…)`, `status(…)`.
"""

from importlib import import_module
from typing import Any

_WAYS_IN = {
    "load": "eksgpu.spec.load",
    "Options": "eksgpu.ops.connect",
    "plan": "eksgpu.ops.plan",
    "apply": "eksgpu.ops.apply",
    "destroy": "eksgpu.ops.destroy",
    "status": "eksgpu.ops.status",
    "preflight": "eksgpu.ops.preflight",
}
__all__ = ["Options", "apply", "destroy", "load", "plan", "preflight", "status"]


def __getattr__(name: str) -> Any:
    if name not in _WAYS_IN:
        raise AttributeError(f"module 'eksgpu' has no attribute {name!r}")
    return getattr(import_module(_WAYS_IN[name]), name)
