"""Ctrl-C where it must not strike: remembered, held back for a moment, never lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_heard: list[int] = []
_only_noted: list[bool] = []


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Within the block Ctrl-C is remembered as well as raised (POSIX and Windows; only where nobody else handles it).

    A library that is loading may make some other error of it, and Python itself drops it where it strikes in a
    destructor or a weak reference's call: who works for long asks ``check`` now and then.
    """
    _heard.clear()
    mine = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if mine:
        signal.signal(signal.SIGINT, _note)
    try:
        yield
    finally:
        _heard.clear()
        if mine:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def heard() -> bool:
    """Whether Ctrl-C was pressed in the ``listening`` under way."""
    return bool(_heard)


def check() -> None:
    """Raise KeyboardInterrupt where Ctrl-C was pressed in the ``listening`` under way: seen or not, it is heeded."""
    if _heard:
        raise KeyboardInterrupt


def _note(number: int, _: FrameType | None) -> None:
    _heard.append(number)
    if not _only_noted:
        raise KeyboardInterrupt


@contextlib.contextmanager
def only_noted() -> Iterator[None]:
    """Within the block Ctrl-C raises nothing, anywhere; ``check`` does.

    While libraries load, some of which end the whole process when they are interrupted then, and in the middle of a
    pool's own work, which could be left waiting for ever.
    """
    _only_noted.append(True)
    try:
        yield
    finally:
        _only_noted.pop()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C waits until the block is left (not on Windows, where there is no way to hold it).

    While a worker process starts: it inherits that and never hears Ctrl-C, which its parent deals with.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
