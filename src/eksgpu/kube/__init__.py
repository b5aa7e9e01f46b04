"""Kubernetes: objects of any kind by server-side apply, Helm releases, and the client behind both."""

from eksgpu.engine.resource import Deletable, Resource

from .adhoc import AdhocObject
from .drained import DrainedObject
from .helm import HelmRelease
from .inventory import KubeInventory
from .object import KubeObject

KINDS: tuple[type[Resource], ...] = (KubeObject, HelmRelease)

# Found and deleted by destroy only; wanted by nobody.
LEFTOVERS: tuple[type[Deletable], ...] = (AdhocObject, DrainedObject, KubeInventory)
