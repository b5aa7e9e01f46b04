"""`eksgpu init`: an example spec to start from, and beside it the schema that editors read."""

import secrets
import string
from pathlib import Path
from typing import Annotated

import typer

from eksgpu.errors import UsageError

from .options import DEFAULT_SPEC, Common, verb

_SUFFIX = string.ascii_lowercase + string.digits


@verb
def init(
    common: Common,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; - is stdout.")] = DEFAULT_SPEC,
    *,
    name: Annotated[str | None, typer.Option(help="The cluster's name; default: one with a random suffix.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Write an example spec: an H100 spot cluster."""
    from eksgpu.spec.load import loads
    from eksgpu.spec.schema import text as schema_text
    from eksgpu.spec.template import SCHEMA_FILE, h100_spot

    from .target import screen_of

    screen = screen_of(common)
    suffix = "".join(secrets.choice(_SUFFIX) for _ in range(4))
    text = h100_spot(name or f"h100-spot-{suffix}", common.region or "us-west-2")
    cluster = loads(text, str(file), common.sets).metadata.name
    if str(file) == "-":
        screen.result({"file": None, "name": cluster, "text": text}, text.splitlines())
        return 0
    _write(file, text, overwrite=force)
    schema = file.with_name(SCHEMA_FILE)
    _write(schema, schema_text(), overwrite=True)
    screen.result(
        {"file": str(file), "name": cluster, "schema": str(schema)},
        [f"Wrote {file}: a cluster named {cluster}.", f"Next: eksgpu plan {file}, or with --sandbox to try it first."],
    )
    return 0


def _write(file: Path, text: str, *, overwrite: bool) -> None:
    try:
        with file.open("w" if overwrite else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} exists already", hint="choose another file, or overwrite it with --force") from error
    except OSError as error:
        if not overwrite:  # what there is now of it, we began
            file.unlink(missing_ok=True)
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="name a file that can be written") from error
