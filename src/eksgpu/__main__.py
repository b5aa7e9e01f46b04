"""The command's first step. Ctrl-C while it still loads ends it at once, without a word: nothing has begun."""

import signal
import sys


def main() -> int:
    """Run the command; returns its exit code."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from eksgpu.cli.app import main as command

    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    return command()


if __name__ == "__main__":
    sys.exit(main())
