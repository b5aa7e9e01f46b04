"""Destroy of a cluster in use: its API in reach or not, its controllers alive or dead."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from eksgpu.ops.cluster_access import Doors
from eksgpu.ops.report import DestroyReport
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.inprocess import kubernetes_wire
from tests.support.account import Account, small
from tests.support.fork import on_a_copy
from tests.support.running import balanced_service, claiming_pod, gpu_deployment, pass_time

POOL = {"name": "gpu", "gpu": {"name": "t4", "count": 1}, "capacity": ["on-demand"], "os": "bottlerocket"}
COMPONENTS: dict[str, Any] = {"karpenter": {}, "awsLoadBalancerController": {}}


class InUse:
    """An account whose cluster runs somebody's Deployment on GPU nodes, behind a load balancer."""

    def __init__(self, folder: Path) -> None:
        self.account = Account(folder, small(nodePools=[POOL], components=COMPONENTS))
        self.account.apply()
        found = self.account.world.state(ControlPlanes, "us-west-2").api("demo")
        assert found is not None
        self.api, self.client = found, found.client("somebody")
        self.client.create(gpu_deployment("web"))
        self.client.create(balanced_service("web"))
        self.pass_time(20)
        assert self.instances() == 4  # two of the node group, two of Karpenter

    def pass_time(self, steps: int) -> None:
        pass_time(self.api, self.account.world, steps)

    def instances(self) -> int:
        answer = self.account.boto("ec2").describe_instances(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        )
        return sum(len(reservation["Instances"]) for reservation in answer["Reservations"])

    def kill(self, deployment: str) -> None:
        """Scale a controller to nothing, as somebody might who wants quiet."""
        found = self.client.get("apps/v1", "Deployment", deployment, "kube-system")
        self.client.patch(
            "apps/v1", "Deployment", found["metadata"]["name"], {"spec": {"replicas": 0}}, namespace="kube-system"
        )
        self.pass_time(4)


@pytest.fixture(scope="module")
def in_use(tmp_path_factory: pytest.TempPathFactory) -> InUse:
    return InUse(tmp_path_factory.mktemp("account"))


def removed(report: DestroyReport) -> set[str]:
    return {kind for kind, _, _ in report.deleted}


@on_a_copy
def test_what_runs_is_drained_by_the_controllers_themselves(in_use: InUse) -> None:
    report = in_use.account.destroy()
    assert report.left == ()
    names = [name for kind, name, _ in report.deleted if kind.startswith(("kubernetes", "helm"))]
    assert names.index("Service/default/web") < names.index("kube-system/aws-load-balancer-controller")
    assert names.index("NodePool.karpenter.sh/gpu") < names.index("kube-system/karpenter")
    assert in_use.instances() == 0


@on_a_copy
def test_an_api_out_of_reach_leaves_the_controllers_tags(in_use: InUse) -> None:
    account = in_use.account
    nowhere = kubernetes_wire(account.world)
    doors = Doors(wire=lambda _: nowhere("https://gone.gr7.us-west-2.eks.amazonaws.com"))
    account.connector = dataclasses.replace(account.connector, doors=doors)
    report = account.destroy()
    assert report.left == ()
    assert {"karpenter_instance", "load_balancer", "target_group"} <= removed(report)
    assert any("cannot reach the cluster's API" in notice and "tags" in notice for notice in account.notices)
    assert in_use.instances() == 0


@pytest.mark.parametrize("controller", ["karpenter", "aws-load-balancer-controller"])
@on_a_copy
def test_a_dead_controller_holds_nothing_back(in_use: InUse, controller: str) -> None:
    in_use.kill(controller)
    report = in_use.account.destroy()
    assert report.left == ()
    assert any("goes with it" in notice for notice in in_use.account.notices)
    assert in_use.instances() == 0


@on_a_copy
def test_destroy_without_the_spec_drains_as_well(in_use: InUse) -> None:
    assert in_use.account.destroy(by_name=True).left == ()
    assert in_use.instances() == 0


@on_a_copy
def test_volumes_stay_unless_they_are_meant(tmp_path: Path) -> None:
    account = Account(tmp_path, small(addons={"aws-ebs-csi-driver": {}}))
    for delete_volumes, left in ((False, ["volume"]), (True, [])):
        account.apply()
        api = account.world.state(ControlPlanes, "us-west-2").api("demo")
        assert api is not None
        for manifest in claiming_pod("db"):
            api.client("somebody").create(manifest)
        pass_time(api, account.world, 10)
        assert api.client().get("v1", "Pod", "db", "default")["status"]["phase"] == "Running"
        report = account.destroy(delete_volumes=delete_volumes)
        assert [one.kind for one in report.left] == left
        assert all("--delete-volumes" in one.why and one.usd_per_day > 0 for one in report.left)
        for one in report.left:
            account.boto("ec2").delete_volume(VolumeId=one.id)
