"""What scanners do to a sheet, as ranges (``ScannerModel``), and what one scan did (``Scan``), drawn from them.

Ordinary scans: skew up to 1.5°, scale within 1 %, JPEG quality 65 and better, noise up to 5. Hard scans go beyond
any of these and have streaks, folds, dark beds and rubbings. Ranges come from scans of real paper: paper grey 227-255,
where drivers clip exactly 255 with no noise at all; noise 0-2.9, phone 3.7; columns of the sensor with gains of their
own, 12 grey levels apart; lines that lean from -3° at the top to +0.8° at the bottom of a sheet that turned while it
was fed; parts of a page longer than others; beds of grey 0-1, 5-20, 50-85 and 255; printed lines at grey 0-60.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballot_scan.rehearsal.chance import Range, between

NONE: Range = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ScannerModel:
    """Ranges are (least, greatest), drawn uniformly; rates are shares of pages, 0-1.

    Angles in degrees, clockwise as seen; ``scale``: scanned length by true length; ``white``: grey of paper, where
    values over 255 clip; ``black``: grey of the blackest print; ``noise``: standard deviation of grey; ``blur_px``:
    sigma; ``feed_mm``: uneven feed; ``lean_deg``: turn of the sheet at the top and the bottom of its feed, of which a
    share of 0.3 to 1 is drawn, either way round.
    """

    name: str = "ordinary"
    dpi: float = 200.0
    rotation_deg: Range = (-1.5, 1.5)
    scale: Range = (0.99, 1.01)
    shift_mm: Range = (-1.5, 1.5)
    upside_down_rate: float = 0.02
    keystone: Range = NONE  # change of width from top to bottom, as a share
    feed_rate: float = 0.25
    feed_mm: Range = (0.0, 0.2)
    lean_rate: float = 0.0
    lean_deg: Range = (-3.0, 1.0)
    margin_mm: Range = (0.0, 1.5)  # scanned beyond the sheet, on each side by itself
    beds: tuple[Range, ...] = ((250.0, 255.0),)
    blur_px: Range = (0.25, 0.75)  # at 200 dpi
    sharpen_rate: float = 0.5
    sharpen: Range = (0.3, 1.2)
    noise: Range = (0.0, 5.0)
    white: Range = (235.0, 295.0)
    black: Range = (0.0, 45.0)
    gamma: Range = (0.85, 1.2)
    band_rate: float = 0.10
    bands: Range = (0.0, 3.0)  # standard deviation of grey between columns
    shade_rate: float = 0.15
    shade: Range = (0.0, 0.03)  # light lost towards one side, as a share
    toner_rate: float = 0.10
    toner: Range = (0.1, 0.4)  # weakness of the print: 1 leaves none
    specks: Range = (0.0, 12.0)  # per page, below 0.45 mm
    show_through_rate: float = 0.02
    show_through: Range = (0.02, 0.06)  # of the other side's contrast
    streak_rate: float = 0.0
    fold_rate: float = 0.0
    rubbing_rate: float = 0.0
    cloud_rate: float = 0.0
    cloud: Range = NONE  # depth of the shadows of crumpled, much handled paper, grey levels
    hair_rate: float = 0.0
    dirt_rate: float = 0.0  # dirt of 0.45-1 mm
    punched_rate: float = 0.0
    torn_rate: float = 0.0
    inked_rate: float = 0.0
    jpeg_quality: Range = (65.0, 95.0)
    bilevel_rate: float = 0.0
    threshold: Range = (165.0, 205.0)


ORDINARY = ScannerModel()
HARD = ScannerModel(
    name="hard",
    rotation_deg=(-4.0, 4.0), scale=(0.98, 1.02), shift_mm=(-3.0, 3.0), upside_down_rate=0.1, keystone=(-0.006, 0.006),
    feed_rate=0.5, feed_mm=(0.1, 0.9), lean_rate=0.15, margin_mm=(0.0, 12.0),
    beds=((0.0, 1.0), (5.0, 20.0), (50.0, 85.0), (245.0, 255.0)),
    blur_px=(0.25, 1.2), sharpen=(0.3, 2.0), noise=(0.0, 8.0), white=(222.0, 290.0), black=(0.0, 60.0),
    gamma=(0.75, 1.3), band_rate=0.3, bands=(2.0, 20.0), shade_rate=0.4, shade=(0.02, 0.12), toner_rate=0.25,
    toner=(0.2, 0.6), specks=(0.0, 60.0), show_through_rate=0.12, show_through=(0.04, 0.18),
    streak_rate=0.3, fold_rate=0.25, rubbing_rate=0.25, cloud_rate=0.15,
    cloud=(2.0, 12.0), hair_rate=0.05, dirt_rate=0.05, punched_rate=0.1,
    torn_rate=0.05, inked_rate=0.03, jpeg_quality=(45.0, 95.0), bilevel_rate=0.08,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan does to its sheet; as in ``ScannerModel``, drawn. A count or strength of 0: not at all."""

    rotation_deg: float = 0.0
    upside_down: bool = False
    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    keystone: float = 0.0
    feed_mm: float = 0.0
    lean_deg: tuple[float, float] = (0.0, 0.0)
    margins_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # left, top, right, bottom
    bed: float = 255.0
    blur_px: float = 0.5
    sharpen: float = 0.0
    noise: float = 0.0
    white: float = 255.0
    black: float = 0.0
    gamma: float = 1.0
    bands: float = 0.0
    shade: float = 0.0
    toner: float = 0.0
    specks: int = 0
    show_through: float = 0.0
    streaks: int = 0
    folds: int = 0
    rubbings: int = 0
    cloud: float = 0.0
    hairs: int = 0
    dirt: int = 0
    punched: bool = False
    torn_mm: float = 0.0
    inked_mm: float = 0.0
    jpeg_quality: int = 90
    threshold: float = 0.0  # of a 1-bit scan; 0: grey

    @property
    def defects(self) -> tuple[str, ...]:
        """Names of what is wrong with this scan, sorted."""
        found = {
            "banded": self.bands > 4, "bilevel": self.threshold > 0, "crumpled": self.cloud > 0,
            "dark-bed": self.bed < 100, "dirt": self.dirt > 0,
            "fold": self.folds > 0, "hair": self.hairs > 0, "inked-corner": self.inked_mm > 0,
            "keystone": abs(self.keystone) > 0.003, "lean": self.lean_deg != (0.0, 0.0), "punched": self.punched,
            "rubbing": self.rubbings > 0, "show-through": self.show_through > 0, "streak": self.streaks > 0,
            "torn-corner": self.torn_mm > 0, "uneven-feed": self.feed_mm > 0.3, "upside-down": self.upside_down,
            "weak-toner": self.toner > 0.4,
        }  # fmt: skip
        return tuple(name for name, there in sorted(found.items()) if there)


