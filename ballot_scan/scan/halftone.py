"""Halftones: black and white scans that tell shades by the density of their dots, as "photo" settings of office
machines make them. Smoothed they are grey scans with some grain, and are read as those."""

from __future__ import annotations

import cv2
import numpy as np

from ballot_scan.scan import region
from ballot_scan.scan.pictures import Grey

_LONELY = 0.002  # of a scan's places are dots on their own
_PAIRS = 0.3  # of the pairs that chance makes of so many dots, as noise does; a halftone keeps its dots apart
_BLACK = 128
_SMOOTH_MM = 0.17  # standard deviation


def smoothed(grey: Grey, px_per_mm: float) -> Grey:
    """A halftone (h, w) as grey; any other scan as it is."""
    if not region.is_pure(grey) or not _is_one(grey):
        return grey
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _SMOOTH_MM * px_per_mm), dtype=np.uint8)


def _is_one(grey: Grey) -> bool:
    """Whether the middle half of a scan, most of which is paper, is strewn with dots that keep apart."""
    height, width = grey.shape
    part = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(part < _BLACK, dtype=np.uint8), connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    lonely, pairs = np.count_nonzero(sizes == 1), np.count_nonzero(sizes == 2)
    share = lonely / part.size
    by_chance = 4 * share * lonely  # of eight neighbours each, a pair told once
    return bool(share >= _LONELY and pairs < _PAIRS * by_chance)
