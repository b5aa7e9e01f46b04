"""Events in their two versions: kept as core/v1, shown as events.k8s.io/v1 to who asks for that.

Source: kubernetes v1.35, pkg/apis/events/v1 (conversion), and a kube-apiserver of that version.
"""

from eksgpu.sandbox.kubernetes.store import Object

_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_CORE = {name: core for core, name in _NAMES.items()}
_ALWAYS: Object = {
    "eventTime": None, "deprecatedFirstTimestamp": None, "deprecatedLastTimestamp": None, "deprecatedSource": {},
}  # fmt: skip
_LEFT_OUT_EMPTY = ("reportingController", "reportingInstance")


def as_events_v1(found: Object) -> Object:
    """A core Event under the names of events.k8s.io/v1."""
    named = {_NAMES.get(key, key): value for key, value in found.items() if value is not None}
    kept = {key: value for key, value in named.items() if value or key not in _LEFT_OUT_EMPTY}
    return {**_ALWAYS, **kept, "apiVersion": "events.k8s.io/v1"}


def as_core(found: Object) -> Object:
    """An Event of either version under the names of core/v1."""
    return {_CORE.get(key, key): value for key, value in found.items()}
