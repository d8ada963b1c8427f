"""Machine marks on a sheet: ArUco markers and Data Matrix codes, as cells and as bytes of a PDF."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

ARUCO_CELLS = 6  # 4 × 4 bits and the black border
CODE_CELLS = 20  # Data Matrix of 28 characters, square


@functools.cache
def aruco_cells(id: int) -> NDArray[np.bool_]:
    """(6, 6) bool, True = black: marker ``id`` of DICT_4X4_50, its border included."""
    import cv2

    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    picture = cv2.aruco.generateImageMarker(dictionary, id, ARUCO_CELLS, borderBits=1)
    return np.asarray(picture) < 128


def code_cells(payload: str) -> NDArray[np.bool_]:
    """(20, 20) bool, True = black: the Data Matrix of ``payload``. Raises ValueError where it needs another size."""
    import zxingcpp

    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    cells = np.array(barcode.to_image(scale=1, add_quiet_zones=False)) == 0
    if cells.shape != (CODE_CELLS, CODE_CELLS):
        raise ValueError(f"a code of {len(payload)} characters is {cells.shape}, not {CODE_CELLS} cells square")
    return np.asarray(cells, dtype=np.bool_)


def inline_image(cells: NDArray[np.bool_]) -> str:
    """A 1-bit inline image of a PDF content stream that paints the True cells into the unit square."""
    height, width = cells.shape
    bits = np.packbits(cells, axis=1).tobytes().hex()
    return f"BI /W {width} /H {height} /IM true /D [1 0] /F /AHx ID {bits}> EI"
