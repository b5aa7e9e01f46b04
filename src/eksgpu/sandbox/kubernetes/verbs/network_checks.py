"""Checks of Services and Ingresses, in the server's words."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause
from eksgpu.sandbox.kubernetes.store import Object

_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def service(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield cause("spec.ports", "FieldValueRequired", "Required value")
    yield from _ports(spec.get("ports", ()))
    if spec.get("type") == "ExternalName" and not spec.get("externalName"):
        yield cause("spec.externalName", "FieldValueRequired", "Required value")
    if not _SERVICE_NAME.fullmatch(new["metadata"]["name"]):
        message = f'Invalid value: "{new["metadata"]["name"]}": a DNS-1035 label must consist of lower case '
        message += "alphanumeric characters or '-', start with an alphabetic character"
        yield cause("metadata.name", "FieldValueInvalid", message)
    if old is not None and spec.get("type") != "ExternalName" and old["spec"].get("clusterIP") != spec.get("clusterIP"):
        message = f'Invalid value: ["{spec.get("clusterIP")}"]: may not change once set'
        yield cause("spec.clusterIPs[0]", "FieldValueInvalid", message)


def ingress(new: Object, _old: Object | None) -> Iterator[Cause]:
    if not new["spec"].get("defaultBackend") and not new["spec"].get("rules"):
        message = "Invalid value: null: either `defaultBackend` or `rules` must be specified"
        yield cause("spec", "FieldValueInvalid", message)


def _ports(ports: Sequence[dict[str, Any]]) -> Iterator[Cause]:
    seen: set[str] = set()
    for at, port in enumerate(ports):
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            yield cause(f"spec.ports[{at}].name", "FieldValueRequired", "Required value")
        elif name and name in seen:
            yield cause(f"spec.ports[{at}].name", "FieldValueDuplicate", f'Duplicate value: "{name}"')
        seen.add(name)
