"""Checks of what keeps data: claims, storage classes, ConfigMaps and Secrets, in the server's words."""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause, shown
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.quantity import number
from eksgpu.sandbox.kubernetes.verbs import names

_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def claim(new: Object, old: Object | None) -> Iterator[Cause]:
    spec = new.get("spec", {})
    for mode in spec.get("accessModes", ()):
        if mode not in _ACCESS_MODES:
            named = ", ".join(f'"{known}"' for known in _ACCESS_MODES)
            message = f'Unsupported value: "{mode}": supported values: {named}'
            yield cause("spec.accessModes", "FieldValueNotSupported", message)
    asked = spec.get("resources", {}).get("requests", {}).get("storage")
    if asked is not None and number(asked) <= 0:
        message = f'Invalid value: "{asked}": must be greater than zero'
        yield cause("spec.resources[storage]", "FieldValueInvalid", message)
    if old is not None and _settled(spec, old) != _settled(old["spec"], old):
        message = "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName "
        yield cause("spec", "FieldValueForbidden", f"{message}for bound claims")
    if not spec.get("accessModes"):
        yield cause("spec.accessModes", "FieldValueRequired", "Required value: at least 1 access mode is required")
    if "storage" not in spec.get("resources", {}).get("requests", {}):
        yield cause("spec.resources[storage]", "FieldValueRequired", "Required value")


def storage_class(new: Object, old: Object | None) -> Iterator[Cause]:
    if not new.get("provisioner"):
        yield cause("provisioner", "FieldValueRequired", "Required value")
    if old is not None and new.get("provisioner") != old.get("provisioner"):
        yield cause("provisioner", "FieldValueForbidden", "Forbidden: updates to provisioner are forbidden.")
    if old is not None and new.get("parameters") != old.get("parameters"):
        yield cause("parameters", "FieldValueForbidden", "Forbidden: updates to parameters are forbidden.")


def immutable_data(new: Object, old: Object | None) -> Iterator[Cause]:
    """Keys of ConfigMaps and Secrets, and those marked `immutable`; the type of a Secret."""
    yield from names.config_keys([*new.get("data", ()), *new.get("binaryData", ())])
    for key in new.get("data", {}).keys() & new.get("binaryData", {}).keys():
        yield cause(
            f"data[{key}]", "FieldValueInvalid", f'Invalid value: "{key}": duplicate of key present in binaryData'
        )
    if new.get("type") == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in new.get("data", {}):
                yield cause(f"data[{key}]", "FieldValueRequired", "Required value")
    if old is None:
        return
    if old.get("immutable"):
        if not new.get("immutable"):
            message = "Forbidden: field is immutable when `immutable` is set"
            yield cause("immutable", "FieldValueForbidden", message)
        if new.get("data") != old.get("data"):
            yield cause("data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set")
    if new.get("type") != old.get("type"):
        yield cause("type", "FieldValueInvalid", f"Invalid value: {shown(new.get('type'))}: field is immutable")


def _settled(spec: dict[str, Any], old: Object) -> dict[str, Any]:
    """What of a claim's spec may not change; a bound one may grow."""
    free = ["volumeName"]
    if old.get("status", {}).get("phase") == "Bound":
        free += ["resources", "volumeAttributesClassName"]
    return {key: value for key, value in spec.items() if key not in free}
