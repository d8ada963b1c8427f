"""Explained: what the reader saw of a page, as one HTML file that holds its pictures and needs nothing else.

Every state has a colour and a dash of its own, so that it can be told without seeing colours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any

import cv2
import jinja2
from markupsafe import Markup

from ballot_scan import text
from ballot_scan.records import InkPlace, Rule
from ballot_scan.scan.explain import BoxSight, Quad, RowSight, Shape, Sight
from ballot_scan.scan.pictures import Grey
from ballot_scan.scan.profile import Profile

_CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")  # of marker ids 0-3
_LEGEND = (
    "marker", "code", "lost", "marked", "unsure", "empty", "printed", "frame", "streak", "crease", "ink",
)  # fmt: skip
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Beyond:
    """A finding that the page alone does not show, with the other pages it is about: file and page of it."""

    rule: Rule
    others: tuple[str, ...] = ()
    note: str = ""  # text key and figures


@dataclass(frozen=True, slots=True)
class About:
    """What the page says of itself: the scan, and names of the event's own."""

    source: str
    page: int
    pages: int
    sha256: str
    poll: str
    form: str
    levels: Mapping[str, str]  # level id → as it stands over its column
    profile: str  # name of the bounds in use
    known: bool = False  # it was scanned into the event, too
    beyond: tuple[Beyond, ...] = ()  # what other pages of the event tell of it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what there is to say of a page; ``style``: the state or kind whose colour marks it, or ""."""

    words: str
    style: str = ""
    large: bool = False


def lines(sight: Sight, profile: Profile, about: About) -> Iterator[Line]:
    """What there is to say of a page beside its picture: its status, why it is flagged, row by row, and the bounds."""
    yield Line(text.t("explain.of", None, source=about.source, page=about.page, pages=about.pages), large=True)
    yield Line(text.t(f"explain.status.{sight.reading.status.value}"), large=True)
    if reason := text.stored(sight.reading.reason):
        yield Line(reason, "lost")
    told = [_finding(rule) for rule in sight.reading.findings] + [_beyond(found) for found in about.beyond]
    for finding in told:
        yield Line(f"{finding['name']} – {finding['why']}", "unsure")
    if not told and not sight.reading.reason:
        yield Line(text.t("explain.page-plain"))
    for row in sight.rows:
        if found := [_finding(rule, row, about) for rule in row.reading.findings]:
            why = "; ".join(f"{finding['name']} – {finding['why']}" for finding in found)
            yield Line(f"{row.reading.row}. {row.name}: {_reading(row, about)}. {why}", "unsure")
    if sight.rows and not any(row.reading.findings for row in sight.rows):
        yield Line(text.t("explain.rows-plain", None, rows=len(sight.rows)))
    drawn = {shape["style"] for shape in _shapes(sight, about)}
    for style in _LEGEND:
        if style in drawn:
            yield Line(text.t(f"explain.legend.{style}"), style)
    if sight.rows:
        yield Line(_with_bounds("explain.limits", profile))
    yield Line(text.t("explain.known" if about.known else "explain.alone"))


def page(sight: Sight, profile: Profile, about: About) -> str:
    """The whole page as HTML, in the language in use."""
    style = resources.files("ballot_scan.review").joinpath("static", "explain.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rows = [_row(row, profile, about) for row in sight.rows]
    return _template().render(
        lang=text.language(),
        t=lambda key, **values: text.t(f"explain.{key}", None, **values),
        style=Markup(style),  # noqa: S704 - a file of this package
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        sight=sight,
        about=about,
        status=text.t(f"explain.status.{sight.reading.status.value}"),
        reason=text.stored(sight.reading.reason),
        findings=[_finding(rule) for rule in sight.reading.findings],
        beyond=[_beyond(found) for found in about.beyond],
        facts=list(_facts(sight, profile)),
        width=sight.picture.shape[1],
        height=sight.picture.shape[0],
        picture=_picture(sight.picture),
        shapes=list(_shapes(sight, about)),
        legend=_LEGEND,
        rows=rows,
        flagged=[row for row in rows if row["findings"]],
        how=_with_bounds("explain.rows-how", profile),
        bounds=list(_bounds(profile)),
    )


def _template() -> jinja2.Template:
    source = resources.files("ballot_scan.review").joinpath("templates", "explain.html").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)


