"""The command: which verbs there are, and what happens to errors. No verb's work is known here."""

import atexit
import gc
import io
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from eksgpu.errors import EksgpuError, Interrupted, UsageError

from . import apply, destroy, gpu, init, kubeconfig, plan, preflight, sandbox, schema, status, token, verify, workload
from .options import AGAIN

_INTERRUPTED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    name="eksgpu",
    help="The whole life of a GPU cluster on Amazon EKS, from one typed file.",
    rich_markup_mode=None,  # plain help starts faster
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
for function in (init.init, plan.plan, apply.apply, status.status, destroy.destroy, preflight.preflight, schema.schema):
    app.command()(function)
for function in (verify.verify, kubeconfig.kubeconfig, token.token):
    app.command()(function)
app.add_typer(workload.app)
app.add_typer(gpu.app)
app.add_typer(sandbox.app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. The only place that catches everything."""
    if arguments is None:
        _live_shortly()
        _fit_in()
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = _run(given)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # The reader has gone (`eksgpu plan | head`), or the disk behind stdout is full, which stderr was told.
        # Python would complain again when it flushes at exit.
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _live_shortly() -> None:
    """Set this process up for a life of one command.

    Nearly all that a plan makes, 450,000 objects, stays to its end: walking them again and again took 200 ms of it.
    The cycles of a long apply are still collected, later. At exit nobody needs the memory back: another 300 ms.
    """
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)
    # Pydantic would look for plugins in the metadata of all that is installed: 15 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _fit_in() -> None:
    """A letter that the locale lacks shows as its code. SIGTERM, a supervisor's Ctrl-C, stops as cleanly as that."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def _run(given: list[str]) -> int:
    try:
        code = int(app(args=given, prog_name="eksgpu", standalone_mode=False) or 0)
    except EksgpuError as error:
        return _tell(error, given)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "eksgpu"
        return _tell(UsageError(error.format_message(), hint=f"see `{command} --help`"), given)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        _show_traceback()
        what = f"{error.filename}: " if error.filename else "something could not be read or written: "
        return _tell(EksgpuError(f"{what}{error.strerror or error}", hint="look at disk space and rights"), given)
    except Exception as error:
        _show_traceback()
        hint = "run it again with EKSGPU_DEBUG=1 for the traceback, and report it"
        return _tell(EksgpuError(f"this is a bug in eksgpu: {type(error).__name__}: {error}", hint=hint), given)
    return code if code != _INTERRUPTED else _tell(Interrupted("interrupted", hint=AGAIN), given)


def _show_traceback() -> None:
    if os.environ.get("EKSGPU_DEBUG"):
        traceback.print_exc()


def _tell(error: EksgpuError, given: Sequence[str]) -> int:
    # The options may be what is wrong, so they are looked for in the plain arguments.
    from eksgpu.ui.error import error_json, error_view
    from eksgpu.ui.screen import Screen

    pairs = set(itertools.pairwise(given))
    screen = Screen.standard(
        as_json="--output=json" in given or ("--output", "json") in pairs,
        events_on_stdout="--events=-" in given or ("--events", "-") in pairs,
        no_color="--no-color" in given,
    )
    screen.say(*error_view(error, screen.err_look))
    if screen.json:
        screen.machine(error_json(error))
    return error.exit_code


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"eksgpu {version('eksgpu')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
