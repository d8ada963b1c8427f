"""PDF pages as pictures: for rehearsed scans, and for the blank form that scanned pages are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def render_pages(pdf: bytes, dpi: float) -> list[NDArray[np.uint8]]:
    """Every page of ``pdf`` as a (height, width) uint8 picture in grey, white 255, ``dpi`` pixels an inch.

    By pypdfium2, which is not thread-safe. Raises ``pypdfium2.PdfiumError`` for bytes that are no PDF.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = []
        for page in document:
            bitmap = page.render(scale=dpi / 72, grayscale=True)
            picture = np.asarray(bitmap.to_numpy(), dtype=np.uint8)
            pictures.append(picture.reshape(picture.shape[:2]).copy())
            bitmap.close()
            page.close()
        return pictures
    finally:
        document.close()
