"""The labels that Karpenter's nodes carry without anybody asking. Source: Karpenter v1.14.1, CRD and reference."""

from eksgpu.catalog.instance import InstanceType

ZONE = "topology.kubernetes.io/zone"
ZONE_ID = "topology.k8s.aws/zone-id"
REGION = "topology.kubernetes.io/region"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ARCH = "kubernetes.io/arch"
OS = "kubernetes.io/os"
HOSTNAME = "kubernetes.io/hostname"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
NODE_GROUP = "eks.amazonaws.com/nodegroup"
NODE_POOL = "karpenter.sh/nodepool"
AWS = "karpenter.k8s.aws/"
NODE_CLASS = f"{AWS}ec2nodeclass"
RESERVATION = f"{AWS}capacity-reservation-id"
GPU_NAME, GPU_COUNT, GPU_MEMORY = f"{AWS}instance-gpu-name", f"{AWS}instance-gpu-count", f"{AWS}instance-gpu-memory"
GPU_MANUFACTURER = f"{AWS}instance-gpu-manufacturer"
CATEGORY, FAMILY = f"{AWS}instance-category", f"{AWS}instance-family"
GENERATION, SIZE = f"{AWS}instance-generation", f"{AWS}instance-size"
VCPUS, MEMORY_MIB = f"{AWS}instance-cpu", f"{AWS}instance-memory"
LOCAL_NVME = f"{AWS}instance-local-nvme"
_ACCELERATOR = f"{AWS}instance-accelerator-"

# What requirements of a NodePool may name under karpenter.k8s.aws/: the CRD's own list. `instance-pods` is not on it.
AWS_LABELS = frozenset(
    AWS + name
    for name in (
        *(f"instance-{part}" for part in (
            "category", "family", "generation", "size", "cpu", "cpu-manufacturer", "cpu-sustained-clock-speed-mhz",
            "memory", "ebs-bandwidth", "network-bandwidth", "local-nvme", "gpu-name", "gpu-manufacturer", "gpu-count",
            "gpu-memory", "accelerator-name", "accelerator-manufacturer", "accelerator-count", "hypervisor",
            "encryption-in-transit-supported", "capability-flex", "tenancy",
        )),
        *(f"capacity-reservation-{part}" for part in ("id", "type", "interruptible")),
        "placement-group-id", "placement-group-partition", "ec2nodeclass",
    )
)  # fmt: skip
WELL_KNOWN = AWS_LABELS | {ZONE, ZONE_ID, REGION, INSTANCE_TYPE, ARCH, OS, CAPACITY_TYPE, NODE_POOL, HOSTNAME}


def whole_gpus(item: InstanceType) -> int:
    """GPUs as EC2 and Karpenter count them: a type with a fraction of one has none."""
    return item.gpu_count if item.gpu_partition >= 1 else 0


def instance_labels(item: InstanceType) -> dict[str, str]:
    """The labels that follow from the instance type alone."""
    labels = {
        INSTANCE_TYPE: item.name,
        ARCH: item.arch,
        OS: "linux",
        CATEGORY: item.category,
        FAMILY: item.family,
        GENERATION: str(item.generation),
        SIZE: item.name.partition(".")[2],
        VCPUS: str(item.vcpus),
        MEMORY_MIB: str(item.memory_mib),
    }
    if item.network_mbps:
        labels[f"{AWS}instance-network-bandwidth"] = str(item.network_mbps)
    if item.nvme_gb:
        labels[LOCAL_NVME] = str(item.nvme_gb)
    return {**labels, **_gpu(item), **_accelerator(item)}


def absent_labels(item: InstanceType) -> tuple[str, ...]:
    """Labels that a node of this type surely lacks, so that a pod asking for a GPU never matches one without."""
    present = instance_labels(item)
    optional = (LOCAL_NVME, GPU_NAME, GPU_COUNT, GPU_MEMORY, GPU_MANUFACTURER)
    accelerators = tuple(_ACCELERATOR + part for part in ("name", "manufacturer", "count"))
    return tuple(name for name in (*optional, *accelerators) if name not in present)


def _gpu(item: InstanceType) -> dict[str, str]:
    if item.gpu_name is None:
        return {}
    return {
        GPU_NAME: item.gpu_name,
        GPU_MANUFACTURER: "nvidia",
        GPU_COUNT: str(whole_gpus(item)),
        GPU_MEMORY: str(item.gpu_memory_mib),
    }


def _accelerator(item: InstanceType) -> dict[str, str]:
    if item.accelerator_name is None:
        return {}
    return {
        f"{_ACCELERATOR}name": item.accelerator_name,
        f"{_ACCELERATOR}manufacturer": "aws",
        f"{_ACCELERATOR}count": str(item.accelerator_count),
    }
