"""Fingerprint: what the marks of a page look like, so that a sheet scanned twice is known where codes cannot tell.

For every box with ink a picture of 16 × 16 cells over 12 mm about its fitted frame, the frame taken out: mean
darkness of each cell, as a share of the box's darkest, in 4 bits. Turn, shift, noise, contrast and JPEG leave it
nearly as it is; another hand's cross is another picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ballot_scan.scan.frames import Frames
from ballot_scan.scan.region import PX_PER_MM

CELLS = 16
CELL_PX = 12 * PX_PER_MM // CELLS  # 0.75 mm
_LIGHT = 40  # darkness (of 255) that paper, show-through and the table's rules may have
_RING_OUT_PX, _RING_IN_PX = 3, 5  # of the printed frame, as in marks
_STEPS = 15
_VERSION = 1
_BYTES = 2 + CELLS * CELLS // 2  # a box: its number on the page, its cells in half bytes

Cells = NDArray[np.uint8]


def of(dark: NDArray[np.uint8], frames: Frames, inked: Sequence[bool]) -> bytes:
    """The fingerprint of a page; b"" where no box has ink.

    ``dark`` (h, w) uint8: darkness of the straightened region at 8 px/mm; ``inked``: of each box, whether it is not
    empty.
    """
    found = []
    for number in np.flatnonzero(np.asarray(inked, dtype=bool)):
        cells = _picture(dark, frames.centre_px[number], frames.size_px[number])
        if cells.any():
            found.append(int(number).to_bytes(2, "big") + ((cells[::2] << 4) | cells[1::2]).tobytes())
    return bytes([_VERSION]) + zlib.compress(b"".join(found), 6) if found else b""


def _picture(dark: NDArray[np.uint8], centre: NDArray[np.float64], size: NDArray[np.float64]) -> Cells:
    """(256,) uint8, 0-15: the cells about one box, row by row."""
    side = CELLS * CELL_PX
    patch = cv2.getRectSubPix(dark, (side, side), (float(centre[0]), float(centre[1])))
    ink = cv2.subtract(patch, np.full_like(patch, _LIGHT)).astype(np.float32)
    away = np.abs(np.arange(side) - (side - 1) / 2)
    beyond = np.maximum(away[None, :] - size[0] / 2, away[:, None] - size[1] / 2)  # px out of the frame, < 0 inside
    ink[(beyond > -_RING_IN_PX) & (beyond < _RING_OUT_PX)] = 0
    means = ink.reshape(CELLS, CELL_PX, CELLS, CELL_PX).mean(axis=(1, 3))
    darkest = float(means.max())
    share = means / darkest if darkest > 0 else means
    return np.asarray(np.round(share * _STEPS), dtype=np.uint8).ravel()


def boxes(fingerprint: bytes) -> dict[int, Cells]:
    """Number of the box on the page (from 0) → its cells, (256,) uint8 0-15; empty for b"".

    Raises ValueError for what no version of ``of`` has made.
    """
    if not fingerprint:
        return {}
    if fingerprint[0] != _VERSION:
        raise ValueError(f"fingerprint of version {fingerprint[0]}")
    data = np.frombuffer(zlib.decompress(fingerprint[1:]), dtype=np.uint8).reshape(-1, _BYTES)
    cells = np.stack([data[:, 2:] >> 4, data[:, 2:] & 15], axis=2).reshape(len(data), CELLS * CELLS)
    return {int(row[0]) * 256 + int(row[1]): picture for row, picture in zip(data, cells, strict=True)}


def unit(cells: Cells) -> NDArray[np.float32]:
    """(…, 256) float32 of mean 0 and length 1: the product of two boxes' is the likeness of their ink, -1 to 1."""
    centred = cells.astype(np.float32)
    centred -= centred.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-6), dtype=np.float32)
