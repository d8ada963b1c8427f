"""What is fixed on a sheet of A4 or A5: markers, places of the codes, the 100 mm rule, the foot; sizes of type."""

from __future__ import annotations

from dataclasses import dataclass

from ballot_scan import text
from ballot_scan.paper.drawing import Cells, Line, Mark, Words
from ballot_scan.paper.fonts import FontFamily
from ballot_scan.paper.layout import CORNERS, FiducialMark, Rect
from ballot_scan.paper.markers import ARUCO_CELLS, aruco_cells

EDGE_MM = 9.0  # the markers' distance from the paper's edge; office printers reach at least to 8
MARKER_MM = 9.0  # 1.5 mm a cell
QUIET_MM = 2.5  # white kept around each marker
CODE_MM = 10.0  # 0.5 mm a cell
CODE_GAP_MM = 4.0  # between a marker and the code beside it
RULE_MM = 100.0
TOP_MM = 21.0  # below the upper markers and code


@dataclass(frozen=True, slots=True)
class Sheet:
    """One size of paper: its margins and type. ``bottom_mm``: where what is voted on must end."""

    width_mm: float
    height_mm: float
    side_mm: float
    bottom_mm: float
    rule_y_mm: float
    rule_x_mm: float
    foot_y_mm: float  # baseline of the printed code and the page number
    seal_mm: float  # diameter of the dotted circle
    title_pt: float
    heading_pt: float
    body_pt: float
    small_pt: float
    name_pt: tuple[float, ...]
    position_pt: tuple[float, ...]
    row_mm: tuple[float, ...]  # usual heights of a row, rising: the greatest that needs no more pages is taken
    pitch_mm: dict[int, float]  # between box centres, by number of levels
    number_mm: float  # width of the column of numbers
    columns: bool  # the position has a column of its own

    @property
    def size_mm(self) -> tuple[float, float]:
        return (self.width_mm, self.height_mm)

    @property
    def inner_mm(self) -> float:
        """Width between the margins."""
        return self.width_mm - 2 * self.side_mm

    @property
    def right_mm(self) -> float:
        return self.width_mm - self.side_mm

    def fiducials(self) -> tuple[FiducialMark, ...]:
        """The four markers, ids 0-3 clockwise from the top left."""
        right, low = self.width_mm - EDGE_MM - MARKER_MM, self.height_mm - EDGE_MM - MARKER_MM
        places = ((EDGE_MM, EDGE_MM), (right, EDGE_MM), (right, low), (EDGE_MM, low))
        return tuple(
            FiducialMark(i, corner, (x, y, MARKER_MM, MARKER_MM))
            for i, (corner, (x, y)) in enumerate(zip(CORNERS, places, strict=True))
        )

    def code_rects(self) -> tuple[Rect, ...]:
        """Top right and bottom left, so that no torn corner takes both codes."""
        side = EDGE_MM + MARKER_MM + CODE_GAP_MM
        return (
            (self.width_mm - side - CODE_MM, EDGE_MM, CODE_MM, CODE_MM),
            (side, self.height_mm - EDGE_MM - CODE_MM, CODE_MM, CODE_MM),
        )

    def code_text_mm(self) -> tuple[float, float]:
        """Left end and baseline of the code as people read it, beside the lower Data Matrix."""
        x, _, w, _ = self.code_rects()[1]
        return (x + w + 2.0, self.foot_y_mm)

    def fixed_marks(self, fonts: FontFamily, lang: str, page: int, pages: int) -> list[Mark]:
        """Markers, the rule with its label, and "page n of N"."""
        marks: list[Mark] = [_marker(fiducial) for fiducial in self.fiducials()]
        x, y = self.rule_x_mm, self.rule_y_mm
        marks.append(Line(x, y, x + RULE_MM, y, 0.2))
        for end in (x, x + RULE_MM):  # the rule is measured between the middles of its end ticks
            marks.append(Line(end, y - 1.2, end, y + 1.2, 0.2))
        marks.append(Words(x + RULE_MM / 2, y - 0.9, "100 mm", fonts.regular, 6.5, "centre"))
        right = self.width_mm - EDGE_MM - MARKER_MM - QUIET_MM - 1.0
        label = text.t("paper.page", lang, page=page, pages=pages)
        marks.append(Words(right, self.foot_y_mm, label, fonts.regular, self.small_pt, "right"))
        return marks


def _marker(fiducial: FiducialMark) -> Cells:
    """The black cells of a marker, runs of one line joined."""
    x, y, w, _ = fiducial.rect_mm
    cell = w / ARUCO_CELLS
    rects: list[Rect] = []
    for row, line in enumerate(aruco_cells(fiducial.id)):
        start = None
        for column, black in enumerate([*line, False]):
            if black and start is None:
                start = column
            elif not black and start is not None:
                rects.append((x + start * cell, y + row * cell, (column - start) * cell, cell))
                start = None
    return Cells(tuple(rects))


SHEETS = {
    "A4": Sheet(
        width_mm=210.0, height_mm=297.0, side_mm=12.0, bottom_mm=274.0, rule_y_mm=286.6, rule_x_mm=64.0,
        foot_y_mm=287.5, seal_mm=34.0, title_pt=18.0, heading_pt=12.5, body_pt=12.0, small_pt=8.5,
        name_pt=(13.0, 12.0, 11.0, 10.0, 9.0), position_pt=(11.5, 11.0, 10.5, 10.0, 9.5, 8.5),
        row_mm=(13.2, 15.0, 17.0),
        pitch_mm={2: 27.0, 3: 23.0}, number_mm=10.0, columns=True,
    ),
    "A5": Sheet(
        width_mm=148.0, height_mm=210.0, side_mm=10.0, bottom_mm=183.0, rule_y_mm=187.0, rule_x_mm=24.0,
        foot_y_mm=200.3, seal_mm=30.0, title_pt=15.0, heading_pt=10.0, body_pt=10.0, small_pt=8.0,
        name_pt=(12.0, 11.0, 10.0, 9.0), position_pt=(10.0, 9.5, 9.0, 8.0),
        row_mm=(13.2, 15.0, 17.0),
        pitch_mm={2: 22.0, 3: 18.0}, number_mm=8.0, columns=False,
    ),
}  # fmt: skip
