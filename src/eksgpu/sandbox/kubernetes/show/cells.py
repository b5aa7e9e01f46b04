"""Cells of tables: ages, paths, counts and the few that need thought, as Kubernetes' own printers write them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import instant
from eksgpu.sandbox.kubernetes.selectors import value_at
from eksgpu.sandbox.kubernetes.store import Object

Cell = Callable[[Object, datetime], Any]


@dataclass(frozen=True)
class Column:
    """`priority` 1 is shown with `-o wide` only."""

    name: str
    cell: Cell
    priority: int = 0
    type: str = "string"
    format: str = ""


def age(text: str | None, now: datetime) -> str:
    """How long ago, as kubectl writes it: `5s`, `3m12s`, `2h`, `4d`."""
    if not text:
        return "<unknown>"
    return duration(max(0, int((now - instant(text)).total_seconds())))


def duration(seconds: int) -> str:
    """apimachinery's HumanDuration."""
    if seconds < 120:
        return f"{seconds}s"
    minutes = seconds // 60
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"


def named(title: str = "Name") -> Column:
    return Column(title, lambda row, _now: row["metadata"]["name"], format="name")


def simple() -> tuple[Column, ...]:
    """Name and age, as for types without columns of their own."""
    return named(), AGE


def of(path: str, default: Any = "<none>") -> Cell:
    """The value at a dotted path."""

    def cell(row: Object, _now: datetime) -> Any:
        found = value_at(row, path)
        return default if found is None or found == [] else found

    return cell


def part(of_row: Callable[[Object], Any]) -> Cell:
    return lambda row, _now: of_row(row)


def count(path: str) -> Cell:
    return lambda row, _now: len(value_at(row, path) or ())


def joined(path: str, default: str = "<none>") -> Cell:
    return lambda row, _now: ",".join(str(part) for part in value_at(row, path) or ()) or default


def fraction(done: str, wanted: str) -> Cell:
    return lambda row, _now: f"{value_at(row, done) or 0}/{value_at(row, wanted) or 0}"


def containers(part: str) -> Cell:
    path = "spec.template.spec.containers"
    return lambda row, _now: ",".join(container.get(part, "") for container in value_at(row, path) or ())


def selector(row: Object, _now: datetime) -> str:
    found = value_at(row, "spec.selector") or {}
    labels = found.get("matchLabels", found if "matchExpressions" not in found else {})
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def ports(row: Object, _now: datetime) -> str:
    texts = []
    for port in value_at(row, "spec.ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        texts.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(texts) or "<none>"


def external(row: Object, _now: datetime) -> str:
    if value_at(row, "spec.type") == "ExternalName":
        return str(value_at(row, "spec.externalName"))
    found: list[dict[str, str]] = value_at(row, "status.loadBalancer.ingress") or []
    addresses = ",".join(part.get("hostname") or part.get("ip", "") for part in found)
    return addresses or ("<pending>" if value_at(row, "spec.type") == "LoadBalancer" else "<none>")


def ingress_ports(row: Object, _now: datetime) -> str:
    return "80, 443" if value_at(row, "spec.tls") else "80"


def hosts(row: Object, _now: datetime) -> str:
    return ",".join(rule["host"] for rule in value_at(row, "spec.rules") or () if rule.get("host")) or "*"


def job_status(row: Object, _now: datetime) -> str:
    for wanted in ("Complete", "Failed", "Suspended"):
        for condition in value_at(row, "status.conditions") or ():
            if condition["type"] == wanted and condition["status"] == "True":
                return wanted
    return "Running"


def job_duration(row: Object, now: datetime) -> str:
    start, end = value_at(row, "status.startTime"), value_at(row, "status.completionTime")
    return age(start, instant(end) if end else now) if start else ""


def node_selector(row: Object, _now: datetime) -> str:
    labels = value_at(row, "spec.template.spec.nodeSelector") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def default_class(row: Object, _now: datetime) -> str:
    annotations = row["metadata"].get("annotations", {})
    default: bool = annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    return f"{row['metadata']['name']}{' (default)' if default else ''}"


AGE = Column("Age", lambda row, now: age(row["metadata"].get("creationTimestamp"), now))
