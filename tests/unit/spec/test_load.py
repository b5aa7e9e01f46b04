"""Reading the file: what is told when there is none, when it is no text, no YAML, or more than one document."""

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eksgpu.errors import SpecError, SpecErrors
from eksgpu.spec.load import dump, load, loads
from eksgpu.spec.template import h100_spot

LOOK = "look at quotes, brackets and indentation here and in the line before"


def _told(path: Path | str) -> str:
    with pytest.raises(SpecErrors) as caught:
        load(path)
    (fault,) = caught.value.errors
    return f"{fault} | {fault.hint}".replace(str(path), "FILE")


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    return path


def test_no_file(tmp_path: Path) -> None:
    assert _told(tmp_path / "none.yaml") == "FILE: there is no such file | eksgpu init writes an example"


def test_a_directory(tmp_path: Path) -> None:
    assert _told(tmp_path) == "FILE: this is a directory; a spec is one file | name the file in it"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "FILE:1:1: the file is empty | eksgpu init writes an example to begin with"),
        (b"# nothing\n", "FILE:1:1: the file is empty | eksgpu init writes an example to begin with"),
        (b"kind: a\nname: \xff\n", "FILE:2:7: this is not UTF-8 text | save it as UTF-8"),
        (b"a: 1\n---\nb: 2\n", "FILE:3:1: a second document begins here; a spec is one document | remove it"),
        (
            b"a: 1\n\tb: 2\n",
            "FILE:2:1: this is not valid YAML: found character '\\t' that cannot start any token | indent with spaces",
        ),
        (b"a: [1\nb: 2\n", f"FILE:2:2: this is not valid YAML: expected ',' or ']', but got ':' | {LOOK}"),
        (b"a: *x\n", f"FILE:1:4: this is not valid YAML: found undefined alias 'x' | {LOOK}"),
        (b"a: &x [*x]\n", "FILE:1:4: this anchor contains itself | None"),
        (b"? [a]\n: 1\n", "FILE:1:3: a key must be a word | None"),
        (b"a: \x01\n", "FILE:1:4: YAML allows no control characters | None"),
        (b"a: !!int x\n", 'FILE:1:4: "x" is not a finite number | None'),
        (b"a: .inf\n", 'FILE:1:4: ".inf" is not a finite number | None'),
        (b"[" * 500, "FILE:1:1: it is nested too deeply | None"),
        (b"- a\n", "FILE:1:1: a spec is a mapping | it begins with apiVersion: eksgpu.dev/v1alpha1"),
    ],
)
def test_what_is_no_spec_file(tmp_path: Path, content: bytes, expected: str) -> None:
    assert _told(_file(tmp_path, content)) == expected


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.integers(min_value=0, max_value=30))
def test_whatever_is_written_is_told_and_never_crashes(noise: str, line: int) -> None:
    lines = h100_spot().splitlines()
    lines[line % len(lines)] += noise
    told: tuple[SpecError, ...] = ()
    try:
        loads("\n".join(lines), "noise.yaml")
    except SpecErrors as error:
        told = error.errors
    assert all(fault.file == "noise.yaml" and fault.message for fault in told)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = _file(tmp_path, b"\xef\xbb\xbf" + h100_spot().encode())
    assert load(path).metadata.name == "h100-spot"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}"), encoding="utf-8"))
    with pytest.raises(SpecErrors) as caught:
        load("-")
    assert caught.value.errors[0].where == "<stdin>:1:1"


def test_anchors_and_merge_keys() -> None:
    spec = loads(
        """
        apiVersion: eksgpu.dev/v1alpha1
        kind: GpuCluster
        metadata: {name: demo, region: us-west-2}
        spec:
          nodePools:
            - &one {name: one, vcpus: [4, 8], capacity: [spot]}
            - {<<: *one, name: two}
          components: {karpenter: {}}
        """
    )
    one, two = spec.spec.node_pools
    assert (two.name, two.vcpus, two.capacity) == ("two", one.vcpus, one.capacity)


def test_what_is_dumped_loads_to_an_equal_spec() -> None:
    spec = loads(h100_spot())
    assert loads(dump(spec)) == spec
