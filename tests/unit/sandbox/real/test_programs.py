"""Where the programs of a control plane are looked for."""

from pathlib import Path

import pytest

from eksgpu.errors import EksgpuError
from eksgpu.sandbox.real import programs


def filled(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in programs.CONTROL_PLANE:
        (folder / name).touch(mode=0o755)
    return folder


def test_the_newest_that_was_built_unless_another_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = tmp_path / "eksgpu" / "kube-assets"
    filled(cache / "1.9.1")
    newest = filled(cache / "1.35.4")
    (cache / "1.36.0").mkdir()  # not finished
    filled(cache / "1.35.4.x7d2Qa")  # of a build that was stopped
    assert programs.folder() == newest
    assert programs.program("kubectl") is None
    named = filled(tmp_path / "named")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(named))
    assert programs.folder() == named


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(EksgpuError, match="kube-apiserver") as raised:
        programs.required()
    assert raised.value.hint is not None
    assert "KUBEBUILDER_ASSETS" in raised.value.hint
