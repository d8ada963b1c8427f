"""Geometry of a printed form, shared by printer and reader: ``layout.json``, format ``ballot-layout/1``.

Origin top left, x right, y down, millimetres; a rect is ``(x, y, width, height)`` of the printed frame's
outer edge (fiducial: its black square; name: the printed name without the position).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

FORMAT = "ballot-layout/1"
CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")  # fiducial ids 0-3, clockwise
Rect = tuple[float, float, float, float]


class LayoutError(ValueError):
    """A text that is no layout of this format."""


@dataclass(frozen=True, slots=True)
class FiducialMark:
    """ArUco marker DICT_4X4_50 of id ``id``; ``rect_mm`` is its black square."""

    id: int
    corner: str
    rect_mm: Rect


@dataclass(frozen=True, slots=True)
class Box:
    level: str
    rect_mm: Rect


@dataclass(frozen=True, slots=True)
class ContestRow:
    """One person's row. ``row`` counts through the form, over its pages, from 1."""

    row: int
    candidate: str
    name: str
    name_rect_mm: Rect
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class PageLayout:
    page: int
    fiducials: tuple[FiducialMark, ...]
    code_rects_mm: tuple[Rect, ...]
    rows: tuple[ContestRow, ...]
    seal_rect_mm: Rect | None = None
    signature_rect_mm: Rect | None = None
    comment_rect_mm: Rect | None = None

    @property
    def private_rects_mm(self) -> list[Rect]:
        """Places for a signature or a remark: what is written there is shown to nobody."""
        return [rect for rect in (self.signature_rect_mm, self.comment_rect_mm) if rect is not None]


@dataclass(frozen=True, slots=True)
class FormLayout:
    event: str
    poll: str
    form: str
    page_size_mm: tuple[float, float]
    levels: tuple[str, ...]
    pages: tuple[PageLayout, ...]


def _rect(value: Any) -> Rect:
    x, y, w, h = (float(v) for v in value)
    return (x, y, w, h)


def _optional_rect(value: Any) -> Rect | None:
    return None if value is None else _rect(value)


def _page(raw: dict[str, Any]) -> PageLayout:
    return PageLayout(
        page=int(raw["page"]),
        fiducials=tuple(FiducialMark(int(f["id"]), str(f["corner"]), _rect(f["rect_mm"])) for f in raw["fiducials"]),
        code_rects_mm=tuple(_rect(r) for r in raw["code_rects_mm"]),
        rows=tuple(
            ContestRow(
                row=int(r["row"]),
                candidate=str(r["candidate"]),
                name=str(r["name"]),
                name_rect_mm=_rect(r["name_rect_mm"]),
                boxes=tuple(Box(str(b["level"]), _rect(b["rect_mm"])) for b in r["boxes"]),
            )
            for r in raw["rows"]
        ),
        seal_rect_mm=_optional_rect(raw.get("seal_rect_mm")),
        signature_rect_mm=_optional_rect(raw.get("signature_rect_mm")),
        comment_rect_mm=_optional_rect(raw.get("comment_rect_mm")),
    )


def from_json(source: str) -> FormLayout:
    """Parse ``layout.json``. Raises LayoutError where it is another format or a part is missing."""
    try:
        raw = json.loads(source)
        if raw["format"] != FORMAT:
            raise LayoutError(f"format {raw['format']!r}, expected {FORMAT!r}")
        width, height = (float(v) for v in raw["page_size_mm"])
        return FormLayout(
            event=str(raw["event"]),
            poll=str(raw["poll"]),
            form=str(raw["form"]),
            page_size_mm=(width, height),
            levels=tuple(str(level) for level in raw["levels"]),
            pages=tuple(_page(p) for p in raw["pages"]),
        )
    except LayoutError:
        raise
    except (KeyError, TypeError, ValueError) as fault:
        raise LayoutError(f"not a {FORMAT} file: {fault!r}") from fault


def _numbers(rect: Rect | None) -> list[float] | None:
    return None if rect is None else [round(v, 3) for v in rect]


def to_json(layout: FormLayout) -> str:
    """The text of ``layout.json``: equal layouts give equal bytes."""
    pages = [
        {
            "page": p.page,
            "fiducials": [{"id": f.id, "corner": f.corner, "rect_mm": _numbers(f.rect_mm)} for f in p.fiducials],
            "code_rects_mm": [_numbers(r) for r in p.code_rects_mm],
            "seal_rect_mm": _numbers(p.seal_rect_mm),
            "signature_rect_mm": _numbers(p.signature_rect_mm),
            "comment_rect_mm": _numbers(p.comment_rect_mm),
            "rows": [
                {
                    "row": r.row,
                    "candidate": r.candidate,
                    "name": r.name,
                    "name_rect_mm": _numbers(r.name_rect_mm),
                    "boxes": [{"level": b.level, "rect_mm": _numbers(b.rect_mm)} for b in r.boxes],
                }
                for r in p.rows
            ],
        }
        for p in layout.pages
    ]
    head = {
        "format": FORMAT,
        "event": layout.event,
        "poll": layout.poll,
        "form": layout.form,
        "page_size_mm": list(layout.page_size_mm),
        "levels": list(layout.levels),
        "pages": pages,
    }
    return json.dumps(head, ensure_ascii=False, indent=1) + "\n"
