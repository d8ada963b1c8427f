"""Calibrate: from measured scans of the calibration sheet to a verdict in words and the bounds of this scanner.

Bounds begin at the defaults, with which the accuracy benchmark was run, and move only as far as this scanner's
measured grain and tone ask, within ``profile.limits``. A scanner that would need more is not usable as it is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ballot_scan.scan.calibration_measure import MarkGrade, Measured
from ballot_scan.scan.calibration_read import SIDES
from ballot_scan.scan.profile import DEFAULT, Profile, within
from ballot_scan.text import number

GOOD, USABLE, NOT_USABLE = "good", "usable", "not-usable"
_ORDER = (GOOD, USABLE, NOT_USABLE)

_MISSTATED = 0.15  # no print and no scanner is so far off its scale
_CLEAR_OF_EMPTY = 1.6  # marked_above lies so far above the darkest thing in an empty box …
_CLEAR_OF_PENCIL = 0.75  # … and below the palest printed pencil cross
_PART_MM = 40.0  # more of the sheet is missing than any scanner crops: only a part of it was scanned
_CROP_MM, _SHIFT_ALIKE = 0.95, 0.3  # missing at one side, and as much bare beyond the other: the sheet lay shifted
_RINGING = 8.0  # grey levels beside print from which compression shows
_QUALITY = 75  # of a JPEG, which is asked for
_ONE_SETTING = 1.1  # times the lowest resolution: scans further apart are not of one setting
_PENCIL, _PALE = 55, 12  # percent of black of the printed crosses that stand for pencil and for rubbed-out pencil


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a verdict. ``key``: text after ``calibrate.find.``; ``values`` fill it."""

    key: str
    level: str  # GOOD | USABLE | NOT_USABLE
    values: tuple[tuple[str, object], ...] = ()


def overall(findings: Iterable[Finding]) -> str:
    """The worst of the findings."""
    return _ORDER[max((_ORDER.index(f.level) for f in findings), default=0)]


def graded(value: float, usable_from: float, bad_from: float) -> str:
    """GOOD below ``usable_from``, NOT_USABLE from ``bad_from`` on."""
    return NOT_USABLE if value >= bad_from else USABLE if value >= usable_from else GOOD


def _finding(key: str, level: str, **values: object) -> Finding:
    """A finding whose text is ``key`` where all is well, else ``key-bad``."""
    return Finding(key if level == GOOD else f"{key}-bad", level, tuple(values.items()))


# ---------------------------------------------------------------- several scans


def differing(scans: Sequence[Measured]) -> tuple[int, ...]:
    """The resolutions (dpi) of some scans where they are not of one setting, lowest first, else none."""
    found = sorted(round((m.dpi[0] + m.dpi[1]) / 2) for m in scans)
    return tuple(dict.fromkeys(found)) if found and found[-1] > _ONE_SETTING * found[0] else ()


