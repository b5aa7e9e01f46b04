"""Newer Kubernetes, newer add-ons, a zone that AWS opens later: nothing moves until somebody says so, then in order."""

from pathlib import Path

import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from eksgpu.errors import PlanRefused
from eksgpu.sandbox.eks import data
from tests.support.account import REGION, Account, changed, dying, small
from tests.support.everything_there import cluster_objects
from tests.support.fork import on_a_copy

ORDER = ["UpdateClusterVersion", "UpdateAddon", "UpdateAddon", "UpdateNodegroupVersion"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    made = Account(tmp_path_factory.mktemp("account"))
    made.apply()
    made.plan()  # looks into the cluster, and so loads what every copy would load again
    return made


def versions(account: Account) -> dict[str, str]:
    """What runs: control plane, add-ons by name, node groups."""
    eks, name = account.boto("eks"), account.metadata["name"]
    found = {"cluster": eks.describe_cluster(name=name)["cluster"]["version"]}
    for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
        found["nodes"] = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]["version"]
    for addon in eks.list_addons(clusterName=name)["addons"]:
        found[addon] = eks.describe_addon(clusterName=name, addonName=addon)["addon"]["addonVersion"]
    return found


@on_a_copy
def test_a_newer_kubernetes_goes_to_control_plane_then_addons_then_nodes(account: Account, tmp_path: Path) -> None:
    before, start = versions(account), len(account.world.log)
    account.spec["version"] = "1.35"
    assert not any("is available" in note for note in account.plan().notes)  # all of it is taken with the version
    account.apply()
    assert [name.removeprefix("eks:") for name in account.changes(start)] == ORDER
    assert account.plan().plan.empty
    after = versions(account)
    assert (after["cluster"], after["nodes"]) == ("1.35", "1.35")
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"cluster", "nodes", "vpc-cni", "kube-proxy"}
    assert after == versions_of_a_new_one(tmp_path, "1.35")


def versions_of_a_new_one(folder: Path, version: str) -> dict[str, str]:
    fresh = Account(folder, small(version=version))
    fresh.apply()
    return versions(fresh)


@pytest.mark.parametrize(("version", "words"), [("1.36", "one at a time"), ("1.33", "never downgraded")])
@on_a_copy
def test_a_version_that_eks_cannot_go_to_is_refused(account: Account, version: str, words: str) -> None:
    account.spec["version"] = version
    start = len(account.world.log)
    with pytest.raises(PlanRefused, match=words):
        account.apply()
    assert account.mutations(start) == []


@pytest.mark.parametrize("stopped_before", sorted(set(ORDER)))
@on_a_copy
def test_an_upgrade_that_was_stopped_goes_on(account: Account, stopped_before: str) -> None:
    account.spec["version"] = "1.35"
    with dying(account.world, lambda call: call.operation == stopped_before):
        account.apply()
    start = len(account.world.log)
    account.apply()
    assert account.plan().plan.empty
    assert [name.removeprefix("eks:") for name in account.changes(start)] == ORDER[ORDER.index(stopped_before) :]


@on_a_copy
def test_without_a_version_the_cluster_stays_until_a_newer_one_is_accepted(account: Account) -> None:
    del account.spec["version"]
    plan = account.plan()
    assert plan.plan.empty
    [note] = [note for note in plan.notes if note.startswith("eks_cluster/main")]
    assert "1.35 is available" in note
    for step in ("1.35", "1.36", "1.37"):  # one at a time
        account.apply(accept=["versions"])
        assert account.plan().plan.empty
        found = versions(account)
        assert (found["cluster"], found["nodes"]) == (step, step)
        assert found["kube-proxy"].startswith(f"v{step}.")
    assert account.plan(accept=["versions"]).plan.empty
    assert not any(note.startswith("eks_cluster") for note in account.plan().notes)


@on_a_copy
def test_a_zone_that_opens_later_is_a_note_until_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = RegionsAndZonesBackend.zones[REGION]
    with monkeypatch.context() as closed:
        closed.setitem(RegionsAndZonesBackend.zones, REGION, every[:2])
        account = Account(tmp_path, small(network={"zones": "all"}))
        account.apply()
    eks = account.boto("eks")
    cluster = eks.describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    plan = account.plan()
    assert plan.plan.empty
    names = [zone.name for zone in every[2:]]
    assert [note for note in plan.notes if note.startswith("zone")] == [
        f"zone {name} is not used yet; take it with --accept zones" for name in names
    ]
    made = changed(account.apply(accept=["zones"]))
    assert {f"create subnet/private-{name}" for name in names} < made
    assert account.plan().plan.empty
    assert not any(note.startswith("zone") for note in account.plan().notes)
    assert eks.describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"] == cluster


@on_a_copy
def test_an_image_that_comes_out_later_is_a_note_until_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = [{"name": "default", "instanceCategories": ["m"], "capacity": ["on-demand"], "os": "bottlerocket"}]
    with monkeypatch.context() as before:
        for family in ("amazonLinux2023", "bottlerocket"):
            table = data.table("amis")[family]
            releases = sorted(table["releases"], key=lambda row: str(row["date"]))
            before.setitem(table, "releases", releases[:-1])
        account = Account(tmp_path, small(components={"karpenter": {}}, nodePools=pools))
        account.apply()
        old = images(account)
        assert account.plan().plan.empty
    plan = account.plan()
    assert plan.plan.empty
    assert len([note for note in plan.notes if "is available" in note]) == 2, plan.notes
    assert changed(account.apply(accept=["amis"])) == {
        "update eks_node_group/system", "update kubernetes/EC2NodeClass.karpenter.k8s.aws/default",
    }  # fmt: skip
    assert account.plan().plan.empty
    assert not any("is available" in note for note in account.plan().notes)
    assert images(account) > old  # both are named by their day or number


def images(account: Account) -> tuple[str, str]:
    """The release that the node group runs, and the one that Karpenter takes for new nodes."""
    eks = account.boto("eks")
    [group] = eks.list_nodegroups(clusterName="demo")["nodegroups"]
    release = eks.describe_nodegroup(clusterName="demo", nodegroupName=group)["nodegroup"]["releaseVersion"]
    [node_class] = [one for name, one in cluster_objects(account, "demo").items() if " EC2NodeClass " in name]
    return release, node_class["spec"]["amiSelectorTerms"][0]["alias"]
