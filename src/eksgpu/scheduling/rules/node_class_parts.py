"""The rules for an EC2NodeClass's lists: selector terms, block devices, network interfaces."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .breach import Breach, among, count

# Terms: how many there may be, and the fields of which exactly one says what is meant.
_TERMS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "amiSelectorTerms": (1, ("alias", "id", "name", "tags", "ssmParameter")),
    "subnetSelectorTerms": (1, ("id", "tags")),
    "securityGroupSelectorTerms": (1, ("id", "name", "tags")),
    "capacityReservationSelectorTerms": (0, ("id", "tags", "ownerID", "instanceMatchCriteria")),
}
_JOINED = {"capacityReservationSelectorTerms": {"tags", "ownerID", "instanceMatchCriteria"}}
_IDS = {
    "amiSelectorTerms": "ami-",
    "subnetSelectorTerms": "subnet-",
    "securityGroupSelectorTerms": "sg-",
    "capacityReservationSelectorTerms": "cr-",
}
_VOLUME_TYPES = ("standard", "io1", "io2", "gp2", "gp3", "sc1", "st1")
_SIZE = re.compile(r"\d+(Gi|G|Ti|T)")
_TRACKING = {"tcpEstablishedTimeout": (60, 432000), "udpStreamTimeout": (60, 180), "udpTimeout": (30, 60)}


def selector_terms(spec: Mapping[str, Any]) -> Iterator[Breach]:
    """How images, subnets, groups and reservations are named."""
    for name, (least, fields) in _TERMS.items():
        terms = spec.get(name) or ()
        yield from count(f"{name}-{least}-to-30", f"spec.{name}", terms, 30, least)
        for position, term in enumerate(terms):
            yield from _term(name, fields, f"spec.{name}[{position}]", term)


def devices(mappings: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    """Volumes: at most fifty, one root, each with a size or a snapshot."""
    where = "spec.blockDeviceMappings"
    yield from count("devices-at-most-50", where, mappings, 50)
    if sum(bool(mapping.get("rootVolume")) for mapping in mappings) > 1:
        yield Breach("one-root-volume", where, "only one device can be the root volume")
    for position, mapping in enumerate(mappings):
        yield from _volume(f"{where}[{position}].ebs", mapping.get("ebs") or {})


def network(spec: Mapping[str, Any]) -> Iterator[Breach]:
    """Interfaces, public address and connection tracking."""
    interfaces, where = spec.get("networkInterfaces") or (), "spec.networkInterfaces"
    yield from count("interfaces-at-most-150", where, interfaces, 150)
    if interfaces:
        yield from _interfaces(where, interfaces)
    if len(interfaces) > 1 and spec.get("associatePublicIPAddress"):
        message = "EC2 gives no public address to an instance with several interfaces"
        yield Breach("public-address-one-interface", "spec.associatePublicIPAddress", message)
    tracking = spec.get("connectionTracking")
    if tracking is not None and not tracking:
        yield Breach("tracking-not-empty", "spec.connectionTracking", "at least one timeout must be set")
    for name, seconds in (tracking or {}).items():
        low, high = _TRACKING.get(name, (0, 0))
        if not low <= seconds <= high:
            yield Breach("tracking-range", f"spec.connectionTracking.{name}", f"{seconds} is not in {low} to {high}")


def _term(name: str, fields: tuple[str, ...], where: str, term: Mapping[str, Any]) -> Iterator[Breach]:
    given = {key for key in fields if term.get(key)}
    if not given:
        yield Breach("term-says-something", where, f"one of {', '.join(fields)} must be given")
    if len(given) > 1 and not given <= _JOINED.get(name, set()) and given != {"name", "tags"}:
        yield Breach("term-says-one-thing", where, f"{', '.join(sorted(given))} exclude each other")
    found = term.get("id")
    if isinstance(found, str) and not found.startswith(_IDS[name]):
        yield Breach("term-id", f"{where}.id", f"{found!r} does not begin with {_IDS[name]}")
    if len(term.get("tags") or {}) > 20:
        yield Breach("term-tags-at-most-20", f"{where}.tags", "more than 20 tags")
    owner = term.get("ownerID")
    if owner and not re.fullmatch(r"\d{12}", str(owner)):
        yield Breach("reservation-owner", f"{where}.ownerID", f"{owner!r} is no account id of 12 digits")
    criteria = term.get("instanceMatchCriteria")
    yield from among("reservation-criteria", f"{where}.instanceMatchCriteria", criteria, ("open", "targeted"))


def _volume(where: str, ebs: Mapping[str, Any]) -> Iterator[Breach]:
    size = ebs.get("volumeSize")
    if not size and not ebs.get("snapshotID"):
        yield Breach("size-or-snapshot", where, "volumeSize or snapshotID must be given")
    if size and not _SIZE.fullmatch(str(size)):
        yield Breach("volume-size", f"{where}.volumeSize", f"{size!r} is no size such as 100Gi")
    yield from among("volume-type", f"{where}.volumeType", ebs.get("volumeType"), _VOLUME_TYPES)
    rate = ebs.get("volumeInitializationRate")
    if rate is not None and (not ebs.get("snapshotID") or not 100 <= rate <= 300):
        message = "100 to 300, and only for a volume made from a snapshot"
        yield Breach("initialization-rate", f"{where}.volumeInitializationRate", message)
    if ebs.get("throughput") is not None and ebs.get("volumeType") != "gp3":
        yield Breach("throughput-gp3", f"{where}.throughput", "only gp3 has a throughput to set")


def _interfaces(where: str, interfaces: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    places = [(one.get("networkCardIndex"), one.get("deviceIndex")) for one in interfaces]
    kinds = [str(one.get("interfaceType")) for one in interfaces]
    for kind in kinds:
        yield from among("interface-type", where, kind, ("interface", "efa-only"))
    if ((0, 0), "interface") not in zip(places, kinds, strict=True):
        yield Breach("first-interface", where, "card 0, device 0 must be an interface")
    if len(set(places)) < len(places):
        yield Breach("interfaces-apart", where, "two interfaces have one card and device")
    cards = [card for (card, _), kind in zip(places, kinds, strict=True) if kind == "efa-only"]
    if len(set(cards)) < len(cards):
        yield Breach("one-efa-per-card", where, "a network card carries one efa-only interface")
