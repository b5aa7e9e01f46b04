"""What stands for the helm program: `upgrade --install`, `rollback` and `uninstall`, each with `--wait`.

Releases are recorded as Helm records them, so that a crash in the middle leaves what a crash of Helm's leaves. Sources:
helm.sh/helm/v3 pkg/action (install, upgrade, rollback, uninstall).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eksgpu.errors import AlreadyExists, CloudError, Later, NotFound
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Upgrade
from eksgpu.kube.names import address_of
from eksgpu.kube.release import DEPLOYED, decode

from .charts import Chart, chart
from .record import KEPT, Object, Record, Secret, manifest, own_labels, revision, status
from .waiting import live, until_gone, until_ready

MANAGER = "helm"
RELEASE_NAME, RELEASE_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"


def _utc() -> datetime:
    return datetime.now(UTC)


class StandIn:
    """A `Helm` for one cluster.

    sleep:  lets seconds pass between two looks at what is not ready; the sandbox hands in its clock's.
    now:    wall time.
    charts: a chart by its name; raises CloudError for one that it does not know.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _utc,
        charts: Callable[[str], Chart] = chart,
    ) -> None:
        self.api = api
        self.record = Record(api, now)
        self._sleep = sleep
        self._charts = charts

    def check(self) -> None:
        """It is here and new enough."""

    def upgrade(self, wanted: Upgrade) -> None:
        with _named(f"helm upgrade {wanted.namespace}/{wanted.release}"):
            history = self.record.history(wanted.namespace, wanted.release)
            _refuse(history, wanted.release)
            found = self._charts(wanted.chart)
            wanted = replace(wanted, version=wanted.version or found.newest)
            if not history:
                self._define(found.definitions)
            objects = [_stamped(one, wanted.namespace, wanted.release) for one in found.objects(wanted)]
            before = _running(history)
            self._refuse_others(objects, before)
            secret = self._begin(wanted, objects, history, "pending-upgrade" if history else "pending-install")
            self._finish(secret, objects, before, history)
            self.record.forget([*history, secret][:-KEPT])

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        with _named(f"helm rollback {namespace}/{release}"):
            history = self.record.history(namespace, release)
            old = _of_revision(history, revision)
            told = decode(old)
            again = Upgrade(
                namespace,
                release,
                told["chart"]["metadata"]["name"],
                "",
                told["chart"]["metadata"]["version"],
                told["config"],
                own_labels(history[-1]),
                f"Rollback to {revision}",
            )
            objects = manifest(old)
            secret = self._begin(again, objects, history, "pending-rollback")
            self._finish(secret, objects, manifest(history[-1]), history)

    def uninstall(self, namespace: str, release: str) -> None:
        with _named(f"helm uninstall {namespace}/{release}"):
            history = self.record.history(namespace, release)
            if not history:
                raise NotFound(f"uninstall: Release not loaded: {release}: release: not found")
            objects = manifest(history[-1])
            self.record.mark(history[-1], "uninstalling")
            self._delete(objects)
            late: CloudError | None = None
            try:
                until_gone(self.api, objects, self._sleep)
            except CloudError as error:
                late = error
            # As Helm does: the record goes even when some object does not.
            self.record.forget(history)
            if late is not None:
                raise late

    def _begin(self, wanted: Upgrade, objects: Sequence[Object], history: Sequence[Secret], status: str) -> Secret:
        try:
            return self.record.begin(wanted, objects, history, status)
        except NotFound as error:
            raise Later(f'create: failed to create: namespaces "{wanted.namespace}" not found') from error

    def _finish(
        self, secret: Secret, objects: Sequence[Object], before: Sequence[Object], history: Sequence[Secret]
    ) -> None:
        """Bring the objects about; then the new revision is the one that runs, or it has failed."""
        try:
            self._carry_out(objects, before)
        except CloudError as error:
            with suppress(CloudError):
                self.record.mark(secret, "failed", description=error.message)
            raise
        for old in history:
            if status(old) == DEPLOYED:
                self.record.mark(old, "superseded")
        self.record.mark(secret, DEPLOYED)

    def _carry_out(self, objects: Sequence[Object], before: Sequence[Object]) -> None:
        for one in objects:
            self._apply(one)
        kept = {address_of(one) for one in objects}
        self._delete([one for one in before if address_of(one) not in kept])
        until_ready(self.api, objects, self._sleep)

    def _apply(self, one: Object) -> None:
        try:
            self.api.apply(one, force=True, manager=MANAGER)
        except NotFound as error:
            if error.code != "NoKind":
                raise
            message = f'no matches for kind "{one["kind"]}" in version "{one["apiVersion"]}"'
            raise Later(f"{message}: ensure CRDs are installed first") from error

    def _define(self, definitions: Sequence[Object]) -> None:
        """What is in a chart's `crds/`: made once, and left alone when it is there."""
        for one in definitions:
            with suppress(AlreadyExists):
                self.api.create(one)
        until_ready(self.api, definitions, self._sleep)

    def _refuse_others(self, objects: Sequence[Object], before: Sequence[Object]) -> None:
        """An object that is there and not this release's is not taken over."""
        ours = {address_of(one) for one in before}
        for one in objects:
            found = live(self.api, one) if address_of(one) not in ours else None
            if found is not None and not _same_owner(found, one):
                raise AlreadyExists(
                    f"Unable to continue with install: {address_of(one)} exists and cannot be imported into the "
                    f"current release: invalid ownership metadata"
                )

    def _delete(self, objects: Sequence[Object]) -> None:
        for one in reversed(objects):
            address = address_of(one)
            with suppress(NotFound):
                resource = self.api.resource(one["apiVersion"], one["kind"])
                self.api.delete(resource, address.name, address.namespace)


def _refuse(history: Sequence[Secret], release: str) -> None:
    """What Helm does not begin upon."""
    if history and status(history[-1]).startswith("pending"):
        raise Later("another operation (install/upgrade/rollback) is in progress")
    if history and status(history[-1]) == "uninstalling":
        raise CloudError(f'"{release}" has no deployed releases')


def _running(history: Sequence[Secret]) -> list[Object]:
    """The objects of the revision that runs, or else of the last one."""
    deployed = [secret for secret in history if status(secret) == DEPLOYED]
    return manifest((deployed or history)[-1]) if history else []


def _of_revision(history: Sequence[Secret], number: int) -> Secret:
    found = next((secret for secret in history if revision(secret) == number), None)
    if found is None:
        raise NotFound("release: not found")
    return found


def _stamped(one: Object, namespace: str, release: str) -> Object:
    """The object with Helm's own marks on it."""
    metadata = one["metadata"]
    labels = {**metadata.get("labels", {}), "app.kubernetes.io/managed-by": "Helm"}
    annotations = {**metadata.get("annotations", {}), RELEASE_NAME: release, RELEASE_NAMESPACE: namespace}
    return {**one, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _same_owner(found: Object, one: Object) -> bool:
    there: dict[str, Any] = found["metadata"].get("annotations") or {}
    wanted = one["metadata"]["annotations"]
    return all(there.get(name) == wanted[name] for name in (RELEASE_NAME, RELEASE_NAMESPACE))


@contextmanager
def _named(operation: str) -> Iterator[None]:
    """Errors that say which command they come from, as the program's do."""
    try:
        yield
    except CloudError as error:
        if not error.message.startswith(operation):
            error.message = f"{operation}: {error.message}"
            error.args = (error.message,)
        raise
