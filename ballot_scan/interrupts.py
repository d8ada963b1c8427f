"""Ctrl-C where it must not strike: held back for a moment, never lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

_heard: list[int] = []


def listen() -> None:
    """From here Ctrl-C is remembered, too: a library that was loading may make some other error of it."""
    _heard.clear()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def heard() -> bool:
    """Whether Ctrl-C was pressed since ``listen``."""
    return bool(_heard)


def _note(number: int, _: FrameType | None) -> NoReturn:
    _heard.append(number)
    raise KeyboardInterrupt


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C waits until the block is left (not on Windows, where there is no way to hold it).

    While libraries load: some end the whole process when they are interrupted then. While a worker process starts: it
    inherits that and never hears Ctrl-C, which its parent deals with.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
