"""A fingerprint holds what the marks look like, whatever the scanner did, and nothing where there is no ink."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, Picture, book, filled, sheet, turned
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan.scan import fingerprint
from ballot_scan.scan.frames import Frames
from ballot_scan.scan.reader import read

KNOWN = replace(book(), fingerprints=True)


def looks(page: Picture) -> dict[int, fingerprint.Cells]:
    return fingerprint.boxes(read(page, KNOWN).fingerprint)


def alike(a: fingerprint.Cells, b: fingerprint.Cells) -> float:
    return float(fingerprint.unit(a) @ fingerprint.unit(b))


def test_every_marked_box_is_in_it_and_no_other() -> None:
    assert sorted(looks(filled())) == [3 * row + level for row, level in enumerate(CHOICES)]
    assert read(sheet(), KNOWN).fingerprint == b""


def test_it_is_only_made_where_it_is_asked_for() -> None:
    assert read(filled(), book()).fingerprint == b""


@pytest.mark.parametrize("how", ["turned", "upside down", "smaller", "noisy", "JPEG", "paler"])
def test_another_scan_of_the_sheet_looks_the_same(how: str) -> None:
    page = filled()
    noise = np.random.default_rng(1).normal(0, 6, page.shape)
    again = {
        "turned": lambda: turned(page, 1.3, bed=60, grow=1.05),
        "upside down": lambda: np.ascontiguousarray(page[::-1, ::-1]),
        "smaller": lambda: turned(page, -0.4, scale=0.98),
        "noisy": lambda: np.clip(page.astype(np.float64) - 8 + noise, 0, 255).astype(np.uint8),
        "JPEG": lambda: np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 55])[1], cv2.IMREAD_GRAYSCALE), np.uint8
        ),
        "paler": lambda: np.clip(60 + page * 0.7, 0, 255).astype(np.uint8),
    }[how]()
    first, second = looks(page), looks(again)
    assert first.keys() == second.keys()
    assert min(alike(first[n], second[n]) for n in first) > 0.92


pictures = st.dictionaries(st.integers(0, 11), st.integers(1, 255), max_size=12)


@given(pictures)
def test_what_goes_in_comes_out_box_by_box(ink: dict[int, int]) -> None:
    """Boxes in a row of twelve, each with a blot of its own darkness and place."""
    centres = np.array([(60.0 + 120 * n, 80.0) for n in range(12)])
    dark = np.zeros((160, 1500), np.uint8)
    for n, level in ink.items():
        dark[70 : 70 + 4 + n, 60 + 120 * n : 66 + 120 * n] = level
    frames = Frames(
        centres, np.full((12, 2), 56.0), np.ones(12, bool), np.zeros((12, 4)), np.ones(12, bool), np.zeros(12, bool)
    )  # fmt: skip
    found = fingerprint.boxes(fingerprint.of(dark, frames, [n in ink for n in range(12)]))
    assert found.keys() == {n for n, level in ink.items() if level > 40}, "paler than the table's rules is no ink"
    assert all(cells.shape == (256,) and cells.max() == 15 for cells in found.values())


def test_the_printed_frame_is_no_ink() -> None:
    dark = np.zeros((160, 160), np.uint8)
    cv2.rectangle(dark, (52, 52), (107, 107), 255, 2)
    frames = Frames(
        np.array([(79.5, 79.5)]),
        np.full((1, 2), 56.0),
        np.ones(1, bool),
        np.zeros((1, 4)),
        np.ones(1, bool),
        np.zeros(1, bool),
    )
    assert fingerprint.of(dark, frames, [True]) == b""


def test_a_fingerprint_of_another_making_is_refused() -> None:
    with pytest.raises(ValueError, match="version 9"):
        fingerprint.boxes(b"\x09abc")
