"""Shared fixtures: paper is printed once a test process, and every test works on copies of its own."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.command import scan_tally
from helpers.paper_marker import Picture, layout, marked, printed_pages, save
from helpers.small_event import PLAIN, write_event
from hypothesis import settings

from ballot_scan import text

settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _language_as_found() -> Iterator[None]:
    """No test leaves its language to the next."""
    before = list(text._current)
    yield
    text._current[:] = before


@pytest.fixture(scope="session")
def printed_event(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small event with its ballots printed: 12 in the hall (A4), 4 in the annex (A5). Copy it, never change it."""
    folder = write_event(tmp_path_factory.mktemp("printed") / "event")
    assert scan_tally("print", event=folder).code == 0
    return folder


@pytest.fixture(scope="session")
def hall_pages(printed_event: Path) -> list[Picture]:
    """The hall's blank ballots as pictures."""
    return printed_pages(printed_event, "hall")


@pytest.fixture(scope="session")
def plain_pages(printed_event: Path, hall_pages: list[Picture]) -> list[Picture]:
    """The hall's ballots marked plainly, as ``PLAIN`` says."""
    page = layout(printed_event, "hall")["pages"][0]
    return [marked(p, page, choices) for p, choices in zip(hall_pages, PLAIN, strict=True)]


@pytest.fixture(scope="session")
def plain_stack(tmp_path_factory: pytest.TempPathFactory, plain_pages: list[Picture]) -> Path:
    """A folder of the twelve plain ballots as JPEG files."""
    folder = tmp_path_factory.mktemp("stack") / "scans"
    save(folder, plain_pages)
    return folder


@pytest.fixture
def event(printed_event: Path, tmp_path: Path) -> Path:
    """A copy of the printed event, nothing scanned yet."""
    folder = tmp_path / "event"
    shutil.copytree(printed_event, folder)
    return folder


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Ctrl-C as at a terminal: what a shell starts in the background is told to ignore it, tests too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
