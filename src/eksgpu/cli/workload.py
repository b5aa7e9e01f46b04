"""`eksgpu workload list|show|apply|delete`: something to run on the cluster, from our own manifests or a file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import DEFAULT_SPEC, Common, Spec, verb

if TYPE_CHECKING:
    from eksgpu.ops.workload_manifest import Wanted

app = typer.Typer(name="workload", help="Run something on the cluster: inflate, vLLM, Wan2.1, a GPU smoke test.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A workload's name, or a file of manifests.")]
MaybeSpec = Annotated[Path | None, typer.Argument(metavar="SPEC", help="Check it against this spec's pools.")]


@dataclass(frozen=True)
class Edits:
    """What to change in the manifests; None leaves a value as it is."""

    image: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="Another image for the container with the GPU.")
    ] = None
    replicas: Annotated[int | None, typer.Option(min=0, help="How many pods.")] = None
    gpus: Annotated[int | None, typer.Option(min=1, help="GPUs of each pod, where it has any.")] = None
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="The namespace; default: default.")] = None
    account: Annotated[str | None, typer.Option(metavar="ID", help="The account of the private registry.")] = None

    def wanted(self) -> "Wanted":
        """The same in the words of `ops`."""
        from eksgpu.ops.workload_manifest import Wanted

        return Wanted(**asdict(self))


@app.command("list")
@verb
def list_(common: Common) -> int:
    """List the workloads that come with eksgpu."""
    from eksgpu.ops.workload_manifest import shipped
    from eksgpu.ui.workload import list_view

    from .target import screen_of

    screen = screen_of(common)
    found = list(shipped().values())
    names = {"workloads": [{"name": one.name, "about": one.about} for one in found]}
    screen.result(names, list_view(found, screen.look))
    return 0


@app.command()
@verb
def show(common: Common, edits: Edits, name: Name, spec: MaybeSpec = None) -> int:
    """Print the manifests as plain YAML, with account and region filled in."""
    from eksgpu.checks.finding import errors
    from eksgpu.errors import FindingsError
    from eksgpu.ops import workload as ops
    from eksgpu.ui.findings import findings_view

    from .target import options_of, screen_of

    screen = screen_of(common)
    report = ops.show(name, edits.wanted(), spec, options_of(common))
    screen.say(*(f"note: {note}" for note in report.notes), *findings_view(report.findings, screen.err_look))
    screen.result(report.as_json(), report.workload.text.splitlines())
    stops = any(one.id not in common.skip_checks for one in errors(report.findings))
    return FindingsError.exit_code if stops else 0


@app.command()
@verb
def apply(
    common: Common,
    edits: Edits,
    name: Name,
    spec: Spec = DEFAULT_SPEC,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it runs, or a job has succeeded.")] = False,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait at most.")] = 1800.0,
) -> int:
    """Apply it to the cluster, after checking that it can ever run there."""
    from eksgpu.ops import workload as ops
    from eksgpu.ui.findings import findings_view
    from eksgpu.ui.workload import done_view

    from .target import options_of, screen_of

    screen = screen_of(common)
    report = ops.apply(
        name,
        edits.wanted(),
        spec,
        options_of(common),
        tell=lambda findings: screen.say(*findings_view(findings, screen.err_look)),
        say=screen.say,
        wait=timeout if wait else 0.0,
        skip_checks=frozenset(common.skip_checks),
    )
    screen.result(report.as_json(), done_view(report, screen.look))
    return 0


@app.command()
@verb
def delete(common: Common, name: Name, spec: Spec = DEFAULT_SPEC) -> int:
    """Delete it from the cluster, and wait until its pods are gone."""
    from eksgpu.ops import workload as ops
    from eksgpu.ui.workload import done_view

    from .target import options_of, screen_of

    screen = screen_of(common)
    report = ops.delete(name, spec, options_of(common), say=screen.say)
    screen.result(report.as_json(), done_view(report, screen.look))
    return 0
