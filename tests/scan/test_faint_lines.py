"""Lines too pale to count as ink: a second mark in pencil that an eye sees at once, and dirt that looks like it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from helpers.reading import CHOICES, Picture, book, filled, middle, plain_and_right, sheet, stroke, turned

from ballot_scan.records import PageReading, Rule
from ballot_scan.scan.reader import read

SCALE = 200 / 25.4
ROW = 6
OTHER = (CHOICES[ROW] + 1) % 3
CROSS = [((-2.0, -2.2), (2.1, 2.0)), ((2.0, -2.0), (-2.2, 2.1))]
TICK = [((-2.2, -0.3), (-0.8, 1.9)), ((-0.8, 1.9), (2.4, -2.3))]
SLASH = [((-2.2, 2.3), (2.2, -2.3))]


def look(page: Picture, noise: float) -> PageReading:
    grain = np.random.default_rng(7).normal(0, noise, page.shape)
    return read(np.clip(cv2.GaussianBlur(page, (0, 0), 0.6) + grain, 0, 255).astype(np.uint8), book(blanks=True))


@pytest.mark.parametrize("strokes", [CROSS, TICK, SLASH])
@pytest.mark.parametrize(("ink", "noise"), [(243, 0.0), (238, 1.5), (230, 4.0)])
def test_a_second_mark_paler_than_ink_goes_to_people(
    strokes: list[tuple[tuple[float, float], tuple[float, float]]], ink: int, noise: float
) -> None:
    page = filled()
    x, y = middle(ROW, OTHER)
    for a, b in strokes:
        stroke(page, (x + a[0], y + a[1]), (x + b[0], y + b[1]), 0.5, ink)
    reading = look(page, noise)
    assert [row.row for row in reading.rows if Rule.UNSURE_MARK in row.findings] == [ROW + 1]


@pytest.mark.parametrize("noise", [0.0, 2.0, 5.0])
def test_grain_dots_and_shade_in_an_empty_box_do_not(noise: float) -> None:
    page = filled()
    for row, (dx, dy) in enumerate([(-1.5, 0.4), (0.3, -1.0), (1.6, 1.8)]):
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        cv2.circle(page, (round((x + dx) * SCALE), round((y + dy) * SCALE)), 1, 215, -1)
    shade = np.full(page.shape, 0.0)
    x, y = middle(ROW, OTHER)
    cv2.circle(shade, (round(x * SCALE), round(y * SCALE)), 14, 9.0, -1)
    page = np.clip(page - cv2.GaussianBlur(shade, (0, 0), 10), 0, 255).astype(np.uint8)
    assert plain_and_right(look(page, noise))


def test_nothing_is_said_where_too_few_boxes_are_empty_to_tell() -> None:
    page = sheet()
    for row in range(len(CHOICES)):
        for level in range(3):
            x, y = middle(row, level)
            stroke(page, (x - 2, y - 2), (x + 2, y + 2), 0.5, 40)
            stroke(page, (x + 2, y - 2), (x - 2, y + 2), 0.5, 40)
    assert {row.reading for row in look(page, 1.0).rows} == {"multiple"}


@pytest.mark.parametrize("seed", [3, 13, 23])
def test_what_evening_out_leaves_of_a_streak_beside_a_frame_is_no_doubt(seed: int) -> None:
    assert plain_and_right(read(streaked(filled(), seed), book(blanks=True)))


@pytest.mark.parametrize("tone", [80, 120])
def test_round_dots_of_dust_among_many_streaks_are_none_of_a_mark_that_was_evened_out(tone: int) -> None:
    page = filled()
    dusty = (1, 4, 7, 10)
    for row in dusty:
        x, y = middle(row, (CHOICES[row] + 1) % 3)
        for dx, dy in [(-0.8, 0.6), (1.1, -1.2)]:
            at = (round((x + dx) * SCALE * 16), round((y + dy) * SCALE * 16))
            cv2.circle(page, at, 16 if tone < 100 else 22, tone, -1, cv2.LINE_AA, 4)
    rows = read(streaked(page, 23, columns=500), book(blanks=True)).rows
    assert [rows[row].findings for row in dusty] == [()] * len(dusty)


def streaked(page: Picture, seed: int, columns: int = 60) -> Picture:
    """A scan of a ballot, turned a little, with so many dark columns."""
    chance = np.random.default_rng(seed)
    page = turned(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8), float(chance.uniform(-1.2, 1.2)))
    lack = np.zeros(page.shape[1])
    for column in chance.integers(0, page.shape[1], columns):
        lack[column : column + int(chance.integers(1, 4))] += chance.uniform(15, 70)
    return np.asarray(np.clip(page - lack - chance.normal(0, 2, page.shape), 0, 255).astype(np.uint8))
