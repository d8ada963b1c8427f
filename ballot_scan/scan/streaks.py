"""Streaks and bands: columns of the sensor that see darker than their neighbours, evened out before marks are judged.

Dirt on the glass or a sensor with its own gain for each column stands still while the sheet passes, so the column is
darker over all its length; print and handwriting are not: the boxes' frames take little more than half of it. A
column's level is therefore the lightest fifth of its stretches, and what it lacks to its neighbours is added.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.registration import Grey

_STRETCHES = 40
_LIGHTEST = 8  # of the stretches: what is dark in more than four fifths of them is the column's own
_WIDEST_PX = 13
_WORTH = 4  # grey levels; less is left alone
_BLIND = 70  # grey levels; a column that lacks more has seen nothing: it is bridged from its neighbours


def lacking(grey: Grey) -> NDArray[np.int16]:
    """(w,) int16: grey levels that each column of (h, w) lacks to its neighbours; all 0 where none lacks enough."""
    height, width = grey.shape
    step = height // _STRETCHES
    if step < 4 or width < 4 * _WIDEST_PX:
        return np.zeros(width, np.int16)
    whole = grey[: step * _STRETCHES]
    means = np.asarray(cv2.resize(whole, (width, _STRETCHES), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    level = np.partition(means, _STRETCHES - _LIGHTEST, axis=0)[_STRETCHES - _LIGHTEST]
    line = level.reshape(1, -1)
    envelope = cv2.morphologyEx(line, cv2.MORPH_CLOSE, np.ones((1, _WIDEST_PX), np.uint8))
    lack = (envelope.ravel().astype(np.int16) - level).astype(np.int16)
    return lack if lack.max() >= _WORTH else np.zeros(width, np.int16)


def evened(grey: Grey, lack: NDArray[np.int16], x0: int, y0: int, y1: int) -> Grey:
    """A copy of the page in which rows ``y0`` to ``y1`` of the columns from ``x0`` on have what they lack."""
    clean = grey.copy()
    part = clean[y0:y1, x0 : x0 + len(lack)]
    add = np.clip(lack, 0, 255).astype(np.uint8)
    part[:] = cv2.add(part, np.ascontiguousarray(np.broadcast_to(add, part.shape)))
    for first, last in _runs(np.flatnonzero(lack > _BLIND)):
        a, b = max(first - 2, 0), min(last + 1, part.shape[1] - 1)
        left, right = part[:, a].astype(np.float32), part[:, b].astype(np.float32)
        share = np.linspace(0, 1, b - a + 1, dtype=np.float32)[None, :]
        part[:, a : b + 1] = (left[:, None] * (1 - share) + right[:, None] * share).astype(np.uint8)
    return clean


def _runs(columns: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Neighbouring columns as (first, last), last excluded."""
    runs: list[tuple[int, int]] = []
    for column in columns:
        if runs and column == runs[-1][1]:
            runs[-1] = (runs[-1][0], int(column) + 1)
        else:
            runs.append((int(column), int(column) + 1))
    return runs