def worst(scans: Sequence[Measured]) -> Measured:
    """Several scans of the sheet as one: means where the scanner is steady, the worst where it is not."""
    first = max(scans, key=lambda m: abs(m.skew_deg))
    if len(scans) == 1:
        return first
    known = [m.scale for m in scans if m.scale is not None]
    scale = (_mean(s[0] for s in known), _mean(s[1] for s in known)) if known else None
    bands = [m.bands for m in scans if m.bands is not None]
    qualities = [m.jpeg_quality for m in scans if m.jpeg_quality is not None]
    percents = [p for p, _ in first.tones]
    return replace(
        first,
        scale=scale,
        dpi=(_mean(m.dpi[0] for m in scans), _mean(m.dpi[1] for m in scans)),
        residual_mm=max(m.residual_mm for m in scans),
        feed_mm=max(m.feed_mm for m in scans),
        markers=min(m.markers for m in scans),
        missing_mm=_sides([m.missing_mm for m in scans]),
        white=_mean(m.white for m in scans),
        black=_mean(m.black for m in scans),
        clipped=max(m.clipped for m in scans),
        noise=max(m.noise for m in scans),
        shade=max(m.shade for m in scans),
        bands=max(bands) if bands else None,
        streaks_mm=_often([m.streaks_mm for m in scans]),
        tones=tuple((p, _mean(dict(m.tones)[p] for m in scans)) for p in percents),
        resolved_mm=(max(m.resolved_mm[0] for m in scans), max(m.resolved_mm[1] for m in scans)),
        edge_mm=max(m.edge_mm for m in scans),
        bilevel=any(m.bilevel for m in scans),
        jpeg_quality=min(qualities) if qualities else None,
        ringing=max(m.ringing for m in scans),
        frames_found=min(m.frames_found for m in scans),
        frame_strength=min(m.frame_strength for m in scans),
        grades=tuple(_grades(scans, g.percent) for g in first.grades),
    )


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _sides(missing: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    top, right, bottom, left = (max(m[i] for m in missing) for i in range(4))
    return (top, right, bottom, left)


def _often(streaks: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Streaks at one place in more than half of the scans: dirt on the glass, not a hair on one sheet."""
    seen = sorted({x for places in streaks for x in places})
    kept: list[float] = []
    for x in seen:
        count = sum(any(abs(x - other) <= 0.6 for other in places) for places in streaks)
        if count > len(streaks) / 2 and not (kept and x - kept[-1] <= 0.6):
            kept.append(x)
    return tuple(kept)


def _grades(scans: Sequence[Measured], percent: int) -> MarkGrade:
    grades = [m.grade(percent) for m in scans]
    return replace(
        grades[0],
        boxes=sum(g.boxes for g in grades),
        marked=sum(g.marked for g in grades),
        empty=sum(g.empty for g in grades),
        coverage=(min(g.coverage[0] for g in grades), max(g.coverage[1] for g in grades)),
        darkest=(min(g.darkest[0] for g in grades), max(g.darkest[1] for g in grades)),
    )


# ---------------------------------------------------------------- verdict


def judge(m: Measured) -> list[Finding]:
    """What the measures mean, with a remedy for each that is not good. Of a part of the sheet only that it is one: what
    is missing would speak against the scanner."""
    missing, side = max(zip(m.missing_mm, SIDES, strict=True))
    if missing >= _PART_MM:
        return [Finding(f"part-{side}", NOT_USABLE, (("mm", missing),))]
    return [*_geometry(m), *_picture(m), *_sensor(m), *_as_read(m)]


def _geometry(m: Measured) -> list[Finding]:
    found = []
    if m.scale is None:
        found.append(Finding("no-dpi", USABLE, (("dpi", round(sum(m.dpi) / 2)),)))
    else:
        off = max(abs(s - 1) for s in m.scale)
        across, down = (s * 100 for s in m.scale)
        if off >= _MISSTATED:
            found.append(Finding("dpi-misstated", NOT_USABLE, (("x", across), ("y", down))))
        else:
            found.append(_finding("scale", graded(off, 0.0105, 0.0205), x=across, y=down))
    dpi = min(m.dpi)
    if dpi < 185:
        found.append(Finding("coarse", graded(185 - dpi, 0.0, 50.0), (("dpi", round(dpi)),)))
    elif dpi > 420:
        found.append(Finding("fine", USABLE, (("dpi", round(dpi)),)))
    found.append(_finding("skew", graded(abs(m.skew_deg), 1.55, 8.0), deg=abs(m.skew_deg)))
    for n, (side, missing) in enumerate(zip(SIDES, m.missing_mm, strict=True)):
        if missing >= _CROP_MM:
            found.append(Finding(f"crop-{side}", graded(missing, 0.0, 6.6), (("mm", missing),)))
            beyond = -m.missing_mm[(n + 2) % 4]
            if beyond >= _CROP_MM and abs(beyond - missing) <= max(_CROP_MM, _SHIFT_ALIKE * missing):
                found.append(Finding(f"shift-{side}", USABLE, (("mm", beyond),)))
    if not any(f.key.startswith("crop-") for f in found):
        found.append(Finding("whole", GOOD))
    if m.markers < 4:
        found.append(Finding("markers", USABLE, (("count", m.markers),)))
    away = max(m.residual_mm, m.feed_mm)
    found.append(_finding("feed", graded(away, 0.4, 2.5), mm=away))
    return found


def _picture(m: Measured) -> list[Finding]:
    found = [_finding("contrast", graded(-m.contrast, -130, -90), white=round(m.white), black=round(m.black))]
    tones = dict(m.tones)
    if m.bilevel:
        found.append(Finding("bilevel", USABLE))
    elif tones[20] < 0.08:
        found.append(Finding("cleaned", NOT_USABLE if tones[30] < 0.1 else USABLE, (("percent", _lost(m)),)))
    else:
        found.append(Finding("tones", GOOD))
    finest = max(m.resolved_mm)
    said = number(finest, ".2f") if finest < 1 else "–"
    found.append(_finding("lines", graded(finest, 0.29, 0.45), mm=said, edge=m.edge_mm))
    if m.edge_mm >= 0.6:
        found.append(Finding("blur", graded(m.edge_mm, 0.6, 0.9), (("mm", m.edge_mm),)))
    if m.jpeg_quality is not None and (m.jpeg_quality < 62 or m.ringing > _RINGING):
        level, shows = graded(-m.jpeg_quality, -100, -35), m.ringing > _RINGING
        values = (("quality", m.jpeg_quality), ("ringing", m.ringing)) if shows else (("quality", m.jpeg_quality),)
        name = "jpeg-low" if not shows else "jpeg" if m.jpeg_quality < _QUALITY else "jpeg-wavers"
        found.append(Finding(name, level, values))
    return found


def _lost(m: Measured) -> int:
    """The darkest printed grey of which nothing is seen."""
    return max((percent for percent, dark in m.tones if dark < 0.05), default=0)


def _sensor(m: Measured) -> list[Finding]:
    relative = m.noise / max(m.contrast, 1.0)
    found = [_finding("noise", graded(relative, 0.03, 0.06), sigma=m.noise)]
    found.append(_finding("shade", graded(m.shade / max(m.contrast, 1.0), 0.06, 0.25), levels=m.shade))
    if m.bands is not None and m.bands >= 4:
        found.append(Finding("bands", graded(m.bands, 4, 20), (("levels", m.bands),)))
    if m.streaks_mm:
        places = ", ".join(f"{x:.0f}" for x in m.streaks_mm[:8]) + (" …" if len(m.streaks_mm) > 8 else "")
        found.append(Finding("streaks", USABLE if len(m.streaks_mm) <= 6 else NOT_USABLE, (("places", places),)))
    return found


def _as_read(m: Measured) -> list[Finding]:
    lost = 1 - m.frames_found
    found = [_finding("frames", graded(lost, 0.02, 0.12), share=m.frames_found * 100)]
    empty, pencil, ink, pale = (m.grade(p) for p in (0, _PENCIL, 100, _PALE))
    wrong = empty.boxes - empty.empty
    level = GOOD if not wrong else NOT_USABLE if empty.marked or wrong > 0.1 * empty.boxes else USABLE
    found.append(_finding("empty", level, wrong=wrong, boxes=empty.boxes))
    level = GOOD if ink.marked == ink.boxes else NOT_USABLE
    found.append(_finding("ink", level, seen=ink.marked, boxes=ink.boxes))
    level = GOOD if pencil.marked == pencil.boxes else USABLE if pencil.empty == 0 else NOT_USABLE
    found.append(_finding("pencil", level, seen=pencil.marked, boxes=pencil.boxes))
    if pale.marked:
        found.append(Finding("pale", USABLE, (("seen", pale.marked), ("boxes", pale.boxes))))
    need = _CLEAR_OF_EMPTY * empty.darkest[1]
    if need > within("marked_above", 1.0):
        found.append(Finding("restless", NOT_USABLE, (("dark", empty.darkest[1] * 100),)))
    return found


# ---------------------------------------------------------------- bounds


def bounds(m: Measured) -> Profile:
    """The bounds for this scanner.

    - ``marked_above`` rises where empty boxes are so dark that the default is not clear of them (more marks go to
      people, none is taken for more than it is); it falls, to 0.15 at most, where the scanner renders printed pencil
      so pale that its crosses would all be doubtful.
    - ``ink_least`` and ``ink_most`` rise with what empty boxes show, by a hundredth at most: higher still, and a
      second mark in pale pencil would go unseen.
    - ``contrast_floor`` is a third of this scanner's contrast: a page below it was not scanned as this sheet was.
    - everything else is about marks and paper, not about the scanner, and stays as tested.
    """
    dark = m.grade(0).darkest[1]
    pencil = m.grade(_PENCIL).darkest[0]
    marked = max(DEFAULT.marked_above, _CLEAR_OF_EMPTY * dark)
    if _CLEAR_OF_PENCIL * pencil < marked:
        marked = max(_CLEAR_OF_PENCIL * pencil, _CLEAR_OF_EMPTY * dark)
    marked = within("marked_above", marked)
    least = within("ink_least", max(DEFAULT.ink_least, 0.9 * dark))
    return replace(
        DEFAULT,
        marked_above=round(marked, 3),
        firm_above=round(within("firm_above", marked * DEFAULT.firm_above / DEFAULT.marked_above), 3),
        ink_least=round(least, 3),
        ink_most=round(within("ink_most", DEFAULT.ink_most + least - DEFAULT.ink_least), 3),
        contrast_floor=int(within("contrast_floor", round(m.contrast / 3))),
    )


def table(m: Measured, scans: int) -> dict[str, object]:
    """The ``[measured]`` table of ``scanner.toml``."""
    found: dict[str, object] = {"scans": scans, "dpi": [round(v, 2) for v in m.dpi], "dpi_stated": m.stated}
    if m.scale is not None:
        found["scale_percent"] = [round(v * 100, 2) for v in m.scale]
    top, right, bottom, left = (round(v, 1) + 0.0 for v in m.missing_mm)
    found |= {
        "skew_deg": round(m.skew_deg, 2),
        "residual_mm": round(m.residual_mm, 3),
        "feed_mm": round(m.feed_mm, 2),
        "missing_mm": [top, right, bottom, left],
        "white": round(m.white, 1),
        "black": round(m.black, 1),
        "contrast": round(m.contrast, 1),
        "white_clipped": round(m.clipped, 3),
        "noise": round(m.noise, 2),
        "shade": round(m.shade, 1),
        "streaks_mm": list(m.streaks_mm),
        "edge_mm": round(m.edge_mm, 3),
        "lines_mm": [round(v, 2) if v < 1 else 9.99 for v in m.resolved_mm],
        "bilevel": m.bilevel,
        "ringing": round(m.ringing, 1),
        "tones": [round(dark, 3) for _, dark in m.tones],
        "frames_found": round(m.frames_found, 3),
        "frame_strength": round(m.frame_strength / 255, 3),
    }
    if m.bands is not None:
        found["bands"] = round(m.bands, 2)
    if m.jpeg_quality is not None:
        found["jpeg_quality"] = m.jpeg_quality
    for grade in m.grades:
        name = f"cross_{grade.percent}" if grade.percent else "empty"
        found[f"{name}_coverage"] = [round(v, 4) for v in grade.coverage]
        found[f"{name}_darkest"] = [round(v, 4) for v in grade.darkest]
    return found
