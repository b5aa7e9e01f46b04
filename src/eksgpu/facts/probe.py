"""Probing: everything that can be found out before the plan, asked side by side, at most three calls deep.

What the plan cannot do without is an error here; the rest (quotas, prices, simulated permissions, offerings) becomes a
note that says what could not be learned.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from eksgpu.aws.run import AwsRun
from eksgpu.errors import CloudError, CredentialsError
from eksgpu.kube.run import Kube

from . import addons, amis, cluster, denied, network, offerings, prices, principal, quotas, versions, zones
from .model import AddonVersions, Ask, Facts

T = TypeVar("T")
Result = Callable[[], T]

PERMISSIONS = frozenset[str]().union(
    *(
        part.PERMISSIONS
        for part in (addons, amis, cluster, denied, network, offerings, prices, principal, quotas, versions, zones)
    )
)


def probe(run: AwsRun, ask: Ask, pool: Executor | None = None, kube: Callable[[], Kube | None] = lambda: None) -> Facts:
    """Answer the question. About eleven calls for a cluster with one kind of node group and one GPU pool.

    pool: where the calls run side by side; None: one after the other.
    kube: the way into a cluster that is there already.

    Raises Denied, Throttled and the like when zones, versions or add-ons cannot be read; CredentialsError always.
    """
    side = _Side(pool)
    region_zones = side.start(lambda: zones.read_zones(run))
    offered = side.start(lambda: versions.read_cluster_versions(run))
    living = side.start(lambda: versions.read_live_cluster(run))
    caller = side.start(lambda: _caller(run, ask.actions))
    sessions = side.start(lambda: principal.roles_of(run, ask.principals))
    zonal = side.start(lambda: _offerings(run, ask.instance_types))
    limits = side.start(lambda: _quotas(run))
    there = side.start(lambda: network.read_network(run, ask.vpc, ask.subnets) if ask.vpc else None)
    beside = side.start(
        lambda: cluster.read_cluster(run, kube, ask.node_roles, ask.existing_nodes) if ask.existing else None
    )
    costs = [side.start(partial(_price, run, name)) for name in ask.priced]
    named = side.start(partial(_versions, run, ask, ask.version)) if ask.version else None

    live = living()
    newest = versions.newest_version(offered(), ask.newest_allowed)
    following = versions.next_version(newest, live)
    version = versions.version_of_run(ask, following, live)
    addon_versions, (releases, no_releases) = named() if named else _versions(run, ask, version)
    (role, (refused, unchecked)), (by_type, no_offers), (by_code, no_quotas) = caller(), zonal(), limits()
    priced = [cost() for cost in costs]
    notes = (*unchecked, *no_offers, *no_quotas, *no_releases, *(note for _, found in priced for note in found))
    return Facts(
        region=run.region,
        partition=run.partition,
        zones=region_zones(),
        cluster_versions=offered(),
        version=version,
        newest=newest,
        next=following,
        live_version=live.version if live else None,
        live_ours=live.ours if live else False,
        addons=addon_versions,
        offerings=by_type,
        prices={name: usd for known, _ in priced for name, usd in known.items()},
        quotas=by_code,
        denied=refused,
        principals={**role, **sessions()},
        amis={system: amis.alias(system, release) for system, release in releases.items()},
        releases=releases,
        network=there(),
        cluster=beside(),
        notes=tuple(dict.fromkeys(notes)),
    )


class _Side:
    """Starts calls side by side in a pool, or does them at once where there is none."""

    def __init__(self, pool: Executor | None) -> None:
        self._pool = pool

    def start(self, call: Callable[[], T]) -> Result[T]:
        if self._pool is not None:
            return self._pool.submit(call).result
        result = call()
        return lambda: result


Noted = tuple[T, tuple[str, ...]]


def _or_note(read: Callable[[], T], without: T, consequence: str) -> Noted[T]:
    try:
        return read(), ()
    except CredentialsError:
        raise
    except CloudError as error:
        return without, (f"{consequence}: {error.message}",)


def _caller(run: AwsRun, actions: tuple[str, ...]) -> tuple[Mapping[str, str], Noted[tuple[str, ...]]]:
    role = principal.roles_of(run, [run.caller])
    who = role.get(run.caller, run.caller)
    unknown = "the caller's permissions were not checked beforehand"
    return role, _or_note(lambda: denied.read_denied(run, who, actions), (), unknown)


def _versions(run: AwsRun, ask: Ask, kubernetes: str) -> tuple[Mapping[str, AddonVersions], Noted[Mapping[str, str]]]:
    """What hangs on the Kubernetes version."""
    without: Mapping[str, str] = {}
    unknown = "new nodes take the newest image, and are replaced with each new one"
    releases = _or_note(lambda: amis.read_releases(run, kubernetes, ask.systems), without, unknown)
    return addons.read_addon_versions(run, kubernetes, ask.addons), releases


def _quotas(run: AwsRun) -> Noted[Mapping[str, float]]:
    without: Mapping[str, float] = {}
    return _or_note(lambda: quotas.read_ec2_quotas(run), without, "EC2's quotas are not known")


def _offerings(run: AwsRun, types: tuple[str, ...]) -> Noted[Mapping[str, frozenset[str]]]:
    without: Mapping[str, frozenset[str]] = {}
    return _or_note(lambda: offerings.read_offerings(run, types), without, "which zones offer a type is not known")


def _price(run: AwsRun, instance_type: str) -> Noted[Mapping[str, float]]:
    if run.partition != prices.PARTITION:
        return {}, (f"prices are us-east-1's: AWS's price list does not cover the partition {run.partition}",)
    usd, notes = _or_note(lambda: prices.read_price(run, instance_type), None, "prices are us-east-1's")
    return ({} if usd is None else {instance_type: usd}), notes
