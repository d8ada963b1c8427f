"""The scanner profile: the bounds a page is judged with. Built-in defaults read ordinary office scanners."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Bounds of one scanner. Darkness is relative: 0 is the local paper, 1 the print of the markers."""

    residual_limit_mm: float = 0.6  # markers against a flat sheet, root mean square; past it: unreadable
    contrast_floor: int = 60  # grey levels between paper and print; below: poor image
    ink: float = 0.16  # darkness from which a pixel is ink
    marked_above: float = 0.26  # darkest 0.6 mm² from this on: dark enough for a mark; below: doubtful
    mark_extent_mm: float = 1.8  # a mark reaches at least this far
    mark_inside_mm2: float = 0.3  # and leaves at least this much ink inside its frame
    speck_mm2: float = 0.11  # less ink than this is dirt: no mark and no doubt (a pen's rest of 0.5 mm has more)
    off_box_mm: float = 1.6  # ink beside the boxes from this size on is a mark in the wrong place
    struck_share: float = 0.62  # coverage from which a box beside another mark is a blacked-out one
    gone_over: float = 2.2  # a frame this much darker than the page's usual ones was drawn over
    fitted_share: float = 0.5  # share of boxes whose frames must be found; below: unreadable


DEFAULT = Profile()
