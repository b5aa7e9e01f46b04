"""User data, read back by the standard library's own parsers."""

import tomllib
from email import message_from_string
from typing import Any

from ruamel.yaml import YAML

from eksgpu.catalog.instance import instances
from eksgpu.components.soci import Tuning, tuning
from eksgpu.components.user_data import al2023, bottlerocket

P5 = tuning([instances()["p5.48xlarge"]])
SEED = """
[settings.container-runtime]
snapshotter = "soci"

[settings.container-runtime-plugins.soci-snapshotter]
pull-mode = "parallel-pull-unpack"

[settings.container-runtime-plugins.soci-snapshotter.parallel-pull-unpack]
max-concurrent-downloads-per-image = 30
concurrent-download-chunk-size = "32mb"
max-concurrent-unpacks-per-image = 30
discard-unpacked-layers = true

[settings.bootstrap-commands.k8s-ephemeral-storage]
commands = [
    ["apiclient", "ephemeral-storage", "init"],
    ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods",
     "/var/lib/soci-snapshotter"]
]
essential = true
mode = "always"
"""


def test_the_seeds_block_for_p5_in_its_own_mode() -> None:
    assert tomllib.loads(bottlerocket(soci=P5, bind_storage=True)) == tomllib.loads(SEED)


def test_without_the_mode_no_command_is_written() -> None:
    assert "bootstrap-commands" not in bottlerocket(soci=P5)


def test_own_settings_are_merged_in() -> None:
    text = bottlerocket(soci=P5, settings={"container-runtime": {"max-container-log-line-size": 1}})
    assert tomllib.loads(text)["settings"]["container-runtime"] == {
        "snapshotter": "soci",
        "max-container-log-line-size": 1,
    }


def test_nothing_to_say_is_nothing() -> None:
    assert (bottlerocket(), al2023()) == ("", "")


def test_al2023_gets_a_node_config_and_the_numbers_it_has_no_field_for() -> None:
    script, config = parts(al2023(soci=P5, node_config={"kubelet": {"config": {"maxPods": 50}}}))
    assert "max_concurrent_downloads_per_image *= *).*|\\130|" in script
    assert '\\1"32mb"|' in script
    assert YAML(typ="safe").load(config) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"featureGates": {"FastImagePull": True}, "kubelet": {"config": {"maxPods": 50}}},
    }


def test_al2023s_own_numbers_need_no_script() -> None:
    (config,) = parts(al2023(soci=Tuning(downloads=20, chunk_mb=16, unpacks=12)))
    assert "FastImagePull: true" in config


def parts(text: str) -> list[Any]:
    message = message_from_string(text)
    assert message.is_multipart()
    return [part.get_payload() for part in message.get_payload()]  # type: ignore[union-attr]
