"""The calibration sheet printed, scanned with known faults and measured; what the measures mean; scanner.toml."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import cv2
import numpy as np
import pytest
from helpers import reading
from numpy.typing import NDArray

from ballot_scan.errors import UsageError
from ballot_scan.paper import calibration_sheet, code, fonts, raster
from ballot_scan.rehearsal.scanner import Scan, encode, scan_page
from ballot_scan.scan import calibrate, intake
from ballot_scan.scan.calibration_file import FileFacts, facts
from ballot_scan.scan.calibration_measure import Measured, measure
from ballot_scan.scan.calibration_read import NotTheSheet
from ballot_scan.scan.profile import DEFAULT, Profile, from_toml, limits, measured_in, to_toml, values, within
from ballot_scan.text import LANGUAGES, catalogue, t

Picture = NDArray[np.uint8]
SHEET = calibration_sheet.sheet()


@functools.cache
def printed(dpi: int = 200) -> Picture:
    return raster.render_pages(calibration_sheet.calibration_pdf(fonts.choose(), "vi"), dpi)[0]


def scanned(dpi: int = 200, seed: int = 1, **faults: object) -> Picture:
    """The sheet through the simulated scanner and its file."""
    scan = Scan(**{"jpeg_quality": 92, **faults})  # type: ignore[arg-type]
    picture = scan_page(printed(dpi), scan, np.random.default_rng(seed), dpi=dpi)
    data, suffix = encode(picture, scan, dpi)
    page = next(intake.pages("x" + suffix, data, 1, 1))[1]
    assert not isinstance(page, Exception)
    return page


def measured(page: Picture, dpi: float | None = 200.0, quality: int | None = None) -> Measured:
    return measure(page, SHEET, FileFacts((dpi, dpi) if dpi else None, quality))[0]


def found(m: Measured) -> dict[str, str]:
    return {f.key: f.level for f in calibrate.judge(m) if f.level != calibrate.GOOD}


# ---------------------------------------------------------------- the sheet


def test_nothing_on_the_sheet_lies_on_another_thing_or_beyond_printable_paper() -> None:
    rects = [*(f.rect_mm for f in SHEET.fiducials), *SHEET.code_rects_mm]
    rects += [p.rect_mm for p in SHEET.pairs] + [r for row in SHEET.rows for r in row.rects_mm] + list(SHEET.strips_mm)
    rects += [(*SHEET.fields[i].rect_mm[:2], 83.6, 10.0) for i in (0, 11)]
    for (ax, ay, aw, ah), (bx, by, bw, bh) in itertools.combinations(rects, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
    for x, y, w, h in rects:
        assert min(x, y) >= 8
        assert x + w <= 202
        assert y + h <= 289


def test_the_sheet_shows_what_a_scanner_must_be_asked() -> None:
    assert len({f.percent for f in SHEET.fields}) >= 8
    assert {0, 100} <= {f.percent for f in SHEET.fields}
    for upright in (True, False):
        assert {p.width_mm for p in SHEET.pairs if p.upright is upright} >= {0.15, 0.5}
    assert (SHEET.cross.high_mm, SHEET.cross.wide_mm) == (200.0, 100.0)
    assert {0, 100} < {row.mark for row in SHEET.rows}
    assert code.parse(SHEET.code) is None, "never taken for a ballot"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_strips_of_bare_paper_are_bare_in_both_languages(lang: str) -> None:
    pdf = calibration_sheet.calibration_pdf(fonts.choose(), lang)
    assert pdf == calibration_sheet.calibration_pdf(fonts.choose(), lang)
    page, k = raster.render_pages(pdf, 100)[0], 100 / 25.4
    for x, y, w, h in SHEET.strips_mm:
        strip = page[round(y * k) : round((y + h) * k), round(x * k) : round((x + w) * k)]
        assert (strip < 250).any(axis=0).sum() <= 10  # the upright line of the cross and its ticks


# ---------------------------------------------------------------- measures


@pytest.mark.parametrize(("x", "y", "turn"), [(1.0, 1.0, 0.0), (0.985, 1.008, 1.2), (1.01, 0.99, -3.0)])
def test_scale_and_skew(x: float, y: float, turn: float) -> None:
    m = measured(scanned(scale_x=x, scale_y=y, rotation_deg=turn, margins_mm=(2.0, 2.0, 2.0, 2.0)))
    assert m.scale == (pytest.approx(x, abs=0.002), pytest.approx(y, abs=0.002))
    assert m.skew_deg == pytest.approx(turn, abs=0.1)


@pytest.mark.parametrize("dpi", [150, 300])
def test_another_resolution_is_known_from_the_file_or_guessed_where_it_is_a_usual_one(dpi: int) -> None:
    page = scanned(dpi)
    for stated in (dpi, None):
        m = measured(page, stated)
        assert m.scale == (pytest.approx(1, abs=0.002), pytest.approx(1, abs=0.002))
    assert measured(page, 200.0).scale == (pytest.approx(dpi / 200, rel=0.002),) * 2


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
def test_noise(sigma: float) -> None:
    assert measured(scanned(noise=sigma, white=235.0, jpeg_quality=95)).noise == pytest.approx(sigma, rel=0.3)


@pytest.mark.parametrize(
    ("shift", "side"), [((0.0, -6.0), "top"), ((6.0, 0.0), "right"), ((0.0, 4.0), "bottom"), ((-3.0, 0.0), "left")]
)
def test_a_crop_is_measured_and_named(shift: tuple[float, float], side: str) -> None:
    m = measured(scanned(shift_mm=shift))
    size = max(abs(v) for v in shift)
    assert max(m.missing_mm) == pytest.approx(size, abs=1.0)
    (crop,) = [f for f in calibrate.judge(m) if f.key.startswith("crop")]
    words = t(f"calibrate.find.{crop.key}", "en", **dict(crop.values))
    assert f"crops {size:.0f} mm at the {side}: set the page size" in words


def test_a_sheet_that_lies_shifted_is_told_beside_the_crop_and_a_true_crop_is_not() -> None:
    whole = scanned()
    rows, columns = round(6 / 25.4 * 200), round(9 / 25.4 * 200)
    shifted = np.full_like(whole, 245)
    shifted[:-rows, columns:] = whole[rows:, :-columns]
    assert {k for k in found(measured(shifted)) if k.startswith("shift")} == {"shift-top", "shift-right"}
    assert {k for k in found(measured(whole[rows:])) if "-top" in k or k.startswith("shift")} == {"crop-top"}


@pytest.mark.parametrize("half", [slice(None, 1170), slice(1170, None)])
def test_half_a_sheet_speaks_of_nothing_but_that(half: slice) -> None:
    (part,) = calibrate.judge(measured(scanned()[half]))
    assert part.key in ("part-bottom", "part-top")
    assert part.level == calibrate.NOT_USABLE
    assert "nothing else was judged" in t(f"calibrate.find.{part.key}", "en", **dict(part.values))


def test_a_low_jpeg_quality_speaks_of_what_shows_only_where_it_shows() -> None:
    m = measured(scanned(), quality=45)
    assert found(dataclasses.replace(m, ringing=1.0))["jpeg-low"] == calibrate.USABLE
    assert found(dataclasses.replace(m, ringing=12.0))["jpeg"] == calibrate.USABLE
    enough = found(dataclasses.replace(m, ringing=12.0, jpeg_quality=85))
    assert enough["jpeg-wavers"] == calibrate.USABLE
    assert "jpeg" not in enough, "nobody is asked for a quality that is there"


def test_two_markers_cut_off_still_measure_through_the_code() -> None:
    m = measured(scanned(shift_mm=(0.0, -19.0)))
    assert m.markers == 2
    assert m.missing_mm[0] == pytest.approx(19, abs=1.0)
    assert found(m)["crop-top"] == calibrate.NOT_USABLE


def test_white_black_and_greys() -> None:
    m = measured(scanned(white=240.0, black=30.0))
    assert (m.white, m.black) == (pytest.approx(240, abs=3), pytest.approx(28, abs=4))
    for percent, dark in m.tones:
        assert dark == pytest.approx(min(percent / 88, 1), abs=0.06)


def test_shade_bands_and_a_streak() -> None:
    assert measured(scanned(white=240.0)).shade < 2
    assert measured(scanned(white=240.0, shade=0.1)).shade == pytest.approx(22, abs=6)
    even, banded = measured(scanned(white=240.0)), measured(scanned(white=240.0, bands=3.0, noise=1.0))
    assert even.bands is not None
    assert banded.bands is not None
    assert even.bands < 0.5
    assert banded.bands == pytest.approx(3, rel=0.6)
    page = scanned(white=240.0, noise=2.0)
    page[:, 652:655] = (page[:, 652:655] * 0.85).astype(np.uint8)
    m = measured(page)
    assert m.streaks_mm == (pytest.approx(83, abs=0.3),)
    assert found(m) == {"streaks": calibrate.USABLE}


def test_blur_and_lines() -> None:
    sharp, soft = measured(scanned(blur_px=0.3)), measured(scanned(blur_px=1.8))
    assert sharp.edge_mm < soft.edge_mm
    assert max(sharp.resolved_mm) <= 0.2 < max(soft.resolved_mm)
    coarse = cv2.resize(cv2.resize(printed(), None, fx=0.4, fy=0.4), None, fx=2.5, fy=2.5)
    assert max(measured(np.asarray(coarse, np.uint8)).resolved_mm) > 0.3


def test_boxes_and_marks_are_seen_as_the_reader_sees_them() -> None:
    m = measured(scanned(noise=3.0, white=240.0))
    assert {g.percent: (g.boxes, g.marked) for g in m.grades} == {0: (24, 0), 12: (6, 0), 55: (6, 6), 100: (6, 6)}
    assert m.grade(0).empty == 24
    assert m.grade(0).darkest[1] < DEFAULT.marked_above / 2
    assert m.frames_found == 1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_the_sheet_may_be_fed_any_way_round(quarters: int) -> None:
    m = measured(np.ascontiguousarray(np.rot90(scanned(shift_mm=(0.0, -5.0), noise=1.0), quarters)))
    assert abs(m.skew_deg) < 0.1
    assert m.missing_mm[{1: 3, 2: 2, 3: 1}[quarters]] == pytest.approx(5, abs=0.5)
    assert m.grade(0).empty == 24


def test_other_pictures_are_no_sheet_and_say_why() -> None:
    for page, reason in (
        (np.full((2339, 1654), 250, np.uint8), "markers"),
        (np.ascontiguousarray(printed()[:, ::-1]), "mirrored"),
        (reading.sheet(), "other"),
        (np.zeros((90, 60), np.uint8), "small"),
        (np.random.default_rng(2).integers(0, 255, (900, 700), dtype=np.uint8), "markers"),
    ):
        with pytest.raises(NotTheSheet) as caught:
            measured(page)
        assert caught.value.reason == reason


# ---------------------------------------------------------------- verdict and bounds


def test_a_good_scanner_keeps_the_bounds_that_were_tested() -> None:
    m = measured(scanned(white=246.0, black=15.0, noise=2.0, rotation_deg=0.5, margins_mm=(1.0, 1.0, 1.0, 1.0)))
    assert found(m) == {}
    assert calibrate.bounds(m) == dataclasses.replace(DEFAULT, contrast_floor=calibrate.bounds(m).contrast_floor)


@pytest.mark.parametrize(
    ("faults", "key", "level"),
    [
        ({"scale_x": 0.97, "scale_y": 0.97}, "scale-bad", "not-usable"),
        ({"rotation_deg": 3.0, "margins_mm": (6.0, 6.0, 6.0, 6.0)}, "skew-bad", "usable"),
        ({"white": 120.0, "black": 80.0}, "contrast-bad", "not-usable"),
        ({"white": 300.0}, "cleaned", "usable"),
        ({"white": 420.0}, "cleaned", "not-usable"),
        ({"threshold": 180.0}, "bilevel", "usable"),
        ({"noise": 9.0, "white": 235.0}, "noise-bad", "usable"),
        ({"shade": 0.12, "white": 240.0}, "shade-bad", "usable"),
    ],
)
def test_a_fault_of_the_scanner_has_its_line(faults: dict[str, object], key: str, level: str) -> None:
    m = measured(scanned(**faults))
    assert found(m)[key] == level
    for finding in calibrate.judge(m):
        for lang in LANGUAGES:
            assert t(f"calibrate.find.{finding.key}", lang, **dict(finding.values))


@pytest.mark.parametrize("stated_dpi", [72.0, 96.0, 300.0])
def test_a_resolution_that_the_file_states_wrongly_is_told_as_that(stated_dpi: float) -> None:
    told = found(measured(scanned(white=246.0), stated_dpi))
    assert told["dpi-misstated"] == "not-usable"
    assert "scale-bad" not in told


def with_boxes(m: Measured, empty: float = 0.03, pencil: float = 0.5) -> Measured:
    dark = {0: (0.0, empty), 55: (pencil, 0.9)}
    return dataclasses.replace(
        m, grades=tuple(dataclasses.replace(g, darkest=dark.get(g.percent, g.darkest)) for g in m.grades)
    )


@functools.cache
def plain() -> Measured:
    return measured(scanned(white=246.0, noise=1.0))


def test_restless_empty_boxes_raise_the_bound_and_pale_pencil_lowers_it_within_the_limits() -> None:
    low, high = limits("marked_above")
    assert calibrate.bounds(with_boxes(plain())).marked_above == DEFAULT.marked_above
    raised = calibrate.bounds(with_boxes(plain(), empty=0.12))
    assert DEFAULT.marked_above < raised.marked_above <= high
    assert raised.ink_least > DEFAULT.ink_least
    assert calibrate.bounds(with_boxes(plain(), pencil=0.18)).marked_above == low
    assert found(with_boxes(plain(), empty=0.12)) == {}
    assert found(with_boxes(plain(), empty=0.2)) == {"restless": calibrate.NOT_USABLE}


@pytest.mark.parametrize("empty", [0.0, 0.05, 0.1, 0.15, 0.3, 1.0])
@pytest.mark.parametrize("pencil", [0.0, 0.15, 0.25, 1.0])
def test_no_measure_moves_a_bound_out_of_its_limits(empty: float, pencil: float) -> None:
    profile = calibrate.bounds(with_boxes(plain(), empty, pencil))
    for name, value in values(profile).items():
        low, high = limits(name)
        assert low <= value <= high


def test_the_limits_hold_the_defaults_and_the_careless_side_closely() -> None:
    for name, value in values(DEFAULT).items():
        low, high = limits(name)
        assert low <= value <= high, name
    assert within("ink_least", 1.0) <= 0.1
    assert within("residual_limit_mm", 9.0) <= DEFAULT.residual_limit_mm
    assert within("marked_above", 0.0) >= 0.15


def test_of_several_scans_the_worst_counts() -> None:
    one, two = measured(scanned(noise=1.0, white=240.0)), measured(scanned(noise=5.0, white=240.0, shift_mm=(0, -3.0)))
    both = calibrate.worst([one, two])
    assert both.noise == two.noise
    assert both.missing_mm[0] == two.missing_mm[0]
    assert both.grade(0).boxes == 48
    means = [sum(pair) / 2 for pair in zip(one.scale or (), two.scale or (), strict=True)]
    assert both.scale == pytest.approx(means)


def test_a_hair_on_one_sheet_is_no_streak_of_the_glass() -> None:
    scans = [dataclasses.replace(plain(), streaks_mm=places) for places in ((83.1, 20.0), (82.9,), (83.0, 120.0))]
    assert calibrate.worst(scans).streaks_mm == (82.9,)


# ---------------------------------------------------------------- scanner.toml


@pytest.mark.parametrize("profile", [DEFAULT, Profile(marked_above=0.1873456, contrast_floor=77, ink_least=0.1)])
def test_scanner_toml_keeps_every_bound(profile: Profile) -> None:
    text = to_toml(profile, calibrate.table(plain(), 1), "2026-05-01T08:00:00Z")
    assert from_toml(text) == profile
    assert from_toml(text).digest == profile.digest
    assert measured_in(text)["scans"] == 1
    for name in values(profile):
        assert f"\n{name} = " in text


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("marked_above = 0.17", "marked_above = 0.4"), "bounds.marked_above"),
        (("marked_above = 0.17", "marked_above = 0.05"), "bounds.marked_above"),
        (("marked_above = 0.17", 'marked_above = "0.17"'), "bounds.marked_above"),
        (("marked_above = 0.17", "marked_above = nan"), "bounds.marked_above"),
        (("marked_above = 0.17", "marked_above = true"), "bounds.marked_above"),
        (("contrast_floor = 60", "contrast_floor = 60.5"), "bounds.contrast_floor"),
        (("marked_above = 0.17", "marked_abvoe = 0.17"), "bounds.marked_abvoe"),
        (("[bounds]", "[bonds]"), "bounds"),
        (('"scanner-profile/1"', '"scanner-profile/2"'), "scanner-profile/1"),
        (("[bounds]", "[bounds"), "TOML"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_scanner_toml_is_one_line_with_key_and_remedy(change: tuple[str, str], name: str, lang: str) -> None:
    from ballot_scan import text

    text.use(lang)
    source = to_toml(DEFAULT, {}, "2026-05-01")
    assert change[0] in source
    with pytest.raises(UsageError) as caught:
        from_toml(source.replace(*change))
    said = str(caught.value)
    assert said.startswith("scanner.toml")
    assert name in said
    assert "\n" not in said
    assert "calibrate read" in said or "remove" in said or "bỏ" in said


def test_a_file_of_an_earlier_version_keeps_the_defaults_of_the_bounds_it_does_not_know() -> None:
    profile = dataclasses.replace(DEFAULT, marked_above=0.18)
    source = to_toml(profile, {}, "2026-05-01")
    for name in ("traced", "trace_share", "hair_width"):
        source = "\n".join(line for line in source.split("\n") if not line.startswith(f"{name} = "))
    assert from_toml(source.replace("bilevel_share = 0.0015", "bilevel_share = 0.002")) == dataclasses.replace(
        profile, bilevel_share=0.002
    )


def test_profiles_differ_by_their_digest() -> None:
    assert DEFAULT.digest == Profile().digest
    assert DEFAULT.digest != dataclasses.replace(DEFAULT, marked_above=0.18).digest


# ---------------------------------------------------------------- facts of files


@pytest.mark.parametrize("quality", [30, 50, 75, 95])
def test_jpeg_quality_and_resolution_of_a_file(quality: int) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(printed(100)).save(out, "JPEG", quality=quality, dpi=(200, 200))
    assert facts("x.jpg", out.getvalue()) == FileFacts((200.0, 200.0), quality)
    pdf = io.BytesIO()
    Image.fromarray(printed(100)).save(pdf, "PDF", quality=quality, resolution=150)
    found_there = facts("x.pdf", pdf.getvalue())
    assert found_there.dpi == (pytest.approx(150, abs=0.1), pytest.approx(150, abs=0.1))
    assert found_there.jpeg_quality == quality


def test_a_file_that_says_nothing_or_is_broken_yields_nothing() -> None:
    assert facts("x.png", reading.sheet().tobytes()[:900]) == FileFacts()
    assert facts("x.pdf", b"%PDF-1.4 broken") == FileFacts()
    assert facts("x.jpg", cv2.imencode(".jpg", printed(100))[1].tobytes()).dpi is None


def test_every_bound_in_scanner_toml_is_explained_in_both_languages() -> None:
    for language in LANGUAGES:
        told = catalogue(language)
        assert [name for name in values(DEFAULT) if not told.get(f"calibrate.bound.{name}")] == []
