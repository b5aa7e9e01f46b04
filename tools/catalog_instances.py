"""Condenses EC2's published instance types into the catalogue's `instances.csv`.

Hardware comes from the DescribeInstanceTypes dump inside moto; the two CSV files hold what Karpenter computes as
allocatable and the on-demand prices. Run it when one of them is renewed:
`python tools/catalog_instances.py ALLOCATABLE.csv PRICES.csv src/eksgpu/catalog/data/instances.csv`.
"""

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import moto

HEADER = """\
# source: hardware: EC2 DescribeInstanceTypes as stored in moto 5.2.5; p6e-gb200: AWS's pages, secondary
# source: us_east_1_usd_per_hour: aws/karpenter-provider-aws 1d92708 zz_generated.pricing_aws.go (2026-07-20), Linux on demand
# source: allocatable_*, network_mbps: aws/karpenter-provider-aws 1d92708 reference/instance-types.md, AL2023 with defaults
# date: 2026-07-20
# Empty means unknown (a price: not sold in us-east-1). gpu_partition below 1: a fraction of one GPU (GRID vGPU), which
# EC2 counts as 0 GPUs and we as 1. usage: how it can be bought. nvme_disks x nvme_disk_gb: decimal gigabytes of instance store.
"""  # noqa: E501  the file's lines, not ours
COLUMNS = (  # noqa: SIM905  a list of 25 literals reads worse
    "type arch category generation vcpus memory_mib gpu_name gpu_count gpu_memory_mib gpu_partition accelerator_name "
    "accelerator_count neuron_cores nvme_disks nvme_disk_gb network_mbps network_cards network_interfaces "
    "efa_interfaces bare_metal usage us_east_1_usd_per_hour allocatable_cpu_milli allocatable_memory_mib "
    "allocatable_pods"
).split()
# Not in the dump; GPU nodes with an ARM CPU, which users ask about.
GB200 = {
    "type": "p6e-gb200.36xlarge", "arch": "arm64", "category": "p", "generation": 6, "vcpus": 144,
    "memory_mib": 960 * 1024, "gpu_name": "gb200", "gpu_count": 4, "gpu_memory_mib": 185 * 1024, "gpu_partition": 1,
    "nvme_disks": 3, "nvme_disk_gb": 7500, "network_cards": 17, "network_interfaces": 39, "bare_metal": "no",
    "usage": "capacity-block",
}  # fmt: skip
LABEL = "label:karpenter.k8s.aws/instance-"


def main() -> None:
    arguments = _parser().parse_args()
    allocatable = _by_type(arguments.allocatable)
    prices = _by_type(arguments.prices)
    rows = [
        _row(found, allocatable.get(name, {}), prices.get(name, {}).get("usd_per_hour", ""))
        for name, found in _hardware().items()
        if not name.startswith("mac")
    ]
    with arguments.output.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*rows, GB200], key=lambda row: _natural(row["type"])))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("allocatable", type=Path, help="CSV: instance_type, Karpenter's labels, alloc:cpu|memory|pods")
    parser.add_argument("prices", type=Path, help="CSV: instance_type, usd_per_hour")
    parser.add_argument("output", type=Path, help="the file to write")
    return parser


def _by_type(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["instance_type"]: row for row in csv.DictReader(lines)}


def _hardware() -> dict[str, dict[str, Any]]:
    with gzip.open(Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz") as dump:
        found: dict[str, dict[str, Any]] = json.load(dump)
        return found


def _row(found: Mapping[str, Any], labels: Mapping[str, str], price: str) -> dict[str, Any]:
    name, network = found["InstanceType"], found["NetworkInfo"]
    category, generation = re.findall(r"^([a-z]+)-?(\d+)", name)[0]
    return {
        "type": name,
        "arch": "arm64" if "arm64" in found["ProcessorInfo"]["SupportedArchitectures"] else "amd64",
        "category": labels.get(LABEL + "category") or category,
        "generation": labels.get(LABEL + "generation") or generation,
        "vcpus": found["VCpuInfo"]["DefaultVCpus"],
        "memory_mib": found["MemoryInfo"]["SizeInMiB"],
        "network_mbps": labels.get(LABEL + "network-bandwidth") or _mbps(network["NetworkPerformance"]),
        "network_cards": network.get("MaximumNetworkCards", 1),
        "network_interfaces": network["MaximumNetworkInterfaces"],
        "efa_interfaces": (network.get("EfaInfo") or {}).get("MaximumEfaInterfaces", ""),
        "bare_metal": "yes" if found.get("BareMetal") else "no",
        "usage": " ".join(sorted(found.get("SupportedUsageClasses", []))),
        "us_east_1_usd_per_hour": price,
        "allocatable_cpu_milli": labels.get("alloc:cpu", "").removesuffix("m"),
        "allocatable_memory_mib": labels.get("alloc:memory", "").removesuffix("Mi"),
        "allocatable_pods": labels.get("alloc:pods", ""),
        **_disks((found.get("InstanceStorageInfo") or {}).get("Disks", [])),
        **_accelerators(found),
    }


def _disks(disks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    disks = list(disks)
    return {"nvme_disks": sum(disk["Count"] for disk in disks), "nvme_disk_gb": disks[0]["SizeInGB"]} if disks else {}


def _accelerators(found: Mapping[str, Any]) -> dict[str, Any]:
    for gpu in (found.get("GpuInfo") or {}).get("Gpus", []):
        return {
            "gpu_name": _kebab(gpu["Name"]),
            "gpu_count": gpu.get("LogicalGpuCount") or gpu["Count"],
            "gpu_memory_mib": gpu["MemoryInfo"]["SizeInMiB"],
            "gpu_partition": f"{gpu.get('GpuPartitionSize', 1):g}",
        }
    for device in (found.get("NeuronInfo") or {}).get("NeuronDevices", []):
        return {
            "accelerator_name": _kebab(device["Name"]),
            "accelerator_count": device["Count"],
            "neuron_cores": device["Count"] * device["CoreInfo"]["Count"],
        }
    return {}


def _mbps(performance: str) -> str:
    """'4x 100 Gigabit' is 400000; words such as 'Moderate' say nothing."""
    found = re.search(r"(?:(\d+)x )?([\d.]+) (Giga|Mega)bit", performance)
    if not found:
        return ""
    return f"{int(found[1] or 1) * float(found[2]) * (1000 if found[3] == 'Giga' else 1):.0f}"


def _kebab(name: str) -> str:
    return name.lower().replace(" ", "-")


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


if __name__ == "__main__":
    main()
