"""The daemon's process: `python -m eksgpu.sandbox --home FOLDER --options JSON --ready-fd N`.

It holds the home's `running` lock for as long as it lives, so nobody needs to guess from a pid whether it does.
"""

import argparse
import os
import signal
from functools import partial
from pathlib import Path

from eksgpu.sandbox import home as homes
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.profile import write_config
from eksgpu.sandbox.server import Endpoint, LocalServer, in_background, prewarm, when_idle
from eksgpu.sandbox.version import code_version


def main() -> None:
    arguments = _parser().parse_args()
    options = Options.decoded(arguments.options)
    if os.fork():
        # The starter waits for this first process only, so the daemon has no parent that must reap it.
        os._exit(0)
    with homes.held(arguments.home, homes.RUNNING):
        server = LocalServer(Endpoint(options, arguments.home / "kubernetes"))
        try:
            _announce(arguments.home, options, server)
            leave = partial(_leave, arguments.home)
            signal.signal(signal.SIGTERM, lambda _signal, _frame: leave())
            os.write(arguments.ready_fd, b"ready")
            os.close(arguments.ready_fd)
            in_background(prewarm)
            in_background(partial(when_idle, server.endpoint, arguments.idle_seconds, leave))
            server.serve()
        finally:
            server.stop()


def _announce(home: Path, options: Options, server: LocalServer) -> None:
    write_config(home, server.url)
    homes.write_state(
        home,
        homes.State(
            pid=os.getpid(), endpoint=server.url, speed=options.speed, version=code_version(), account=options.account
        ),
    )


def _leave(home: Path) -> None:
    """End at once: everything is in memory, and a worker that sits in a long delay must hold nobody up."""
    homes.forget_state(home)
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eksgpu.sandbox", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--options", required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    return parser


if __name__ == "__main__":
    main()
