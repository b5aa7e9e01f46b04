"""The rules for an EC2NodeClass. Source: Karpenter v1.14.1, CRD of ec2nodeclasses.karpenter.k8s.aws.

Values that are not known yet may be any object: only text and numbers are looked at.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from .breach import Breach, among, count, unknown
from .node_class_parts import devices, network, selector_terms

_SPEC = frozenset({
    "amiFamily", "amiSelectorTerms", "subnetSelectorTerms", "securityGroupSelectorTerms", "role", "instanceProfile",
    "capacityReservationSelectorTerms", "placementGroupSelector", "networkInterfaces", "ipPrefixCount",
    "connectionTracking", "blockDeviceMappings", "instanceStorePolicy", "metadataOptions", "kubelet", "cpuOptions",
    "associatePublicIPAddress", "detailedMonitoring", "context", "tags", "userData",
})  # fmt: skip
_KUBELET = frozenset({
    "clusterDNS", "cpuCFSQuota", "evictionHard", "evictionSoft", "evictionSoftGracePeriod",
    "evictionMaxPodGracePeriod", "imageGCHighThresholdPercent", "imageGCLowThresholdPercent", "kubeReserved",
    "systemReserved", "maxPods", "podsPerCore",
})  # fmt: skip
_FAMILIES = ("AL2", "AL2023", "Bottlerocket", "Custom", "Windows2019", "Windows2022", "Windows2025")
_ALIAS = re.compile(r"(al2|al2023|bottlerocket|windows2019|windows2022|windows2025)@[^@\s]+")
_RESTRICTED = re.compile(
    r"karpenter\.sh/(nodepool|nodeclaim)|karpenter\.k8s\.aws/ec2nodeclass|kubernetes\.io/cluster/.*"
    r"|eks:eks-cluster-name"
)


def breaches(manifest: Mapping[str, Any]) -> Iterator[Breach]:
    """Every rule that the manifest breaks."""
    spec = manifest["spec"]
    yield from unknown("spec", spec, _SPEC)
    yield from _identity(spec)
    yield from selector_terms(spec)
    yield from _image(spec)
    yield from devices(spec.get("blockDeviceMappings") or ())
    yield from network(spec)
    yield from among("instance-store-policy", "spec.instanceStorePolicy", spec.get("instanceStorePolicy"), ("RAID0",))
    yield from _storage_once(spec)
    yield from _metadata_options(spec.get("metadataOptions") or {})
    yield from unknown("spec.kubelet", spec.get("kubelet"), _KUBELET)
    yield from _tags(spec.get("tags") or {})


def _identity(spec: Mapping[str, Any]) -> Iterator[Breach]:
    if bool(spec.get("role")) == bool(spec.get("instanceProfile")):
        yield Breach("role-or-profile", "spec.role", "exactly one of role and instanceProfile must be given")


def _image(spec: Mapping[str, Any]) -> Iterator[Breach]:
    where, terms = "spec.amiSelectorTerms", list(spec.get("amiSelectorTerms") or ())
    family = spec.get("amiFamily")
    yield from among("ami-family", "spec.amiFamily", family, _FAMILIES)
    aliases = [str(term["alias"]) for term in terms if term.get("alias")]
    if aliases and (len(terms) > 1 or len(terms[0]) > 1):
        yield Breach("alias-alone", where, "an alias must be the only term and its only field")
    if not aliases and family is None:
        yield Breach("ami-family-or-alias", "spec.amiFamily", "without an alias the family must be given")
    for alias in aliases:
        if len(alias) > 30 or not _ALIAS.fullmatch(alias):
            yield Breach("alias-form", where, f"{alias!r} is no family@version of at most 30 characters")
        elif alias.startswith("windows") and not alias.endswith("@latest"):
            yield Breach("alias-windows-latest", where, "Windows has no other version than latest")
        elif family not in (None, "Custom") and str(family).lower() != alias.partition("@")[0]:
            yield Breach("alias-of-family", where, f"{alias} is not of the family {family}")


def _storage_once(spec: Mapping[str, Any]) -> Iterator[Breach]:
    """Karpenter's policy writes Bottlerocket's commands itself; both would set the disks up twice."""
    text = spec.get("userData")
    if not isinstance(text, str) or not _is_bottlerocket(spec):
        return
    try:
        settings = tomllib.loads(text).get("settings", {})
    except tomllib.TOMLDecodeError as error:
        yield Breach("user-data-is-toml", "spec.userData", f"Bottlerocket's user data must be TOML: {error}")
        return
    commands = [line for entry in settings.get("bootstrap-commands", {}).values() for line in entry.get("commands", ())]
    if spec.get("instanceStorePolicy") and any("ephemeral-storage" in line for line in commands):
        message = "instanceStorePolicy and bootstrap commands for ephemeral storage exclude each other"
        yield Breach("instance-store-once", "spec.userData", message)


def _is_bottlerocket(spec: Mapping[str, Any]) -> bool:
    aliases = [str(term.get("alias", "")) for term in spec.get("amiSelectorTerms") or ()]
    return spec.get("amiFamily") == "Bottlerocket" or any(alias.startswith("bottlerocket@") for alias in aliases)


def _metadata_options(options: Mapping[str, Any]) -> Iterator[Breach]:
    where = "spec.metadataOptions"
    yield from among("metadata-endpoint", f"{where}.httpEndpoint", options.get("httpEndpoint"), ("enabled", "disabled"))
    yield from among(
        "metadata-ipv6", f"{where}.httpProtocolIPv6", options.get("httpProtocolIPv6"), ("enabled", "disabled")
    )
    yield from among("metadata-tokens", f"{where}.httpTokens", options.get("httpTokens"), ("required", "optional"))
    hops = options.get("httpPutResponseHopLimit")
    if hops is not None and not 1 <= hops <= 64:
        yield Breach("hop-limit-1-to-64", f"{where}.httpPutResponseHopLimit", f"{hops} is not between 1 and 64")


def _tags(tags: Mapping[str, str]) -> Iterator[Breach]:
    yield from count("tags-at-most-50", "spec.tags", tags, 50)
    for key in tags:
        if not key:
            yield Breach("tag-key-empty", "spec.tags", "a tag needs a key")
        if _RESTRICTED.fullmatch(key):
            yield Breach("tag-restricted", f"spec.tags.{key}", "Karpenter sets this tag itself")
