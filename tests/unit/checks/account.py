"""A fake account, a spec and what is found out about it: what every test of a check begins with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from eksgpu.aws import KINDS
from eksgpu.aws.permissions import actions
from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.build import build
from eksgpu.checks.check import Check
from eksgpu.checks.context import CheckContext
from eksgpu.checks.finding import Finding
from eksgpu.facts.probe import probe
from eksgpu.spec.load import loads
from eksgpu.spec.models import GpuCluster
from tests.support.rig import Rig

HEAD = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {{name: {name}, region: {region}}}\nspec:\n"


def spec_of(body: str = "  {}", *, name: str = "demo", region: str = "us-west-2") -> GpuCluster:
    """A spec; `body` is what stands below `spec:`, indented by two spaces."""
    return loads(HEAD.format(name=name, region=region) + body)


def context_of(rig: Rig, body: str = "  {}", *, planned: bool = False, **facts: Any) -> CheckContext:
    """Everything a check sees of this spec in this account.

    planned: compare with what lives, as `plan` does; else all of it counts as new.
    facts:   replace what was found out.
    """
    spec = spec_of(body, name=rig.cluster, region=rig.region)
    known = replace(probe(rig.run, ask(spec, actions(KINDS))), **facts)
    graph = build(spec, known, account=rig.run.account, caller=rig.run.caller)
    return CheckContext(spec, known, graph, rig.run, rig.plan(graph) if planned else None)


def found(check: Check, context: CheckContext) -> list[tuple[str, str]]:
    """(severity, where) of what one check finds."""
    return [(str(finding.severity), finding.where) for finding in check.run(context)]


def only(check: Check, context: CheckContext) -> Finding:
    """The one thing that a check finds."""
    findings: Sequence[Finding] = tuple(check.run(context))
    assert len(findings) == 1, findings
    return findings[0]
