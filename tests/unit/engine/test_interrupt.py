"""Ctrl-C waits for a moment that can bear it, and comes once."""

import signal
import threading

import pytest

from eksgpu.engine.interrupt import Interrupts


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_it_is_raised_where_the_loop_checks_and_once() -> None:
    with Interrupts() as interrupts:
        ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        interrupts.check()


def test_it_ends_a_wait_at_once() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.bearable():
            ctrl_c()
        interrupts.check()


def test_one_that_came_before_the_wait_is_not_slept_over() -> None:
    waited = False
    with Interrupts() as interrupts:
        ctrl_c()
        with pytest.raises(KeyboardInterrupt), interrupts.bearable():
            waited = True
    assert not waited


def test_afterwards_all_is_as_before() -> None:
    with Interrupts():
        pass
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()


def test_who_ignores_it_goes_on_ignoring_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            ctrl_c()
            interrupts.check()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_leaves_the_handler_alone() -> None:
    seen: list[object] = []

    def run() -> None:
        with Interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
