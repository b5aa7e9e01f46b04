"""What containers do in the sandbox: the lines they print, when they end and how. Nothing is really run.

A pod may say so itself by annotations; else the few programs that a GPU user types are known, and everything that a
controller does not restart ends after a while.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.scheduling.images import Image

from .nvidia_smi import gpu_list, nvidia_smi

RUN_SECONDS = "sandbox.eksgpu.dev/run-seconds"
EXIT_CODE = "sandbox.eksgpu.dev/exit-code"
NOT_FOUND = 127

_BATCH_SECONDS, _QUICK_SECONDS = 5.0, 1.0
_VECTOR_ADD = (
    "[Vector addition of 50000 elements]",
    "Copy input data from the host memory to the CUDA device",
    "CUDA kernel launch with 196 blocks of 256 threads",
    "Copy output data from the CUDA device to the host memory",
    "Test PASSED",
    "Done",
)


@dataclass(frozen=True, slots=True)
class Program:
    """One run. `seconds` None: it runs until it is stopped."""

    output: str
    seconds: float | None
    exit_code: int = 0


def program(pod: Mapping[str, Any], container: Mapping[str, Any], node: InstanceType | None) -> Program:
    """What this container does on a node of that type."""
    found = _known(pod, container, node) or _plain(pod, container)
    annotations = pod["metadata"].get("annotations") or {}
    seconds, code = annotations.get(RUN_SECONDS), annotations.get(EXIT_CODE)
    return Program(
        found.output,
        found.seconds if seconds is None else float(seconds),
        found.exit_code if code is None else int(code),
    )


def execute(
    pod: Mapping[str, Any], container: Mapping[str, Any], node: InstanceType | None, argv: Sequence[str]
) -> tuple[str, str, int]:
    """A program that somebody runs inside a container: stdout, stderr, exit code."""
    words = _words(argv)
    if "nvidia-smi" in words:
        run = _smi(pod, container, node, words)
        return (f"{run.output}\n", "", 0) if run.exit_code == 0 else ("", f"{run.output}\n", run.exit_code)
    if words[:1] == ["hostname"]:
        return f"{pod['metadata']['name']}\n", "", 0
    if words[:1] == ["echo"]:
        return f"{' '.join(words[1:])}\n", "", 0
    if words[:1] == ["env"]:
        pairs = (f"{entry['name']}={entry.get('value', '')}\n" for entry in container.get("env") or ())
        return "".join(pairs), "", 0
    name = words[0] if words else ""
    return "", f"the sandbox does not simulate {name!r}; it knows nvidia-smi, hostname, echo and env\n", NOT_FOUND


def _known(pod: Mapping[str, Any], container: Mapping[str, Any], node: InstanceType | None) -> Program | None:
    words, image = _words([*(container.get("command") or ()), *(container.get("args") or ())]), str(container["image"])
    short = Image.parse(image).short
    if "nvidia-smi" in words:
        return _smi(pod, container, node, words)
    if short in ("cuda-sample", "cuda-vector-add"):
        return Program("\n".join(_VECTOR_ADD), _QUICK_SECONDS)
    if short in ("vllm", "vllm-openai"):
        model = next((word.partition("=")[2] for word in words if word.startswith("--model=")), "its model")
        text = f"INFO (simulated) vLLM API server, serving {model}\nINFO (simulated) Application startup complete."
        return Program(text, None)
    return None


def _plain(pod: Mapping[str, Any], container: Mapping[str, Any]) -> Program:
    words = _words([*(container.get("command") or ()), *(container.get("args") or ())])
    output = " ".join(words[1:]) if words[:1] == ["echo"] else ""
    if pod["spec"].get("restartPolicy", "Always") == "Always":
        return Program(output, None)
    if "sleep" in words[:-1]:
        after = words[words.index("sleep") + 1].rstrip("s;")
        return Program(output, float(after) if after.isdecimal() else None)
    return Program(output, _QUICK_SECONDS if output else _BATCH_SECONDS)


def _smi(pod: Mapping[str, Any], container: Mapping[str, Any], node: InstanceType | None, words: list[str]) -> Program:
    gpus = _gpus(container)
    if node is None or not node.gpu_count:
        name = pod["metadata"]["name"]
        message = f'exec: "nvidia-smi": executable file not found in $PATH: the node of {name} has no GPU'
        return Program(message, _QUICK_SECONDS, NOT_FOUND)
    # Without a request an image of NVIDIA's sees every GPU, where the runtime is in its classic mode.
    # Slices of one GPU all look like it.
    seen = min(gpus or node.gpu_count, node.gpu_count)
    return Program(gpu_list(node, seen) if "-L" in words else nvidia_smi(node, seen), _QUICK_SECONDS)


def _gpus(container: Mapping[str, Any]) -> int:
    """GPUs, slices or MIG instances that it asked for."""
    limits = (container.get("resources") or {}).get("limits") or {}
    return sum(int(count) for name, count in limits.items() if name.startswith("nvidia.com/"))


def _words(argv: Sequence[str]) -> list[str]:
    """The words of a command line; one given to a shell is taken apart."""
    if len(argv) >= 3 and argv[0].rpartition("/")[2] in ("sh", "bash") and argv[1].endswith("c"):
        try:
            return shlex.split(argv[2])
        except ValueError:  # quotes that do not close
            return argv[2].split()
    return [str(word).rpartition("/")[2] if position == 0 else str(word) for position, word in enumerate(argv)]