def _finding(rule: Rule, row: RowSight | None = None, about: About | None = None) -> dict[str, str]:
    """A finding and why it was made: an unclear mark box by box, where they tell."""
    why = text.t(f"review.rule.{rule.value}.why")
    if rule is Rule.UNSURE_MARK and row is not None and about is not None:
        told = (f"{about.levels.get(box.level, box.level)}: {_doubts(box)}" for box in row.boxes if box.doubts)
        why = "; ".join(told) or why
    return {"name": text.t(f"review.rule.{rule.value}.name"), "why": why}


def _beyond(found: Beyond) -> dict[str, str]:
    """A finding in words, with what else is known of it and the pages it is about."""
    told = _finding(found.rule)
    others = text.t("explain.others", None, pages=", ".join(found.others)) if found.others else ""
    return {**told, "why": " ".join(part for part in (told["why"], text.stored(found.note), others) if part)}


def _doubts(box: BoxSight) -> str:
    return ", ".join(text.t(f"review.doubt.{doubt.value}") for doubt in box.doubts)


def _picture(grey: Grey) -> str:
    """A picture as a data URI."""
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


# ---------------------------------------------------------------- the whole page


def _facts(sight: Sight, profile: Profile) -> Iterator[tuple[str, str, bool]]:
    """What was found of the sheet: name, value, whether it is as it should be."""

    def fact(name: str, good: bool, /, **values: object) -> tuple[str, str, bool]:
        return text.t(f"explain.fact.{name}"), text.t(f"explain.fact.{name}-is", None, **values), good

    reading = sight.reading
    there = [text.t(f"explain.corner.{_CORNERS[int(m.name)]}") for m in sight.markers if m.state == "found"]
    missing = [text.t(f"explain.corner.{_CORNERS[int(m.name)]}") for m in sight.markers if m.state == "missing"]
    yield fact(
        "markers", not missing, count=len(there), found=", ".join(there) or "–", missing=", ".join(missing) or "–"
    )
    read = sum(code.state == "found" for code in sight.codes)
    yield fact("codes", bool(sight.codes) and read == len(sight.codes), read=read, ballot=reading.ballot or "–")
    if reading.residual_mm is not None:
        good = reading.residual_mm <= profile.residual_limit_mm
        yield fact("residual", good, mm=text.number(reading.residual_mm, ".3f"), limit=profile.residual_limit_mm)
    if sight.fitted_share is not None:
        good = sight.fitted_share >= profile.fitted_share
        yield fact("frames", good, share=_percent(sight.fitted_share), least=_percent(profile.fitted_share))
    if sight.contrast is not None:
        yield fact(
            "contrast",
            sight.contrast >= profile.contrast_floor,
            grey=round(sight.contrast),
            least=profile.contrast_floor,
        )
    if sight.turn_deg is not None:
        yield fact("turn", True, degrees=text.number(sight.turn_deg, "+.2f"))
    if sight.bowed:
        yield fact("bowed", True)
    if sight.rows:
        across = max((s.name for s in sight.streaks), key=float, default="")
        yield fact("streaks" if sight.streaks else "no-streaks", True, count=len(sight.streaks), mm=across)
        yield fact("creases" if sight.creases else "no-creases", True, count=len(sight.creases))
    if reading.elsewhere:
        yield fact("ink", False, places="; ".join(_ink(place) for place in reading.elsewhere))
    width, height = sight.size_px
    yield fact("size", True, width=width, height=height)
    if sight.dpi is not None:
        yield fact("dpi", True, dpi=round(sight.dpi))


def _shapes(sight: Sight, about: About) -> Iterator[dict[str, str]]:
    """Everything drawn over the picture of the whole page, as polygons and lines."""
    for streak in sight.streaks:
        yield _shape(streak, "streak", text.t("explain.legend.streak"))
    for crease in sight.creases:
        yield _shape(crease, "crease", text.t("explain.legend.crease"))
    for box in sight.boxes:
        yield _shape(box, box.state, about.levels.get(box.name, text.t(f"explain.legend.{box.state}")))
    for shape, place in zip(sight.elsewhere, sight.reading.elsewhere, strict=False):
        yield _shape(shape, "ink", _ink(place))
    for code in sight.codes:
        yield _shape(code, "code" if code.state == "found" else "lost", text.t("explain.legend.code"))
    for marker in sight.markers:
        if marker.quad:
            name = text.t(f"explain.corner.{_CORNERS[int(marker.name)]}")
            yield _shape(marker, "marker" if marker.state == "found" else "lost", name)


