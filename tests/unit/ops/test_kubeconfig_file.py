"""Entries in a kubeconfig that others use too."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.errors import UsageError
from eksgpu.kube.kubeconfig import Way
from eksgpu.ops.kubeconfig_file import Entries, candidates, chosen_file, merge

ARN = "arn:aws:eks:us-west-2:111122223333:cluster/demo"
FOREIGN = """\
# mine
apiVersion: v1
kind: Config
current-context: kind
contexts:
- name: kind  # at home
  context: {cluster: kind, user: kind, namespace: dev}
clusters:
- {name: kind, cluster: {server: "https://127.0.0.1:6443"}}
users: null
"""


def _entries(context: str = ARN, endpoint: str = "https://one.eks", name: str = ARN) -> Entries:
    return Entries.of(Way("demo", "us-west-2", endpoint, "PEM"), name=name, context=context)


def _read(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text())


def test_a_new_file_is_private_and_leads_to_the_cluster(tmp_path: Path) -> None:
    file = tmp_path / "kube" / "config"
    assert merge(file, _entries())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["config"]
    whole = _read(file)
    assert whole["current-context"] == ARN
    assert whole["contexts"] == [{"name": ARN, "context": {"cluster": ARN, "user": ARN}}]
    assert whole["users"][0]["user"]["exec"]["args"][:3] == ["token", "--cluster", "demo"]


def test_what_others_wrote_stays_comments_too(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(FOREIGN)
    merge(file, _entries("demo"))
    text, whole = file.read_text(), _read(file)
    assert text.startswith("# mine\n")
    assert "# at home" in text
    assert [one["name"] for one in whole["contexts"]] == ["kind", "demo"]
    assert [one["name"] for one in whole["clusters"]] == ["kind", ARN]
    assert whole["current-context"] == "demo"


def test_again_replaces_the_entries_and_keeps_a_chosen_namespace(tmp_path: Path) -> None:
    file = tmp_path / "config"
    merge(file, _entries())
    whole = _read(file)
    whole["contexts"][0]["context"]["namespace"] = "ml"
    YAML().dump(whole, file)
    assert not merge(file, _entries(endpoint="https://two.eks"))
    whole = _read(file)
    assert [one["cluster"]["server"] for one in whole["clusters"]] == ["https://two.eks"]
    assert whole["contexts"][0]["context"]["namespace"] == "ml"
    assert len(whole["users"]) == 1


def test_a_context_of_another_cluster_is_not_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(FOREIGN)
    with pytest.raises(UsageError, match="leads to another cluster"):
        merge(file, _entries("kind"))
    assert file.read_text() == FOREIGN


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    merge(tmp_path / "link", _entries())
    assert (tmp_path / "link").is_symlink()
    assert _read(tmp_path / "real")["kind"] == "Config"


@pytest.mark.parametrize("text", ["a: [", "clusters: hello", "- a list"])
def test_what_is_no_kubeconfig_is_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no kubeconfig"):
        merge(file, _entries())
    assert file.read_text() == text


def test_of_several_files_the_one_that_knows_the_cluster_is_changed(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    files = candidates({"KUBECONFIG": f"{first}{os.pathsep}{second}"})
    assert files == [first, second]
    assert chosen_file(files, ARN) == first
    merge(second, _entries())
    assert chosen_file(files, ARN) == second
    assert candidates({}) == [Path.home() / ".kube" / "config"]
