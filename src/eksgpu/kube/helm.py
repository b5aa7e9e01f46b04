"""A chart in the cluster: found in Helm's own release Secrets, changed through the helm program.

The mark is on the Secrets as labels. A release that a crash left pending is cleared first: rolled back to the revision
that runs, or uninstalled when none does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import CLUSTER_TAG, OWN_PREFIX, Mark
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, CloudError

from .helm_program import Upgrade
from .inventory import ID as INVENTORY
from .live import after_text, identity
from .names import Address, ApiResource, GroupKind
from .object import KubeObject
from .release import DEPLOYED, Release, newest
from .run import Kube, KubeRun, reached

SECRETS = ApiResource("", "v1", "Secret", "secrets", namespaced=True)
DIGEST = f"{OWN_PREFIX}digest"
AFTER_WORDS = "eksgpu: after "  # a release's description: what must outlive it
NEVER_RAN = ("pending-install", "uninstalling")
STUCK = ("pending-upgrade", "pending-rollback")


@dataclass(frozen=True)
class HelmRelease(Resource):
    """A release; make it with `HelmRelease.of(namespace, release, …)`, which gives it its name.

    chart:   the chart's own name, as Helm keeps it.
    source:  where it comes from (chart_source.py); not compared: a mirror changes nothing.
    version: the chart's version.
    values:  all that is set; Refs anywhere inside.
    digest:  which content of the source, where the version does not tell (a directory's hash, a commit).
    status:  always "deployed"; a live one may have another, and is mended.
    """

    chart: str
    source: str
    cluster: Ref | str
    version: str | Chosen | None = None
    values: Mapping[str, Any] | None = None
    digest: str | None = None
    status: str = DEPLOYED

    kind: ClassVar[str] = "helm_release"
    permissions: ClassVar[frozenset[str]] = KubeObject.permissions
    changes: ClassVar[Mapping[str, OnChange]] = {
        "chart": OnChange(sample="other"),
        "version": OnChange(sample="1.1.0"),
        "values": OnChange(sample={"replicas": 3}),
        "digest": OnChange(sample="0123456789ab"),
        "status": OnChange(),
    }
    gone_before: ClassVar[tuple[str, ...]] = KubeObject.gone_before
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = 1800.0

    @classmethod
    def of(cls, namespace: str, release: str, **fields: Any) -> "HelmRelease":
        """A release by its namespace and Helm's name for it."""
        return cls(f"{namespace}/{release}", **fields)

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def release(self) -> str:
        return self.name.partition("/")[2]

    @classmethod
    def discover(cls, run: KubeRun) -> list[Live]:
        kube = run.kube()
        if kube is None:
            return []
        # Superseded revisions are history; leaving them out saves most of the bytes.
        selector = f"owner=helm,status!=superseded,{CLUSTER_TAG}={run.mark.cluster}"
        return [_live(release) for release in newest(kube.api.list(SECRETS, labels=selector)[0])]

    @classmethod
    def read(cls, run: KubeRun, live: Live) -> Live | None:
        kube = run.kube()
        release = _find(kube, *live.name.split("/")) if kube is not None else None
        return _live(release) if release is not None else None

    def create(self, run: KubeRun) -> Live:
        kube = reached(run)
        kube.helm.check()
        there = _find(kube, self.namespace, self.release)
        if there is not None and not run.mark.owns(there.labels):
            raise AlreadyExists(f"a release {self.name} is there already, without the mark of {run.mark.cluster}")
        return self._upgraded(kube, run)

    def update(self, run: KubeRun, live: Live, changed: frozenset[str]) -> Live:
        kube = reached(run)
        status, running = live.fields["status"], live.outputs["deployed"]
        if status in NEVER_RAN or (status in STUCK and not running):
            kube.helm.uninstall(self.namespace, self.release)
        elif status in STUCK:
            kube.helm.rollback(self.namespace, self.release, running)
        return self._upgraded(kube, run)

    @classmethod
    def delete(cls, run: KubeRun, live: Live) -> None:
        reached(run).helm.uninstall(live.outputs["namespace"], live.outputs["release"])

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        # A registry's reference holds the chart's name; it goes where Helm takes a path.
        repository = {"repository": self.source} if self.source.startswith("http") else {}
        arguments = {
            "name": self.release,
            "namespace": self.namespace,
            "chart": self.chart if repository else self.source,
            "version": self.version,
            "values": self.values,
            "wait": True,
            **repository,
        }
        label = self.name.replace("/", "-")
        return [("helm_release", label, {name: value for name, value in arguments.items() if value is not None})]

    @classmethod
    def example(cls) -> "HelmRelease":
        return cls.of(
            "default",
            "example",
            chart="example",
            source="https://charts.example.com",
            version="1.0.0",
            values={"replicas": 2},
            cluster=Ref("eks_cluster/main", "name"),
        )

    def wish(self, mark: Mark) -> Upgrade:
        """What Helm is told (Refs resolved): the release with the mark on its record."""
        after = after_text(self.after)
        return Upgrade(
            namespace=self.namespace,
            release=self.release,
            chart=self.chart,
            source=self.source,
            version=self.version.value if isinstance(self.version, Chosen) else self.version,
            values=self.values or {},
            labels=mark.tags(self.release) | ({DIGEST: self.digest} if self.digest else {}),
            description=f"{AFTER_WORDS}{after}" if after else "",
        )

    def _upgraded(self, kube: Kube, run: KubeRun) -> Live:
        kube.helm.upgrade(self.wish(run.mark))
        release = _find(kube, self.namespace, self.release)
        if release is None:
            raise CloudError(f"helm ended well, but left no record of the release {self.name}")
        return _live(release)


def _find(kube: Kube, namespace: str, release: str) -> Release | None:
    found = newest(kube.api.list(SECRETS, namespace, labels=f"owner=helm,status!=superseded,name={release}")[0])
    return found[0] if found else None


def _live(release: Release) -> Live:
    name = f"{release.namespace}/{release.name}"
    after = release.description.removeprefix(AFTER_WORDS) if release.description.startswith(AFTER_WORDS) else ""
    namespace = identity(Address(GroupKind("Namespace"), "", release.namespace))
    return Live(
        kind=HelmRelease.kind,
        name=name,
        id=f"{HelmRelease.kind}/{name}",
        uses=frozenset({INVENTORY, namespace, *filter(None, after.split(","))}),
        fields={
            "chart": release.chart,
            "version": release.version,
            "values": release.values,
            "digest": release.labels.get(DIGEST),
            "status": release.status,
        },
        outputs={"namespace": release.namespace, "release": release.name, "deployed": release.deployed},
        tags=release.labels,
        created=release.created,
        reason="" if release.status == DEPLOYED else f"{release.status}: {release.description}",
    )
