"""The columns of Events, of either version, as Kubernetes' own printer writes them."""

from datetime import datetime
from typing import Any

from eksgpu.sandbox.kubernetes.show.cells import Cell, Column, age, of
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs.event_versions import as_core


def _core(cell: Cell) -> Cell:
    return lambda row, now: cell(as_core(row), now)


def _first_seen(row: Object, now: datetime) -> str:
    return age(row.get("firstTimestamp") or row.get("eventTime"), now)


def _last_seen(row: Object, now: datetime) -> str:
    if row.get("series"):
        return age(row["series"]["lastObservedTime"], now)
    return age(row["lastTimestamp"], now) if row.get("lastTimestamp") else _first_seen(row, now)


def _subject(row: Object, _now: datetime) -> str:
    about = row.get("involvedObject", {})
    kind = str(about.get("kind", "")).lower()
    return f"{kind}/{about['name']}" if about.get("name") else kind


def _source(row: Object, _now: datetime) -> str:
    source = row.get("source") or {}
    component = source.get("component") or row.get("reportingComponent", "")
    instance = source.get("host") or row.get("reportingInstance", "")
    return f"{component}, {instance}" if instance else component


def _count(row: Object, _now: datetime) -> Any:
    return row["series"]["count"] if row.get("series") else row.get("count") or 1


def _message(row: Object, _now: datetime) -> str:
    return str(row.get("message", "")).strip()


COLUMNS = (
    Column("Last Seen", _core(_last_seen)),
    Column("Type", of("type", "")),
    Column("Reason", of("reason", "")),
    Column("Object", _core(_subject)),
    Column("Subobject", _core(of("involvedObject.fieldPath", "")), 1),
    Column("Source", _core(_source), 1),
    Column("Message", _core(_message)),
    Column("First Seen", _core(_first_seen), 1),
    Column("Count", _core(_count), 1, "integer"),
    Column("Name", of("metadata.name", ""), 1, format="name"),
)
