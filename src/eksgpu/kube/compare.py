"""The plan of Kubernetes objects: the server's dry run of each, side by side, so that the engine's diff can stay pure.

What the dry run would change is put into each live object's fields; what the server refuses becomes a refusal of the
plan; what cannot be asked yet (no cluster, no CRD, no namespace) becomes a note.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eksgpu.engine.diff import Lookup
from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.engine.plan import Plan
from eksgpu.engine.refs import Chosen, has_unknown, resolve
from eksgpu.engine.resource import Live, Resource, State
from eksgpu.errors import AlreadyExists, AnswerLost, CloudError, CredentialsError, Later, NotFound, Throttled

from .difference import MISSING, Path, as_manifest, at, visible, with_value
from .errors import CONFLICT, is_immutable
from .object import KubeObject, kept
from .run import Kube, KubeRun

# Making these again would take with it what is in them.
HOLD_DATA = ("Namespace", "PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition")

FOREIGN = f"it is there already and is not ours (no label {CLUSTER_TAG}={{}}); rename ours, or remove the other one"


@dataclass(frozen=True)
class Compared:
    """What the dry runs told.

    lives:    all that were handed in, those of Kubernetes with the fields that the diff needs.
    refusals: why the plan cannot be carried out.
    notes:    by identity.
    """

    lives: tuple[Live, ...]
    refusals: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Told:
    """What one dry run told; `live` is None for an object that is not there."""

    live: Live | None = None
    refusal: str = ""
    notes: tuple[str, ...] = ()


def compare(
    run: KubeRun, resources: Iterable[Resource], lives: Sequence[Live], lookup: Lookup, *, newest: bool = False
) -> Compared:
    """Dry-run every KubeObject among `resources`.

    lookup: what a Ref stands for while planning; Unknown where its target does not exist yet.
    newest: take today's choice where the tool chose (`--accept`), instead of what lives.
    """
    wanted = [resource for resource in resources if isinstance(resource, KubeObject)]
    kube = run.kube() if wanted else None
    if kube is None:
        note = "not checked by the server: there is no way into the cluster yet"
        return Compared(tuple(lives), notes={resource.identity: (note,) for resource in wanted})
    kube.inventory.expect(resource.address.group_kind for resource in wanted)
    known = {live.id: live for live in lives if live.kind == KubeObject.kind}
    plain = [resource for resource in wanted if not resource.shared]
    told = run.parallel(lambda one: _ask(run, kube, one, known.get(one.identity), lookup, newest), plain)
    by_identity = {resource.identity: answer for resource, answer in zip(plain, told, strict=True)}
    return Compared(
        lives=tuple(_of(live, by_identity) for live in lives),
        refusals=tuple(f"{name}: {answer.refusal}" for name, answer in by_identity.items() if answer.refusal),
        notes={name: answer.notes for name, answer in by_identity.items() if answer.notes},
    )


def joined(plan: Plan, compared: Compared) -> Plan:
    """A plan over `compared.lives` with what else the dry runs told."""
    changes = tuple(
        replace(change, notes=(*change.notes, *compared.notes.get(change.identity, ()))) for change in plan.changes
    )
    return replace(plan, changes=changes, refusals=(*plan.refusals, *compared.refusals))


def _of(live: Live, told: Mapping[str, _Told]) -> Live:
    answer = told.get(live.id) if live.kind == KubeObject.kind else None
    return answer.live if answer is not None and answer.live is not None else live


def _ask(run: KubeRun, kube: Kube, wanted: KubeObject, live: Live | None, lookup: Lookup, newest: bool) -> _Told:
    if live is not None and live.state is State.DELETING:
        return _Told(live)
    today = resolve(wanted.manifest, lookup)
    loud = {path for path, chosen in _chosen(wanted.manifest, ()) if not chosen.quiet}
    values = {} if live is None or newest else _living_choices(wanted.manifest, live)
    if live is not None:
        live = replace(live, outputs={**live.outputs, "kept": values})
        wanted = replace(wanted, manifest=kept(today, live))
    else:
        wanted = replace(wanted, manifest=today)
    moved = {path: now for path, now in values.items() if path in loud and now != at(today, path)}
    notes = tuple(_newer(path, at(today, path), now) for path, now in moved.items())
    if has_unknown(wanted.manifest):
        return _Told(live, notes=(*notes, "not checked by the server: some values are known after apply"))
    told = _try(run, kube, wanted, live)
    if told.live is not None:
        told = replace(told, live=_in_todays_words(told.live, today, values))
    return replace(told, notes=(*notes, *told.notes))


def _living_choices(manifest: Mapping[str, Any], live: Live) -> dict[Path, Any]:
    """By path, what lives where the tool chose a value."""
    found = ((path, at(live.fields["manifest"], path)) for path, _ in _chosen(manifest, ()))
    return {path: now for path, now in found if now is not MISSING}


def _in_todays_words(live: Live, today: Mapping[str, Any], values: Mapping[Path, Any]) -> Live:
    """A choice that stays as it lives must be no difference to the graph, which holds today's."""
    manifest: Any = live.fields["manifest"]
    for path, now in values.items():
        if at(manifest, path) == now:
            manifest = with_value(manifest, path, at(today, path))
    return replace(live, fields={**live.fields, "manifest": manifest})


