"""The scanner is watched while a stack runs: what changes is said at once, not after the count."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.command import scan_tally
from helpers.paper_marker import Picture, layout, save
from PIL import Image


def stack(folder: Path, pages: list[Picture], change: str, from_page: int, box_px: int) -> list[Path]:
    """Twenty-four scans of twelve sheets; ``change`` comes upon them from a page on, as the lamp and the glass do."""
    changed = []
    for n in range(24):
        page = pages[n % 12].astype(np.float64)
        page[4 + n, 4] = 0.0  # no two files are alike
        if change == "streak" and n + 1 >= from_page:
            page[:, box_px : box_px + 3] -= 70.0
        if change == "lamp":
            page *= 1.0 - 0.015 * max(0, n + 1 - from_page)
        changed.append(np.clip(page, 0, 255).astype(np.uint8))
    return save(folder, changed)


@pytest.mark.parametrize(("change", "word"), [("streak", "dark streak at"), ("lamp", "the paper scans darker")])
def test_a_streak_and_a_fading_lamp_are_told_during_the_scan(
    event: Path, printed_event: Path, plain_pages: list[Picture], tmp_path: Path, change: str, word: str
) -> None:
    x, _, w, _ = layout(printed_event, "hall")["pages"][0]["rows"][0]["boxes"][1]["rect_mm"]
    files = stack(tmp_path / "s", plain_pages, change, 6, round((x + w * 0.3) * 200 / 25.4))
    said = scan_tally("scan", files[0].parent, event=event)
    told = said.err.splitlines()
    assert all(word in line for line in told), said.err
    assert len(told) == (1 if change == "streak" else 2), "a lamp that goes on fading is told again"
    if change == "streak":
        assert f"{round(x + w * 0.3)} mm" in told[0]


def test_a_streak_far_from_the_boxes_is_told_where_sheets_are_fed_askew(
    event: Path, plain_pages: list[Picture], tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    pages = []
    for n in range(24):
        turn = cv2.getRotationMatrix2D((800, 1100), float(rng.uniform(-1, 1)), 1.0)
        turn[:, 2] += rng.uniform(-12, 12, 2)  # 1.5 mm
        scan = cv2.warpAffine(plain_pages[n % 12], turn, None, borderValue=255).astype(np.int64)
        if n >= 5:
            scan[:, 480:482] -= 30
        pages.append(np.clip(scan, 0, 255).astype(np.uint8))
    said = scan_tally("scan", save(tmp_path / "s", pages)[0].parent, event=event)
    (line,) = said.err.splitlines()
    assert "dark streak at 61 mm" in line


def test_a_steady_scanner_is_left_in_peace(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    said = scan_tally("scan", stack(tmp_path / "s", plain_pages, "", 1, 0)[0].parent, event=event)
    assert said.err == ""


def test_black_and_white_scans_are_told_once(event: Path, plain_pages: list[Picture], tmp_path: Path) -> None:
    sharp = [np.where(page > 160, 255, 0).astype(np.uint8) for page in plain_pages[:3]]
    pictures = [Image.fromarray(page).convert("1") for page in sharp]
    file = tmp_path / "tập.tif"
    pictures[0].save(file, save_all=True, append_images=pictures[1:], compression="group4", dpi=(200, 200))
    (line,) = scan_tally("scan", file, event=event).err.splitlines()
    assert "tập.tif" in line
    assert "scan in grey" in line
