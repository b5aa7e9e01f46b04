"""The table that nvidia-smi prints, for GPUs that do not exist: it says so itself."""

from eksgpu.catalog.gpu import models
from eksgpu.catalog.instance import InstanceType

DRIVER, CUDA = "580.159.03", "13.0"
"""Of the EKS images of mid-2026. Source: amazon-eks-ami v20260724."""

_RULE = "+-----------------------------------------------------------------------------------------+"
_HEAD = "+-----------------------------------------+------------------------+----------------------+"
_DOUBLE = "|=========================================+========================+======================|"


def nvidia_smi(item: InstanceType, gpus: int) -> str:
    """What a container with so many GPUs of this instance type sees."""
    title, memory = title_of(item), f"0MiB / {item.gpu_memory_mib}MiB"
    lines = [
        "SIMULATED by the eksgpu sandbox: there is no GPU here.",
        _RULE,
        _wide(f"NVIDIA-SMI {DRIVER:<22} Driver Version: {DRIVER:<14} CUDA Version: {CUDA}"),
        _HEAD,
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |",
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |",
        "|                                         |                        |               MIG M. |",
        _DOUBLE,
    ]
    for number in range(gpus):
        lines += [
            f"|{number:>4}  {title:<25.25}On{'|':>9}   00000000:{0x53 + number:02X}:00.0 Off |{'0':>21} |",
            f"| N/A   N/A    P0              N/A /  N/A |{memory:>23} |      0%      Default |",
            f"|                                         |                        |{'Disabled':>21} |",
            _HEAD,
        ]
    return "\n".join([*lines, "", _RULE, _wide("Processes:"), _wide("  No running processes found"), _RULE])


def gpu_list(item: InstanceType, gpus: int) -> str:
    """What `nvidia-smi -L` prints."""
    title = title_of(item)
    return "\n".join(f"GPU {number}: {title} (UUID: GPU-simulated-{number})" for number in range(gpus))


def title_of(item: InstanceType) -> str:
    """The name of a GPU as its driver says it; of models that differ in memory alone, the one with this memory."""
    known = [model for model in models() if model.name == item.gpu_name]
    known.sort(key=lambda model: model.memory_mib != item.gpu_memory_mib)
    return known[0].title if known else str(item.gpu_name)


def _wide(text: str) -> str:
    return f"| {text:<{len(_RULE) - 4}} |"