def _try(run: KubeRun, kube: Kube, wanted: KubeObject, live: Live | None) -> _Told:
    try:
        return _dry_run(run, kube, wanted, live)
    except (NotFound, Later) as error:
        return _Told(live, notes=(f"not checked by the server: {error.message}",))
    except (Throttled, AnswerLost, CredentialsError):
        raise
    except CloudError as error:
        return _refused(run, kube, wanted, live, error)


def _dry_run(run: KubeRun, kube: Kube, wanted: KubeObject, live: Live | None) -> _Told:
    sent = wanted.sent(run.mark)
    result, new = kube.api.apply(sent, dry_run=True, force=wanted.force)
    if live is None:
        if not new:
            _refuse_foreign(run, kube, wanted)
        kube.checked.add(wanted.name)
        return _Told()
    now = live.fields["manifest"]
    if result["metadata"].get("resourceVersion") != live.outputs["resourceVersion"]:
        # It moved since it was listed, or the dry run counts up: look again.
        resource = kube.api.resource(sent["apiVersion"], sent["kind"])
        now = visible(kube.api.get(resource, wanted.address.name, wanted.address.namespace))
    fields = {"manifest": as_manifest(wanted.manifest, now, result), "refused": ()}
    return _Told(replace(live, fields=fields))


def _refuse_foreign(run: KubeRun, kube: Kube, wanted: KubeObject) -> None:
    """Raises AlreadyExists unless the object that is there is ours after all (it appeared a moment ago)."""
    resource = kube.api.resource(wanted.manifest["apiVersion"], wanted.manifest["kind"])
    found = kube.api.get(resource, wanted.address.name, wanted.address.namespace)
    if not run.mark.owns(found["metadata"].get("labels") or {}):
        raise AlreadyExists(FOREIGN.format(run.mark.cluster))


def _refused(run: KubeRun, kube: Kube, wanted: KubeObject, live: Live | None, error: CloudError) -> _Told:
    if live is None and error.code == CONFLICT:  # there, with fields of others, and not among ours
        return _Told(refusal=FOREIGN.format(run.mark.cluster))
    refusal = f"{error.message}. {error.hint}" if error.hint else error.message
    if live is not None and error.code == CONFLICT and not wanted.force:
        # The plan shows what taking over would change.
        return replace(_try(run, kube, replace(wanted, force=True), live), refusal=refusal)
    if live is None or not is_immutable(error):
        return _Told(live, refusal=refusal)
    if wanted.address.group_kind.kind in HOLD_DATA:
        return _Told(live, refusal=f"{error.message}; it is not made again, since that would delete what it holds")
    fields = {"manifest": wanted.manifest, "refused": (error.message,)}
    return _Told(replace(live, fields=fields))


def _newer(path: Path, today: Any, now: Any) -> str:
    return f"{'.'.join(map(str, path))}: {today} is available (lives: {now}); take it with --accept"


def _chosen(tree: Any, path: Path) -> Iterator[tuple[Path, Chosen]]:
    match tree:
        case Chosen():
            yield path, tree
        case Mapping():
            for key, value in tree.items():
                yield from _chosen(value, (*path, key))
        case list() | tuple():
            for index, value in enumerate(tree):
                yield from _chosen(value, (*path, index))
