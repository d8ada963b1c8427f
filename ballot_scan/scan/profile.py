"""The scanner profile: the bounds a page is judged with. Built-in defaults read ordinary office scanners.

``scanner.toml`` (format ``scanner-profile/1``) keeps the profile of one scanner. Whatever made it, each bound stays
within ``limits``: no calibration and no hand can make the reader careless.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ballot_scan.errors import UsageError
from ballot_scan.text import catalogue, language, t

FORMAT = "scanner-profile/1"


@dataclass(frozen=True, slots=True)
class Profile:
    """Bounds of one scanner. Darkness is relative: 0 is the local paper, 1 the print of the markers."""

    residual_limit_mm: float = 0.6  # markers against a flat sheet, root mean square; past it: unreadable
    contrast_floor: int = 60  # grey levels between paper and print; below: poor image
    ink_least: float = 0.08  # darkness from which a pixel is ink, on paper without grain …
    ink_most: float = 0.13  # … and on the grainiest
    marked_above: float = 0.17  # darkest 0.6 mm² from this on: dark enough for a mark; below: doubtful
    mark_extent_mm: float = 1.8  # a mark reaches at least this far
    mark_inside_mm2: float = 0.5  # and covers at least this much inside its frame
    firm_above: float = 0.26  # a mark paler than this must reach further
    firm_extent_mm: float = 3.6
    strokes: float = 1.25  # strokes that a line across a pale mark meets; less: a single stroke
    single_below: float = 0.33  # one stroke alone that is paler than this …
    single_extent_mm: float = 5.0  # … and shorter than this may be hesitation
    single_strokes: float = 1.1
    stub_below: float = 0.4  # a mark paler than this, shorter than this, of hardly more than one stroke …
    stub_extent_mm: float = 3.0  # … is what a spent pen leaves of a cross
    spent_below: float = 0.5  # so is a mark in pieces that is paler than this, …
    spent_mm2: float = 2.5  # … smaller than this …
    spent_share: float = 0.92  # … and whose largest piece holds less than this share of it
    shreds: int = 3  # a mark in so many pieces is of a dry pen, …
    solid_above: float = 0.64  # … unless it is as dark as this and one piece …
    solid_share: float = 0.8  # … holds this share of it: what lies beside it is dust
    whole_share: float = 0.66  # so is one none of whose pieces holds this share of its ink, …
    scattered_below: float = 0.45  # … if it is paler than this and keeps inside the box
    pencil_below: float = 0.34  # a mark paler than this may be of pencil, whose grain leaves gaps
    line_mm: float = 0.55  # a mark all of whose pieces are narrower is a line of the scanner, not a mark
    line_width_mm: float = 1.4  # ink narrower than this …
    line_length_mm: float = 4.2  # … and longer than this, upright or level, is a crease or streak: to people
    hair_below: float = 0.62  # a line paler than this, …
    hair_mm2: float = 4.0  # … smaller than this …
    hair_width_mm: float = 0.33  # … narrower than this …
    hair_width: float = 0.86  # … and than this share of the frames' lines may be a hair
    veil_below: float = 0.25  # ink in a box paler than this …
    veil_edge: float = 0.08  # … whose edges are no steeper (share of its darkness in 0.125 mm) is shade or a smudge
    weak_above: float = 0.15  # a mark from this on may count where its ballot's others are as pale
    usual_below: float = 0.5  # of marks paler than this, …
    usual_rows: int = 4  # … alone in so many rows, and in half of those marked, …
    usual_share: float = 0.75  # … one with this share of their usual darkness is their voter's pencil too
    unlike_share: float = 0.65  # a mark less dark than this share of the ballot's others is of a dry pen, or a hair
    unlike_mean: float = 0.8  # … if all of it is paler than this share of theirs, too
    speck_mm2: float = 0.08  # less ink than this is dirt, …
    speck_mm: float = 0.5  # … and so is a dot smaller than this: no mark and no doubt (a pen's rest is larger)
    dust_share: float = 0.025  # more of a box than this under scattered specks is no dust, …
    dust_specks: int = 4  # … nor is it where there are so many of them …
    dust_specks_share: float = 0.012  # … and they cover more than this: a pale mark falls into such
    trace_share: float = 0.008  # in a row without a mark this much of a box under ink is a doubt
    bilevel_share: float = 0.0015  # in a black and white scan a pencil's cross may leave no more than this of a box
    off_box_mm: float = 1.6  # ink beside the boxes from this size on is a mark in the wrong place
    off_box_mm2: float = 0.22  # … if it holds this much ink
    struck_share: float = 0.62  # coverage from which a box beside another mark is a blacked-out one
    gone_over: float = 2.2  # a frame this much darker than the page's usual ones was drawn over
    traced: float = 1.42  # so was one two of whose sides are this much darker all along
    fitted_share: float = 0.5  # share of boxes whose frames must be found; below: unreadable

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all bounds: what the log of a batch names the profile by."""
        lines = (f"{name}={value!r}" for name, value in values(self).items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


DEFAULT = Profile()

#: What a bound may be set to. Where a bound decides between "nothing" and "something", its careless side is held near
#: the default that the accuracy benchmark was run with; the other side, which only sends more to people, is wider.
#: A bound not named here may differ from its default by a tenth.
LIMITS: dict[str, tuple[float, float]] = {
    "residual_limit_mm": (0.3, 0.6),  # looser: boxes sampled beside their places
    "contrast_floor": (50, 90),  # lower: marks judged in mud; higher: good pages refused
    "ink_least": (0.07, 0.1),  # higher: a pale second mark goes unseen
    "ink_most": (0.12, 0.14),
    "marked_above": (0.15, 0.22),  # lower: rubbed-out pencil counts; higher: every pencil cross goes to people
    "firm_above": (0.24, 0.34),
    "dust_share": (0.02, 0.03),  # higher: scattered ink passes as dust
    "speck_mm2": (0.06, 0.08),  # higher: a pen's rest passes as dirt
    "speck_mm": (0.4, 0.5),
    "bilevel_share": (0.001, 0.002),
    "fitted_share": (0.5, 0.8),  # lower: pages judged whose boxes were hardly found
}


def values(profile: Profile) -> dict[str, float | int]:
    """Every bound by its name, in the order of the fields."""
    return {field.name: getattr(profile, field.name) for field in fields(Profile)}


def limits(name: str) -> tuple[float, float]:
    """Least and greatest value that the bound ``name`` may have."""
    if name in LIMITS:
        return LIMITS[name]
    usual = getattr(DEFAULT, name)
    if isinstance(usual, int):
        return (float(usual), float(usual))
    return (usual * 0.9, usual * 1.1)


def within(name: str, value: float) -> float:
    """``value``, held within the limits of the bound ``name``."""
    low, high = limits(name)
    return min(max(value, low), high)


# ---------------------------------------------------------------- scanner.toml


def to_toml(profile: Profile, measured: Mapping[str, object], date: str) -> str:
    """The text of ``scanner.toml``: every bound with what it means, then what was measured. Comments in the language
    in use. Values of ``measured``: text, numbers, and lists of numbers."""
    lines = [f"# {line}" for line in t("calibrate.toml.head").splitlines()]
    lines += ["", f'format = "{FORMAT}"', f'date = "{date}"', "", "[bounds]"]
    for name, value in values(profile).items():
        low, high = limits(name)
        said = catalogue(language()).get(f"calibrate.bound.{name}", "")
        lines.append(f"# {said + '; ' if said else ''}{_shown(low)} – {_shown(high)}")
        lines.append(f"{name} = {value!r}")
    lines += ["", "[measured]", *(f"# {line}" for line in t("calibrate.toml.measured").splitlines())]
    lines += [f"{name} = {_shown(value)}" for name, value in measured.items()]
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value + 0.0:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_shown(v) for v in value)}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def from_toml(source: str) -> Profile:
    """The profile kept in ``scanner.toml``; a bound that a file of an earlier version does not know keeps its default.

    Raises UsageError: one line with the key and how to mend it.
    """
    bounds = _tables(source)["bounds"]
    if not isinstance(bounds, dict):
        raise UsageError("calibrate.profile.missing", name="bounds")
    known = values(DEFAULT)
    for name in bounds:
        if name not in known:
            raise UsageError("calibrate.profile.unknown", name=name)
    for name, usual in known.items():
        value = bounds.get(name, usual)
        kinds = (int,) if isinstance(usual, int) else (int, float)
        low, high = limits(name)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low - 1e-9 <= value <= high + 1e-9:
            said = "{" if isinstance(value, dict) else repr(value)[:40]
            raise UsageError("calibrate.profile.value", name=name, value=said, low=_shown(low), high=_shown(high))
    given: dict[str, Any] = {name: type(usual)(bounds.get(name, usual)) for name, usual in known.items()}
    return Profile(**given)


def measured_in(source: str) -> dict[str, object]:
    """What was measured, as ``scanner.toml`` keeps it; for information only."""
    found = _tables(source).get("measured")
    return found if isinstance(found, dict) else {}


def _tables(source: str) -> dict[str, object]:
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError("calibrate.profile.broken", why=" ".join(str(fault).split())) from fault
    if tables.get("format") != FORMAT:
        raise UsageError("calibrate.profile.format", found=str(tables.get("format", "–"))[:40], wanted=FORMAT)
    return {"bounds": None, **tables}
