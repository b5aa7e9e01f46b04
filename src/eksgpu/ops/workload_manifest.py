"""Manifests to run on a cluster: those that come with the tool or a person's own file, with a few values filled in.

Pure but for reading files. It must not know clusters.
"""

import difflib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.errors import UsageError
from eksgpu.scheduling.pod import containers, template
from eksgpu.scheduling.resources import NVIDIA_GPU

_PLACE = re.compile(r"111122223333\.dkr\.ecr\.us-west-2\.amazonaws\.com")
_PARALLEL = "--tensor-parallel-size"
_SUFFIXES = (".yaml", ".yml", ".json")
Edit = Callable[[Any], bool]
"""Changes a document in place; did it have a place for the value?"""


@dataclass(frozen=True)
class Workload:
    """Manifests under a name. `about` is the comment that they open with."""

    name: str
    text: str

    @property
    def about(self) -> str:
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.lstrip("# ").rstrip())
        return " ".join(lines)

    @property
    def registry(self) -> bool:
        """Do its images stand in an ECR registry whose account and region are still to be filled in?"""
        return _PLACE.search(self.text) is not None

    @property
    def manifests(self) -> list[dict[str, Any]]:
        """As plain trees. Raises UsageError for what is no manifest."""
        try:
            found = [one for one in YAML(typ="safe").load_all(self.text) if one is not None]
        except YAMLError as error:
            raise UsageError(f"{self.name} is no YAML: {_first_line(error)}") from error
        for one in found:
            metadata = one.get("metadata") if isinstance(one, dict) else None
            if not isinstance(metadata, dict) or not (
                one.get("apiVersion") and one.get("kind") and metadata.get("name")
            ):
                raise UsageError(f"{self.name} holds something without apiVersion, kind and metadata.name")
        if not found:
            raise UsageError(f"{self.name} holds no object")
        return found


@dataclass(frozen=True)
class Wanted:
    """What to change before it is shown or applied; None leaves a value as it is.

    account, region: where the private registry is.
    image:           of the container with a GPU, else of the first one.
    replicas:        pods of every Deployment, StatefulSet and Job.
    gpus:            for each container that has any.
    """

    account: str | None = None
    region: str | None = None
    image: str | None = None
    replicas: int | None = None
    gpus: int | None = None
    namespace: str | None = None

    @property
    def edits(self) -> bool:
        """Is anything changed besides the registry's address?"""
        return any(value is not None for value in (self.image, self.replicas, self.gpus, self.namespace))


def shipped() -> dict[str, Workload]:
    """The workloads that come with the tool, by name."""
    folder = resources.files("eksgpu").joinpath("workloads")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    texts = {name.removesuffix(".yaml"): folder.joinpath(name).read_text(encoding="utf-8") for name in files}
    return {name: Workload(name, text) for name, text in texts.items()}


def workload(name: str) -> Workload:
    """A shipped workload by its name, or a person's own by its file. Raises UsageError when there is neither."""
    known = shipped()
    if name in known:
        return known[name]
    if name.endswith(_SUFFIXES) or "/" in name:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(f"cannot read {name}: {reason}") from error
        return Workload(plain_name(name), text)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"workloads are {', '.join(known)}; or name a file of your own"
    raise UsageError(f"there is no workload {name}", hint=hint)


def plain_name(name: str) -> str:
    """What a workload is called in the cluster: a file goes by its name without folder and ending."""
    return Path(name).stem if name.endswith(_SUFFIXES) else Path(name).name


def filled(given: Workload, wanted: Wanted) -> Workload:
    """The workload with what is wanted in it; comments and order stay.

    Raises UsageError where it has nothing that could take a value.
    """
    text = _PLACE.sub(lambda _: _registry(wanted.account, wanted.region), given.text)
    if not wanted.edits:
        return Workload(given.name, text)
    Workload(given.name, text).manifests  # noqa: B018  complains of what is no manifest
    yaml = _yaml()
    documents = [one for one in yaml.load_all(text) if one is not None]
    for name, edit in _edits(wanted):
        # Every document is asked, even when an earlier one has taken the value.
        if not any([edit(one) for one in documents]):  # noqa: C419
            raise UsageError(f"nothing in {given.name} takes {name}")
    if wanted.namespace is not None:
        for one in documents:
            one["metadata"]["namespace"] = wanted.namespace
    out = io.StringIO()
    yaml.dump_all(documents, out)
    return Workload(given.name, out.getvalue())


def registry(account: str | None, region: str | None) -> str:
    """The host of an account's own ECR registry, placeholders where something is unknown."""
    where = region or "REGION"
    suffix = "amazonaws.com.cn" if where.startswith("cn-") else "amazonaws.com"
    return f"{account or 'ACCOUNT'}.dkr.ecr.{where}.{suffix}"


def _registry(account: str | None, region: str | None) -> str:
    """The same in a manifest, where what is unknown stays the example's."""
    return registry(account or "111122223333", region or "us-west-2")


def _edits(wanted: Wanted) -> Iterator[tuple[str, Edit]]:
    if wanted.image is not None:
        yield "--image", partial(_set_image, wanted.image)
    if wanted.replicas is not None:
        yield "--replicas", partial(_set_replicas, wanted.replicas)
    if wanted.gpus is not None:
        yield "--gpus", partial(_set_gpus, wanted.gpus)


def _set_image(image: str, document: Any) -> bool:
    found = list(_containers(document))
    with_gpu = [one for one in found if NVIDIA_GPU in _limits(one)]
    for one in (with_gpu or found)[:1]:
        one["image"] = image
    return bool(found)


def _set_replicas(count: int, document: Any) -> bool:
    if document["kind"] in ("Deployment", "StatefulSet", "ReplicaSet"):
        document["spec"]["replicas"] = count
        return True
    if document["kind"] == "Job":
        document["spec"]["parallelism"] = document["spec"]["completions"] = count
        return True
    return False


def _set_gpus(count: int, document: Any) -> bool:
    found = [one for one in _containers(document) if NVIDIA_GPU in _limits(one)]
    for one in found:
        _limits(one)[NVIDIA_GPU] = count
        requests = one["resources"].get("requests") or {}
        if NVIDIA_GPU in requests:
            requests[NVIDIA_GPU] = count
        arguments = one.get("args") or []
        for position, argument in enumerate(arguments):
            if str(argument).startswith(f"{_PARALLEL}="):
                arguments[position] = f"{_PARALLEL}={count}"
    return bool(found)


def _containers(document: Any) -> Iterator[Any]:
    inside = template(document)
    return containers((inside or {}).get("spec") or {})


def _limits(container: Mapping[str, Any]) -> Any:
    return (container.get("resources") or {}).get("limits") or {}


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.explicit_start = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _first_line(error: YAMLError) -> str:
    return str(error).strip().partition("\n")[0]