def draw_scan(model: ScannerModel, rng: np.random.Generator) -> Scan:
    """One scan by the model. Every draw is made, wanted or not, so that a rate can change without the rest."""

    def sometimes(rate: float, span: Range) -> float:
        hit, value = rng.random() < rate, between(rng, span)
        return value if hit else 0.0

    lean = rng.uniform(0.3, 1.0) * (1 if rng.random() < 0.5 else -1) * (1.0 if rng.random() < model.lean_rate else 0.0)
    bed = model.beds[int(rng.integers(len(model.beds)))]
    few = (1.0, 3.99)
    return Scan(
        rotation_deg=between(rng, model.rotation_deg),
        upside_down=bool(rng.random() < model.upside_down_rate),
        scale_x=between(rng, model.scale),
        scale_y=between(rng, model.scale),
        shift_mm=(between(rng, model.shift_mm), between(rng, model.shift_mm)),
        keystone=between(rng, model.keystone),
        feed_mm=sometimes(model.feed_rate, model.feed_mm),
        lean_deg=(lean * model.lean_deg[0] + 0.0, lean * model.lean_deg[1] + 0.0),
        margins_mm=tuple(between(rng, model.margin_mm) for _ in range(4)),  # type: ignore[arg-type]
        bed=between(rng, bed),
        blur_px=between(rng, model.blur_px) * model.dpi / 200.0,
        sharpen=sometimes(model.sharpen_rate, model.sharpen),
        noise=between(rng, model.noise),
        white=between(rng, model.white),
        black=between(rng, model.black),
        gamma=between(rng, model.gamma),
        bands=sometimes(model.band_rate, model.bands),
        shade=sometimes(model.shade_rate, model.shade),
        toner=sometimes(model.toner_rate, model.toner),
        specks=int(between(rng, model.specks)),
        show_through=sometimes(model.show_through_rate, model.show_through),
        streaks=int(sometimes(model.streak_rate, few)),
        folds=int(sometimes(model.fold_rate, (1.0, 2.99))),
        rubbings=int(sometimes(model.rubbing_rate, (1.0, 4.99))),
        cloud=sometimes(model.cloud_rate, model.cloud),
        hairs=int(sometimes(model.hair_rate, few)),
        dirt=int(sometimes(model.dirt_rate, (1.0, 6.0))),
        punched=bool(rng.random() < model.punched_rate),
        torn_mm=sometimes(model.torn_rate, (8.0, 28.0)),
        inked_mm=sometimes(model.inked_rate, (3.0, 8.0)),
        jpeg_quality=round(between(rng, model.jpeg_quality)),
        threshold=sometimes(model.bilevel_rate, model.threshold),
    )
