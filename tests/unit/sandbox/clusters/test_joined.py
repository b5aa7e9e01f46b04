"""Both halves together: what AWS's API makes shows in the cluster, until the cluster is deleted."""

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.errors import CloudError
from eksgpu.kube.api import KubeApi
from tests.unit.sandbox.eks.account import EksAccount

from .reach import Reach, config_map, listed


def running(api: KubeApi) -> Counter[str]:
    """Running pods of kube-system by the first word of what owns them."""
    pods = [pod for pod in listed(api, "Pod", "kube-system") if pod["status"]["phase"] == "Running"]
    return Counter(pod["metadata"]["ownerReferences"][0]["name"].split("-")[0] for pod in pods)


def labels_of(node: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = node["metadata"]["labels"]
    return found


def is_ready(node: dict[str, Any]) -> bool:
    return any(row["type"] == "Ready" and row["status"] == "True" for row in node["status"]["conditions"])


def test_nodes_of_a_group_show_with_eks_labels(account: EksAccount, reach: Reach, clock: SteppedClock) -> None:
    account.active_cluster()
    api = reach.api()
    account.active_group(labels={"team": "a"}, taints=[{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}])
    nodes = listed(api, "Node")
    assert [is_ready(node) for node in nodes] == [True, True]
    expected = {
        "eks.amazonaws.com/nodegroup": "system",
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "node.kubernetes.io/instance-type": "m5.large",
        "team": "a",
    }
    assert expected.items() <= labels_of(nodes[0]).items()
    assert "nvidia.com/gpu.present" not in labels_of(nodes[0])
    assert nodes[0]["spec"]["taints"] == [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]
    account.eks.update_nodegroup_config(
        clusterName="demo",
        nodegroupName="system",
        labels={"addOrUpdateLabels": {"pool": "b"}, "removeLabels": ["team"]},
        taints={"removeTaints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}]},
    )
    clock.sleep(60)
    nodes = listed(api, "Node")
    assert [(labels_of(node).get("pool"), labels_of(node).get("team")) for node in nodes] == [("b", None)] * 2
    assert not nodes[0]["spec"].get("taints")
    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    clock.sleep(900)
    assert listed(api, "Node") == []


def test_addons_run_where_they_may(account: EksAccount, reach: Reach, clock: SteppedClock) -> None:
    account.active_cluster()
    api = reach.api()
    assert listed(api, "Pod", "kube-system") == []
    tolerations = '{"tolerations": [{"key": "gpu", "operator": "Exists"}], "replicaCount": 3}'
    account.eks.create_addon(clusterName="demo", addonName="coredns", configurationValues=tolerations)
    for name in ("kube-proxy", "eks-pod-identity-agent", "metrics-server"):
        account.eks.create_addon(clusterName="demo", addonName=name)
    account.active_group(taints=[{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}])
    listed(api, "Node")
    clock.sleep(60)
    # metrics-server tolerates no such taint: it stays Pending, and EKS calls it DEGRADED.
    assert running(api) == {"aws": 2, "kube": 2, "eks": 2, "coredns": 3}
    assert account.addon("metrics-server")["status"] == "DEGRADED"
    (deployment,) = [one for one in listed(api, "Deployment", "kube-system", "apps/v1") if "core" in str(one)]
    assert deployment["status"]["availableReplicas"] == 3
    account.eks.delete_addon(clusterName="demo", addonName="coredns")
    account.eks.delete_addon(clusterName="demo", addonName="kube-proxy", preserve=True)
    clock.sleep(60)
    assert running(api) == {"aws": 2, "kube": 2, "eks": 2}


def test_an_addon_loses_what_its_configuration_no_longer_says(
    account: EksAccount, reach: Reach, clock: SteppedClock
) -> None:
    account.active_cluster()
    chosen = '{"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]}'
    account.eks.create_addon(clusterName="demo", addonName="coredns", configurationValues=chosen)
    api = reach.api()
    pod = coredns(api)
    assert (pod["nodeSelector"], pod["tolerations"][-1]["key"]) == ({"disk": "ssd"}, "gpu")
    clock.sleep(3600)
    account.eks.update_addon(clusterName="demo", addonName="coredns", configurationValues="{}")
    clock.sleep(3600)
    pod = coredns(api)
    assert "nodeSelector" not in pod
    assert "gpu" not in {one.get("key") for one in pod["tolerations"]}


def coredns(api: KubeApi) -> dict[str, Any]:
    """The pod that its Deployment makes."""
    (found,) = [
        one for one in listed(api, "Deployment", "kube-system", "apps/v1") if one["metadata"]["name"] == "coredns"
    ]
    pod: dict[str, Any] = found["spec"]["template"]["spec"]
    return pod


def test_a_cluster_with_what_eks_puts_in_itself(account: EksAccount, reach: Reach) -> None:
    account.active_cluster(bootstrapSelfManagedAddons=True)
    daemons = listed(reach.api(), "DaemonSet", "kube-system", "apps/v1")
    assert [one["metadata"]["name"] for one in daemons] == ["aws-node", "kube-proxy"]


def test_the_api_follows_the_version_and_nodes_keep_theirs(
    account: EksAccount, reach: Reach, clock: SteppedClock
) -> None:
    account.active_cluster(version="1.34")
    account.active_group()
    api = reach.api()
    account.eks.update_cluster_version(name="demo", version="1.35")
    clock.sleep(700)
    assert reach.version() == "35"
    assert {node["status"]["nodeInfo"]["kubeletVersion"][:5] for node in listed(api, "Node")} == {"v1.34"}


def test_a_deleted_cluster_is_a_name_that_nobody_knows(account: EksAccount, reach: Reach, clock: SteppedClock) -> None:
    account.active_cluster()
    api = reach.api()
    api.apply(config_map("a"))
    account.eks.delete_cluster(name="demo")
    clock.sleep(600)
    with pytest.raises(CloudError, match="Failed to resolve") as lost:
        listed(api, "ConfigMap")
    assert lost.value.code == "Unreachable"
    account.active_cluster()
    assert {one["metadata"]["name"] for one in listed(reach.api(), "ConfigMap")} == {"kube-root-ca.crt"}


def test_both_halves_survive_a_fork(account: EksAccount, reach: Reach) -> None:
    account.active_cluster()
    api = reach.api()
    api.apply(config_map("both"))
    pid = os.fork()
    if pid == 0:
        api.apply(config_map("child"))
        account.eks.delete_cluster(name="demo")
        os._exit(0 if len(listed(api, "ConfigMap", "default")) == 3 else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert account.cluster()["status"] == "ACTIVE"
    assert {one["metadata"]["name"] for one in listed(api, "ConfigMap", "default")} == {"both", "kube-root-ca.crt"}


@pytest.mark.sweep  # starts a process
def test_the_kubernetes_half_is_loaded_only_when_it_is_asked_for() -> None:
    """In a process of its own: this one has loaded it."""
    program = """
import sys
from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.world import World
inprocess.kubernetes_wire(World(clock=SteppedClock()))("https://nowhere")
print([name for name in sys.modules if name.startswith(("eksgpu.sandbox.kubernetes.api", "uvicorn", "kubernetes"))])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
