"""Counts at several hours of the day, made once a test process; each test works on a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers.command import scan_tally
from helpers.paper_marker import Picture, layout, marked, save
from helpers.team import count_box

#: Five ballots of the hall: on the first nothing stands for Bình, on the second two crosses do.
DOUBTFUL = [
    ("high", "", "low"), ("high", ("medium", "low"), "low"), ("high", "medium", "low"), ("low", "low", "low"),
    ("medium", "high", "low"),
]  # fmt: skip


@pytest.fixture(scope="session")
def doubtful_stack(
    printed_event: Path, hall_pages: list[Picture], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """The five ballots of ``DOUBTFUL`` as files."""
    page = layout(printed_event, "hall")["pages"][0]
    pages = [marked(p, page, choices) for p, choices in zip(hall_pages, DOUBTFUL, strict=False)]
    return save(tmp_path_factory.mktemp("doubtful") / "scans", pages)


@pytest.fixture(scope="session")
def doubtful_hour(printed_event: Path, doubtful_stack: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The box is counted, five ballots are scanned, two of them wait for people."""
    event = tmp_path_factory.mktemp("hour") / "event"
    shutil.copytree(printed_event, event)
    said = scan_tally("scan", doubtful_stack[0].parent, "--batch", "stack-1", "--expect", 5, event=event)
    assert said.code == 0, said.everything
    count_box(event, 5)
    return event


@pytest.fixture(scope="session")
def clean_hour(printed_event: Path, plain_stack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The box is counted, twelve ballots are scanned, nothing waits."""
    event = tmp_path_factory.mktemp("hour") / "event"
    shutil.copytree(printed_event, event)
    assert scan_tally("scan", plain_stack, "--batch", "stack-1", event=event).code == 0
    count_box(event, 12)
    return event


@pytest.fixture(scope="session")
def closed_hour(clean_hour: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hall's count is closed; the annex has not begun."""
    event = tmp_path_factory.mktemp("hour") / "event"
    shutil.copytree(clean_hour, event)
    said = scan_tally("close", "--poll", "hall", "--opened", "14:30", "--closed", "15h05", event=event)
    assert said.code == 0, said.everything
    return event


def copy(hour: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(hour, tmp_path / "event"))


@pytest.fixture
def doubtful(doubtful_hour: Path, tmp_path: Path) -> Path:
    return copy(doubtful_hour, tmp_path)


@pytest.fixture
def clean(clean_hour: Path, tmp_path: Path) -> Path:
    return copy(clean_hour, tmp_path)


@pytest.fixture
def closed(closed_hour: Path, tmp_path: Path) -> Path:
    return copy(closed_hour, tmp_path)


@pytest.fixture(scope="session")
def annex_stack(printed_event: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The annex's four ballots, marked plainly, as files."""
    from helpers.paper_marker import printed_pages

    page = layout(printed_event, "annex")["pages"][0]
    pages = [marked(p, page, ("low", "high")) for p in printed_pages(printed_event, "annex")]
    return save(tmp_path_factory.mktemp("annex") / "scans", pages, "annex-{}.jpg")
