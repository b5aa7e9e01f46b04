"""The device plugin, MPS's daemon, DCGM exporter, overlays and MIG's unit: where they run and what they are told."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.catalog.image import images
from eksgpu.components.dcgm_exporter import dcgm_exporter
from eksgpu.components.mig_geometry import mig_script
from eksgpu.components.node_overlays import node_overlay
from eksgpu.components.nvidia_device_plugin import DEFAULT_KEY, nvidia_device_plugin, plugin_of_existing_nodes
from eksgpu.components.nvidia_plugin_pod import GPU_PRESENT, Nodes
from eksgpu.scheduling.pod import pod
from eksgpu.scheduling.requirements import Requirements
from eksgpu.scheduling.sharing import selection
from eksgpu.scheduling.sharing.overlays import Overlay
from eksgpu.scheduling.sharing.plan import plan_sharing
from eksgpu.scheduling.sharing.plugin import WHOLE_GPUS
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy, Wish
from tests.unit.scheduling.sharing.hosts import FOUR_MPS, host, mig

AL2023_GPU = {GPU_PRESENT: "true"}
KARPENTER_BOTTLEROCKET_GPU = {"karpenter.k8s.aws/instance-gpu-manufacturer": "nvidia"}


def _runs_on(daemon_set: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return any(way.unmet(labels) is None for way in pod(daemon_set["spec"]["template"]).alternatives)


def _by_name(manifests: Any) -> dict[str, Any]:
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in manifests}


def test_the_plugin_runs_on_al2023_nodes_with_gpus_alone() -> None:
    plugin = _by_name(nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS}))["DaemonSet/nvidia-device-plugin-daemonset"]
    assert plugin["metadata"]["namespace"] == "kube-system"
    assert plugin["spec"]["template"]["metadata"]["labels"] == {"name": "nvidia-device-plugin-ds"}
    assert _runs_on(plugin, AL2023_GPU)
    assert not _runs_on(plugin, {})
    assert not _runs_on(plugin, KARPENTER_BOTTLEROCKET_GPU)
    assert not _runs_on(plugin, {**AL2023_GPU, "nvidia.com/mig.config": "all-1g.5gb"})


def test_nothing_starts_before_the_configuration_is_there() -> None:
    plugin = _by_name(nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS}))["DaemonSet/nvidia-device-plugin-daemonset"]
    (init,) = plugin["spec"]["template"]["spec"]["initContainers"]
    env = {entry["name"]: entry.get("value") for entry in init["env"]}
    assert (env["ONESHOT"], env["NODE_LABEL"], env["FALLBACK_STRATEGIES"]) == ("true", selection.SELECTOR, "named")
    assert env["DEFAULT_CONFIG"] == ""


def test_the_config_map_holds_what_the_plans_say_and_a_change_restarts_the_plugin() -> None:
    plan = plan_sharing(FOUR_MPS, host())
    assert plan.config_key is not None
    assert plan.config is not None
    shared = _by_name(
        nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS, plan.config_key: plan.config}, mps=plan.mps_daemon)
    )
    data = shared["ConfigMap/nvidia-device-plugin-configs"]["data"]
    assert YAML(typ="safe").load(data[plan.labels[selection.SELECTOR]]) == plan.config
    daemon = shared["DaemonSet/nvidia-device-plugin-mps-control-daemon"]
    assert _runs_on(daemon, plan.labels)
    assert not _runs_on(daemon, AL2023_GPU)
    plain = _by_name(nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS}))
    assert _digest(plain) != _digest(shared)
    assert selection.DEFAULT_KEY == DEFAULT_KEY
    assert selection.GPU_PRESENT == GPU_PRESENT


def _digest(manifests: Mapping[str, Any]) -> str:
    plugin = manifests["DaemonSet/nvidia-device-plugin-daemonset"]
    return str(plugin["spec"]["template"]["metadata"]["annotations"]["checksum/config"])


def test_beside_nodes_of_others_ours_alone_get_the_plugin() -> None:
    ours = Nodes(AL2023_GPU, ({"key": "karpenter.sh/nodepool", "operator": "In", "values": ["gpu"]},))
    plugin = _by_name(nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS}, nodes=ours))[
        "DaemonSet/nvidia-device-plugin-daemonset"
    ]
    assert _runs_on(plugin, {**AL2023_GPU, "karpenter.sh/nodepool": "gpu"})
    assert not _runs_on(plugin, AL2023_GPU)


def test_nodes_of_others_are_found_by_their_labels_and_told_by_the_daemon_set_itself() -> None:
    config = plan_sharing(FOUR_MPS, host()).config
    assert config is not None
    made = _by_name(plugin_of_existing_nodes("team", {"workload": "gpu"}, "mps-4", config, mps=True))
    assert set(made) == {"DaemonSet/nvidia-device-plugin-on-team", "DaemonSet/nvidia-mps-on-team"}
    for daemon_set in made.values():
        spec = daemon_set["spec"]["template"]["spec"]
        assert _runs_on(daemon_set, {"workload": "gpu"})
        assert not _runs_on(daemon_set, AL2023_GPU)
        assert "serviceAccountName" not in spec  # no label of a node is read
        source = next(one["configMap"] for one in spec["volumes"] if one["name"] == "config")
        assert source["items"] == [{"key": "mps-4", "path": "config.yaml"}]
        assert {"name": "CONFIG_FILE", "value": "/config/config.yaml"} in spec["containers"][0]["env"]
        volumes = {one["name"] for one in spec["volumes"]}
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_only_mig_gives_the_plugin_more_rights() -> None:
    def capabilities(**configs: Mapping[str, Any]) -> Any:
        given = {DEFAULT_KEY: WHOLE_GPUS, **configs}
        plugin = _by_name(nvidia_device_plugin(given))["DaemonSet/nvidia-device-plugin-daemonset"]
        return plugin["spec"]["template"]["spec"]["containers"][0]["securityContext"]["capabilities"]

    assert capabilities() == {"drop": ["ALL"]}
    cut = plan_sharing(mig("1g.10gb"), host("p5.4xlarge")).config
    assert cut is not None
    assert capabilities(cut=cut) == {"add": ["SYS_ADMIN"]}


def test_nodes_without_a_label_need_a_configuration_too() -> None:
    with pytest.raises(ValueError, match="default"):
        next(nvidia_device_plugin({"time-slicing-4": WHOLE_GPUS}))


def test_old_releases_are_told_of() -> None:
    plugin = images()["nvidiaDevicePlugin"]
    assert plugin.warning(plugin.version) is None
    assert "old release" in str(plugin.warning("0.16.2"))
    assert "GDRCopy" in str(plugin.warning("0.19.1"))
    manifests = _by_name(nvidia_device_plugin({DEFAULT_KEY: WHOLE_GPUS}, version="0.16.2"))
    containers = manifests["DaemonSet/nvidia-device-plugin-daemonset"]["spec"]["template"]["spec"]["containers"]
    assert {one["image"] for one in containers} == {"nvcr.io/nvidia/k8s-device-plugin:v0.16.2"}


def test_dcgm_exporter_runs_on_every_gpu_node_and_no_other() -> None:
    daemon_set = _by_name(dcgm_exporter())["DaemonSet/dcgm-exporter"]
    assert _runs_on(daemon_set, AL2023_GPU)
    assert _runs_on(daemon_set, KARPENTER_BOTTLEROCKET_GPU)
    assert _runs_on(daemon_set, {"eksgpu.dev/gpu": "true"})
    assert not _runs_on(daemon_set, {"kubernetes.io/os": "linux"})


def test_an_overlay_is_scoped_to_its_pool_and_number_of_gpus() -> None:
    plan = plan_sharing(Wish(Strategy.TIME_SLICING, 4, rename=True), host("g5.12xlarge"))
    (overlay,) = plan.overlays
    manifest = _manifest(overlay)
    assert manifest["spec"]["capacity"] == {"nvidia.com/gpu": "0", "nvidia.com/gpu.shared": "16"}
    scope = Requirements.parse(manifest["spec"]["requirements"])
    labels = {"karpenter.sh/nodepool": "shared", "karpenter.k8s.aws/instance-gpu-count": "4"}
    assert scope.unmet(labels) is None
    assert scope.unmet({**labels, "karpenter.sh/nodepool": "other"}) is not None
    assert scope.unmet({**labels, "karpenter.k8s.aws/instance-gpu-count": "1"}) is not None
    assert 1 <= manifest["spec"]["weight"] <= 10000


def _manifest(one: Overlay) -> dict[str, Any]:
    return node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("broken", [False, True])
def test_the_unit_cuts_each_gpu_or_keeps_the_node_out(broken: bool, tmp_path: Path) -> None:
    """Its program, run with programs that write down how they are called in place of the real ones."""
    plan = plan_sharing(mig("all-balanced", rename=True), Host("a", Kind.NODE_POOL, "al2023", host("p5.4xlarge").types))
    assert plan.cut is not None
    text = mig_script(plan.cut.gpus, exact=plan.cut.exact)
    program = text.partition("<<'PROGRAM'\n")[2].partition("\nPROGRAM\n")[0]
    (tmp_path / "program").write_text(program.replace("/var/lib", str(tmp_path)))
    _stand_in(tmp_path / "systemctl", "")
    _stand_in(
        tmp_path / "nvidia-smi",
        'case "$*" in\n*=index*) echo 0;;\n*mig.mode*) [ -e on ] && echo Enabled || echo Disabled;;\n'
        f'*"-mig 1") touch on;;\n*-lgi) exit 6;;\n*-cgi*) exit {int(broken)};;\nesac',
    )
    done = subprocess.run(
        ["bash", "program"], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False, capture_output=True
    )
    calls = (tmp_path / "calls").read_text()
    assert "nvidia-smi mig -i 0 -cgi 3g.40gb:4,2g.20gb:0,1g.10gb:2,1g.10gb:3 -C" in calls
    assert (done.returncode != 0) == broken
    assert ("systemctl mask --now --runtime kubelet.service" in calls) == broken


def _stand_in(path: Path, body: str) -> None:
    path.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> calls\n{body}\n')
    path.chmod(0o755)
