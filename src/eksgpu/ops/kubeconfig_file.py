"""A kubeconfig on disk: which file it is, and how entries get into it without disturbing what others wrote there.

It must not know where clusters come from.
"""

import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.errors import UsageError
from eksgpu.kube.kubeconfig import Way, kubeconfig

_LISTS = ("clusters", "users", "contexts")


@dataclass(frozen=True)
class Entries:
    """One cluster, one user and one context. `name` is that of cluster and user."""

    name: str
    context: str
    document: Mapping[str, Any]

    @classmethod
    def of(cls, way: Way, *, name: str, context: str) -> "Entries":
        """The entries that lead into a cluster."""
        document = json.loads(kubeconfig(way, context=name))
        document["contexts"][0]["name"] = document["current-context"] = context
        return cls(name, context, document)


def candidates(environ: Mapping[str, str]) -> list[Path]:
    """The files that kubectl reads."""
    listed = [Path(part).expanduser() for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return listed or [Path.home() / ".kube" / "config"]


def chosen_file(files: Sequence[Path], name: str) -> Path:
    """The first of the files that knows a cluster of this name, else the first."""
    return next((file for file in files if _position(_read(file).get("clusters"), name) is not None), files[0])


def merge(file: Path, entries: Entries) -> bool:
    """Put the entries in, in place of those of the same names; was the context new?

    The file is replaced as a whole and readable by its owner alone; comments and foreign entries stay.

    Raises UsageError where the file is no kubeconfig, or has a context of that name for another cluster.
    """
    whole = _read(file)
    at = _position(whole.get("contexts"), entries.context)
    if at is not None:
        _refuse_other(file, whole["contexts"][at], entries)
    for key in _LISTS:
        _put(whole, key, entries.document[key][0])
    whole["current-context"] = entries.context
    _write(file, whole)
    return at is None


def _read(file: Path) -> Any:
    """The document; an empty one where there is none."""
    try:
        found = _yaml().load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no kubeconfig: it is not YAML", hint=_HINT) from error
    if found is None:
        return {"apiVersion": "v1", "kind": "Config", **{key: [] for key in _LISTS}}
    lists = [found.get(key) for key in _LISTS] if isinstance(found, dict) else [""]
    if not all(one is None or isinstance(one, list) for one in lists):
        raise UsageError(f"{file} is no kubeconfig: {', '.join(_LISTS)} must be lists", hint=_HINT)
    return found


_HINT = "mend it, or write another file with --kubeconfig FILE"


def _refuse_other(file: Path, context: Mapping[str, Any], entries: Entries) -> None:
    leads_to = (context.get("context") or {}).get("cluster")
    if leads_to != entries.name:
        raise UsageError(
            f"context {entries.context} in {file} leads to another cluster ({leads_to})",
            hint=f"choose another --alias, or remove it: kubectl config delete-context {entries.context}",
        )


def _position(listed: Any, name: str) -> int | None:
    found = (at for at, entry in enumerate(listed or ()) if isinstance(entry, Mapping) and entry.get("name") == name)
    return next(found, None)


def _put(whole: Any, key: str, entry: Mapping[str, Any]) -> None:
    listed = whole.get(key)
    if listed is None:
        whole[key] = listed = []
    at = _position(listed, entry["name"])
    if at is None:
        listed.append(entry)
        return
    if key == "contexts":  # a namespace that somebody chose for the context stays
        entry = {**entry, "context": {**(listed[at].get("context") or {}), **entry["context"]}}
    listed[at] = entry


def _write(file: Path, whole: Any) -> None:
    text = io.StringIO()
    _yaml().dump(whole, text)
    target = file.resolve()  # a link stays a link
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # made with mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text.getvalue())
                stream.flush()
                os.fsync(stream.fileno())
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _yaml() -> YAML:
    yaml = YAML()  # keeps comments and order
    yaml.preserve_quotes = True
    yaml.width = 4096  # certificates stay on one line
    return yaml
