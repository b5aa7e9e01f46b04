"""Where the programs of a real control plane are: `KUBEBUILDER_ASSETS`, or the newest that `make kube-assets` built."""

import os
import re
from pathlib import Path

from eksgpu.errors import EksgpuError

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_HINT = (
    "set KUBEBUILDER_ASSETS to a folder with them, such as `setup-envtest` fetches, "
    "or run `make kube-assets` in a checkout of eksgpu where Go is installed"
)


def folder() -> Path | None:
    """The folder that has every program of a control plane, or None."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    if named:
        return Path(named) if _complete(Path(named)) else None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eksgpu" / "kube-assets"
    built = [found for found in cache.glob("*") if _VERSION.fullmatch(found.name) and _complete(found)]
    return max(built, key=_version, default=None)


def required() -> Path:
    """The same. Raises EksgpuError when there is none."""
    found = folder()
    if found is None:
        raise EksgpuError(f"a real control plane needs the programs {', '.join(CONTROL_PLANE)}", hint=_HINT)
    return found


def program(name: str) -> str | None:
    """Another program beside them, such as kubectl or helm; None when there is none."""
    found = folder()
    return str(found / name) if found is not None and os.access(found / name, os.X_OK) else None


def _complete(found: Path) -> bool:
    return all(os.access(found / name, os.X_OK) for name in CONTROL_PLANE)


def _version(found: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in found.name.split("."))
