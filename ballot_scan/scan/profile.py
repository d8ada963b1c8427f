"""The scanner profile: the bounds a page is judged with. Built-in defaults read ordinary office scanners."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Bounds of one scanner. Darkness is relative: 0 is the local paper, 1 the print of the markers."""

    residual_limit_mm: float = 0.6  # markers against a flat sheet, root mean square; past it: unreadable
    contrast_floor: int = 60  # grey levels between paper and print; below: poor image
    ink_least: float = 0.09  # darkness from which a pixel is ink, on paper without grain …
    ink_most: float = 0.13  # … and on the grainiest
    marked_above: float = 0.17  # darkest 0.6 mm² from this on: dark enough for a mark; below: doubtful
    mark_extent_mm: float = 1.8  # a mark reaches at least this far
    mark_inside_mm2: float = 0.5  # and covers at least this much inside its frame
    firm_above: float = 0.26  # a mark paler than this must reach further
    firm_extent_mm: float = 3.6
    strokes: float = 1.25  # strokes that a line across a pale mark meets; less: a single stroke
    shreds: int = 4  # a mark in so many pieces, …
    whole_share: float = 0.65  # … none of which holds this share of its ink, is of a dry pen
    line_mm: float = 0.55  # a mark all of whose pieces are narrower is a line of the scanner, not a mark
    line_width_mm: float = 1.4  # ink narrower than this …
    line_length_mm: float = 4.2  # … and longer than this, upright or level, is a crease or streak: to people
    speck_mm2: float = 0.08  # less ink than this is dirt, …
    speck_mm: float = 0.5  # … and so is a dot smaller than this: no mark and no doubt (a pen's rest is larger)
    dust_share: float = 0.025  # more of a box than this under scattered specks is no dust
    off_box_mm: float = 1.6  # ink beside the boxes from this size on is a mark in the wrong place
    off_box_mm2: float = 0.22  # … if it holds this much ink
    struck_share: float = 0.62  # coverage from which a box beside another mark is a blacked-out one
    gone_over: float = 2.2  # a frame this much darker than the page's usual ones was drawn over
    fitted_share: float = 0.5  # share of boxes whose frames must be found; below: unreadable


DEFAULT = Profile()
