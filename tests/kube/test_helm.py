"""Releases: found in Helm's Secrets, changed through Helm, mended after a crash, and gone at the end."""

from typing import Any

import pytest

from eksgpu.engine.refs import Ref
from eksgpu.errors import EksgpuError, RunFailed
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.helm_program import Upgrade

from .helm_stand_in import Crash, StandIn
from .lab import Lab, NoHelm, actions, config_map, wanted


@pytest.fixture
def helm(lab: Lab) -> StandIn:
    helm = StandIn(lab.api)
    lab.helm = helm
    lab.run = lab.fresh()
    return helm


def release(version: str = "1.0.0", **values: Any) -> HelmRelease:
    return HelmRelease.of(
        "default",
        "web",
        chart="web",
        source="https://charts.example.com",
        version=version,
        values=values or {"color": "blue"},
        cluster="demo",
    )


def status(lab: Lab) -> str:
    (live,) = HelmRelease.discover(lab.run)
    return str(live.fields["status"])


def test_installed_then_nothing_to_do_then_gone(lab: Lab, helm: StandIn) -> None:
    lab.apply(release())
    assert lab.get("v1", "ConfigMap", "web", "default")["data"] == {"color": "blue"}
    assert lab.plan(release()).empty
    lab.destroy()
    assert lab.lives(all_kinds=True) == []
    assert "web" not in lab.there("v1", "ConfigMap", "default")


@pytest.mark.parametrize("changed", [release("1.1.0"), release(color="red")], ids=["version", "values"])
def test_upgraded_in_place(lab: Lab, helm: StandIn, changed: HelmRelease) -> None:
    lab.apply(release())
    assert actions(lab.plan(changed)) == {"default/web": "update"}
    lab.apply(changed)
    assert lab.plan(changed).empty
    assert status(lab) == "deployed"


def test_a_mirror_is_no_change_and_other_content_is(lab: Lab, helm: StandIn) -> None:
    lab.apply(release().with_fields(digest="abc"))
    assert lab.plan(release().with_fields(digest="abc", source="oci://mirror.example.com/web")).empty
    assert actions(lab.plan(release().with_fields(digest="def"))) == {"default/web": "update"}


def test_a_crash_in_the_first_install_is_cleared_and_installed_again(lab: Lab, helm: StandIn) -> None:
    helm.crash = "pending"
    with pytest.raises(Crash):
        lab.apply(release())
    helm.crash = ""
    assert status(lab) == "pending-install"
    lab.apply(release())
    assert status(lab) == "deployed"
    assert helm.calls[-2:] == ["uninstall", "upgrade"]
    assert lab.plan(release()).empty


def test_a_crash_in_an_upgrade_is_rolled_back_and_upgraded_again(lab: Lab, helm: StandIn) -> None:
    lab.apply(release())
    helm.crash = "pending"
    with pytest.raises(Crash):
        lab.apply(release("1.1.0"))
    helm.crash = ""
    assert status(lab) == "pending-upgrade"
    lab.apply(release("1.1.0"))
    assert helm.calls[-2:] == ["rollback 1", "upgrade"]
    assert lab.plan(release("1.1.0")).empty


def test_a_failed_release_is_tried_again(lab: Lab, helm: StandIn) -> None:
    helm.fail = "timed out waiting for the condition"
    with pytest.raises(RunFailed, match="timed out waiting"):
        lab.apply(release())
    helm.fail = ""
    assert status(lab) == "failed"
    lab.apply(release())
    assert lab.plan(release()).empty


def test_a_stuck_release_can_be_destroyed(lab: Lab, helm: StandIn) -> None:
    helm.crash = "pending"
    with pytest.raises(Crash):
        lab.apply(release())
    lab.destroy()
    assert lab.lives(all_kinds=True) == []


def test_others_releases_are_not_taken_over(lab: Lab, helm: StandIn) -> None:
    helm.upgrade(Upgrade("default", "web", "web", "", "0.9.0", {"theirs": 1}))
    with pytest.raises(RunFailed, match="taken by something that is not ours"):
        lab.apply(release())
    lab.destroy()
    assert lab.get("v1", "ConfigMap", "web", "default")["data"] == {"theirs": "1"}


def test_what_needs_a_release_goes_before_it_and_its_namespace_after(lab: Lab, helm: StandIn) -> None:
    namespace = wanted("v1", "Namespace", "charts")
    inside = HelmRelease.of(
        "charts", "web", chart="web", source="./x", version="1.0.0", cluster="demo", after=(Ref(namespace.identity),)
    )
    user = config_map("a").with_fields(after=(Ref(inside.identity),))
    lab.apply(user, inside, namespace)
    assert lab.plan(user, inside, namespace).empty
    gone = [live.name for live in lab.destroy().removed]
    assert gone == ["ConfigMap/default/a", "charts/web", "Namespace/charts", "main"]


def test_one_release_after_another_is_remembered_by_the_release(lab: Lab, helm: StandIn) -> None:
    crds = HelmRelease.of("default", "zcrds", chart="crds", source="./x", version="1.0.0", cluster="demo")
    lab.apply(crds, release().with_fields(after=(Ref(crds.identity),)))
    gone = [live.name for live in lab.destroy().removed]
    assert gone == ["default/web", "default/zcrds"]


def test_values_known_only_later_reach_helm(lab: Lab, helm: StandIn) -> None:
    source = config_map("a")
    lab.apply(source, release(queue=Ref(source.identity, "name")))
    assert lab.get("v1", "ConfigMap", "web", "default")["data"] == {"queue": "a"}
    assert lab.plan(source, release(queue=Ref(source.identity, "name"))).empty


def test_without_helm_the_error_says_so(lab: Lab) -> None:
    with pytest.raises(RunFailed, match="there is no helm here"):
        lab.apply(release())
    with pytest.raises(EksgpuError):
        NoHelm().check()
