"""Halftones: black and white scans that tell shades by the density of their dots, as "photo" settings of office
machines make them. Smoothed they are grey scans with some grain, and are read as those."""

from __future__ import annotations

import cv2
import numpy as np

from ballot_scan.scan import region
from ballot_scan.scan.registration import Grey

_LONELY = 0.008  # of a scan's places; of one that tells black from white by a bound, 0.007 where it is noisy
_BLACK = 128
_SMOOTH_MM = 0.17  # standard deviation


def smoothed(grey: Grey, px_per_mm: float) -> Grey:
    """A halftone (h, w) as grey; any other scan as it is."""
    if not region.is_pure(grey) or _lonely(grey) < _LONELY:
        return grey
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _SMOOTH_MM * px_per_mm), dtype=np.uint8)


def _lonely(grey: Grey) -> float:
    """The share of places that are black dots on their own, in the middle half of a scan: it has paper there."""
    height, width = grey.shape
    part = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    black = np.asarray(part < _BLACK, dtype=np.uint8)
    near = cv2.boxFilter(black, cv2.CV_8U, (3, 3), normalize=False)
    return float(np.mean((black == 1) & (near == 1)))
