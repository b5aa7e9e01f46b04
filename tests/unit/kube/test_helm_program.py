"""The helm program is found, its version checked, and its words understood. A few lines of shell stand for it."""

import stat
from pathlib import Path

import pytest

from eksgpu import errors
from eksgpu.kube.helm_program import HelmProgram, Upgrade

UPGRADE = Upgrade("ns", "web", "web", "https://charts.example.com", "1.2.3", {"a": 1}, {"x": "y"}, "said")


def program(folder: Path, *, version: str = "v3.13.0", body: str = "exit 0") -> HelmProgram:
    """A `helm` that tells a version, writes down how it was called, and then runs `body`."""
    file = folder / "helm"
    file.write_text(f'#!/bin/sh\nif [ "$1" = version ]; then echo {version}; exit 0; fi\n'
                    f'echo "$@" >> {folder}/called\n{body}\n')  # fmt: skip
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return HelmProgram("kind: Config\n", program=str(file))


def test_missing() -> None:
    with pytest.raises(errors.EksgpuError, match=r"no `no-such-helm` on the PATH") as caught:
        HelmProgram("", program="no-such-helm").check()
    assert caught.value.hint is not None


@pytest.mark.parametrize("version", ["v3.12.9", "v2.17.0"])
def test_too_old(tmp_path: Path, version: str) -> None:
    with pytest.raises(errors.EksgpuError, match=r"needs? 3\.13 or newer|need 3\.13 or newer"):
        program(tmp_path, version=version).check()


@pytest.mark.parametrize("version", ["v3.13.0", "v3.22", "v4.0.1", "3.14.2+g123"])
def test_new_enough(tmp_path: Path, version: str) -> None:
    program(tmp_path, version=version).check()


def test_no_helm_at_all(tmp_path: Path) -> None:
    with pytest.raises(errors.EksgpuError, match="does not tell its version"):
        program(tmp_path, version="hello").check()


def test_what_it_is_told(tmp_path: Path) -> None:
    show = f'for a in "$@"; do case $a in *.json|*/kubeconfig) cat $a;; esac; done >> {tmp_path}/files'
    helm = program(tmp_path, body=show)
    helm.upgrade(UPGRADE)
    helm.rollback("ns", "web", 3)
    helm.uninstall("ns", "web")
    upgrade, rollback, uninstall = (tmp_path / "called").read_text().splitlines()
    assert upgrade.startswith("upgrade web --install --reset-values --wait --timeout 10m0s --values ")
    assert "--labels x=y --description said web --repo https://charts.example.com --version 1.2.3" in upgrade
    assert "--namespace ns --kubeconfig " in upgrade
    assert rollback.startswith("rollback web 3 --wait")
    assert uninstall.startswith("uninstall web --wait")
    assert (tmp_path / "files").read_text().startswith('{"a": 1}kind: Config')


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    program(tmp_path).upgrade(UPGRADE)
    assert list(place.iterdir()) == []


CASES = [
    ("Error: uninstall: Release not loaded: web: release: not found", errors.NotFound),
    ("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", errors.Later),
    ('Error: failed calling webhook "x"', errors.Later),
    ("Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials", errors.Later),
    ("Error: read tcp 127.0.0.1: connection reset by peer", errors.AnswerLost),
    ("Error: cannot reuse a name that is still in use", errors.AlreadyExists),
    ("Error: UPGRADE FAILED: context deadline exceeded", errors.CloudError),
]


@pytest.mark.parametrize(("said", "kind"), CASES)
def test_its_words(tmp_path: Path, said: str, kind: type[errors.CloudError]) -> None:
    helm = program(tmp_path, body=f"echo 'WARNING: old' >&2\ncat >&2 <<'X'\n{said}\nX\nexit 1")
    with pytest.raises(errors.CloudError) as caught:
        helm.upgrade(UPGRADE)
    assert type(caught.value) is kind
    assert said.removeprefix("Error: ") in caught.value.message
    assert "WARNING" not in caught.value.message