def _ink(place: InkPlace) -> str:
    """A place of ink off the boxes in words, with its size, as the review page says it."""
    width, height = (max(1, int(v + 0.5)) for v in place.rect_mm[2:])
    key = "review.page.ink.struck" if place.row else "review.page.ink.writing"
    return text.t(key, None, row=place.row, width=width, height=height)


def _shape(shape: Shape, style: str, title: str) -> dict[str, str]:
    return {"points": _points(shape.quad), "style": style, "title": title}


def _points(quad: Quad) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in quad)


# ---------------------------------------------------------------- rows


def _row(row: RowSight, profile: Profile, about: About) -> dict[str, Any]:
    height, width = row.scanned.shape
    return {
        "number": row.reading.row,
        "name": row.name,
        "reading": _reading(row, about),
        "findings": [_finding(rule, row, about) for rule in row.reading.findings],
        "width": width,
        "height": height,
        "scanned": _picture(row.scanned),
        "judged": _picture(row.judged),
        "boxes": [_box(box, profile, about) for box in row.boxes],
    }


def _reading(row: RowSight, about: About) -> str:
    """What was read of a row, in words."""
    reading = row.reading.reading
    return about.levels.get(reading) or (text.t(f"explain.reading.{reading}") if reading else "–")


def _box(box: BoxSight, profile: Profile, about: About) -> dict[str, Any]:
    x, y, w, _ = box.fitted_px
    return {
        "level": about.levels.get(box.level, box.level),
        "state": box.state,
        "said": text.t(f"explain.state.{box.state}"),
        "coverage": _percent(box.coverage, 1),
        "coverage_bar": _bar(box.coverage**0.5, [profile.dust_share**0.5, profile.struck_share**0.5]),
        "darkest": text.number(box.darkest, ".2f"),
        "darkest_bar": _bar(box.darkest, [profile.marked_above, profile.firm_above]),
        "frame": text.t(f"explain.frame.{box.frame}"),
        "why": _why(box, profile),
        "printed": dict(zip("xywh", box.printed_px, strict=True)),
        "fitted": dict(zip("xywh", box.fitted_px, strict=True)),
        "label": {"x": round(x + w / 2, 1), "y": round(y - 6, 1)},
    }


def _with_bounds(key: str, profile: Profile) -> str:
    """A text that names the bounds which coverage and darkness are held against."""
    percents = {"dust": _percent(profile.dust_share), "struck": _percent(profile.struck_share)}
    return text.t(key, None, dark=profile.marked_above, firm=profile.firm_above, **percents)


def _percent(share: float, digits: int = 0) -> str:
    """E.g. ``62 %``; without ``digits`` as many as the share has."""
    return text.number(100 * share, f".{digits}f" if digits else ".3g") + " %"


def _bar(value: float, bounds: list[float]) -> dict[str, Any]:
    """A bar of 100 units, with ticks at the bounds."""
    return {"length": round(100 * min(max(value, 0.0), 1.0), 1), "ticks": [round(100 * b, 1) for b in bounds]}


def _why(box: BoxSight, profile: Profile) -> str:
    """What explains the state of a box, in words."""
    if box.doubts:
        return _doubts(box)
    solid = box.state == "marked" and box.coverage >= profile.struck_share
    return text.t(f"explain.why.{'solid' if solid else box.state}")


def _bounds(profile: Profile) -> Iterator[tuple[str, str, str]]:
    """Every bound of the profile: name, value, what it is for (where a text says so)."""
    known = text.catalogue("en")
    for bound in fields(profile):
        key = f"calibrate.bound.{bound.name}"
        yield bound.name, f"{getattr(profile, bound.name):g}", text.t(key) if key in known else ""
