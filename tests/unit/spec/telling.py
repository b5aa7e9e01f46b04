"""Writes a spec around the part a test is about, and reads back what is told about it."""

import textwrap

import pytest

from eksgpu.errors import SpecErrors
from eksgpu.spec.load import loads
from eksgpu.spec.models import GpuCluster

HEAD = """\
apiVersion: eksgpu.dev/v1alpha1
kind: GpuCluster
metadata: {name: demo, region: us-west-2}
spec:
"""
"""Four lines: what a test writes begins in line 5, in column 3."""


def spec(body: str, *sets: str) -> GpuCluster:
    """The spec whose `spec:` is `body`."""
    return loads(HEAD + textwrap.indent(textwrap.dedent(body).strip() or "{}", "  ") + "\n", "demo.yaml", sets)


def told(body: str, *sets: str) -> list[str]:
    """Each fault of that spec as the user reads it: its line, and its hint after ` | `."""
    with pytest.raises(SpecErrors) as caught:
        spec(body, *sets)
    return [f"{fault} | {fault.hint}" if fault.hint else str(fault) for fault in caught.value.errors]
