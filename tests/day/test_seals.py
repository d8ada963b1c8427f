"""Seals through the day: an event that asks for them, colour scans, grey scans, and one that does not ask."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.command import scan_tally
from helpers.records import dumped


def asking(printed_event: Path, target: Path) -> Path:
    """The printed event, with ``seal = true``."""
    event = Path(shutil.copytree(printed_event, target))
    toml = event / "event.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("[event]\n", "[event]\nseal = true\n", 1), encoding="utf-8"
    )
    return event


@pytest.fixture(scope="module")
def rehearsed(printed_event: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    event = asking(printed_event, tmp_path_factory.mktemp("seals") / "event")
    said = scan_tally("rehearse", "--ballots", 8, "--seed", 3, "--poll", "hall", event=event)
    assert said.code == 0, said.everything
    return event


def missing(event: Path) -> set[str]:
    """Names of the files that wait for a seal."""
    return {Path(p["source"]).name for p in dumped(event) if "seal-missing" in p["findings"].split(";")}


def test_a_rehearsal_is_stamped_and_in_colour_and_its_seals_are_found(rehearsed: Path, tmp_path: Path) -> None:
    event = Path(shutil.copytree(rehearsed, tmp_path / "event"))
    scans = sorted((event / "rehearsal").glob("*.jpg"))
    assert len(scans) == 8
    assert all(cv2.imdecode(np.fromfile(s, np.uint8), cv2.IMREAD_UNCHANGED).ndim == 3 for s in scans)
    with (event / "rehearsal" / "truth.csv").open(encoding="utf-8", newline="") as file:
        unstamped = {Path(r["source"]).name for r in csv.DictReader(file) if "no-seal" in r["scan"].split(";")}
    said = scan_tally("scan", event / "rehearsal", event=event)
    assert said.code == 0, said.everything
    assert missing(event) == unstamped
    assert "grey" not in said.everything


def test_grey_scans_wait_and_one_line_says_why(rehearsed: Path, tmp_path: Path) -> None:
    event = Path(shutil.copytree(rehearsed, tmp_path / "event"))
    for scan in (event / "rehearsal").glob("*.jpg"):
        cv2.imencode(".jpg", cv2.imdecode(np.fromfile(scan, np.uint8), cv2.IMREAD_GRAYSCALE))[1].tofile(scan)
    said = scan_tally("scan", event / "rehearsal", "--workers", 1, event=event)
    assert said.code == 0, said.everything
    assert len(missing(event)) == 8
    assert said.everything.count("8 pages are grey") == 1


def test_two_workers_find_what_one_finds(rehearsed: Path, tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        event = Path(shutil.copytree(rehearsed, tmp_path / f"event-{workers}"))
        assert scan_tally("scan", event / "rehearsal", "--workers", workers, event=event).code == 0
        found.append([(p["sha256"], p["findings"]) for p in dumped(event)])
    assert found[0] == found[1]


def test_without_asking_nothing_is_stamped_or_missed(printed_event: Path, tmp_path: Path) -> None:
    event = Path(shutil.copytree(printed_event, tmp_path / "event"))
    assert scan_tally("rehearse", "--ballots", 3, "--seed", 3, "--poll", "hall", event=event).code == 0
    assert scan_tally("scan", event / "rehearsal", event=event).code == 0
    assert not missing(event)
