"""The commands ``calibrate`` on an event, and what the scan makes of ``scanner.toml``."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from helpers.command import assert_one_line, scan_tally
from helpers.paper_marker import Picture, layout, marked, save
from PIL import Image

from ballot_scan.day.calibrating import file_name, scanner_profile
from ballot_scan.day.folder import open_folder
from ballot_scan.day.scanning import scan
from ballot_scan.paper.raster import render_pages
from ballot_scan.rehearsal.scanner import Scan, scan_page
from ballot_scan.scan.profile import DEFAULT


def jpeg(path: Path, page: Picture, dpi: int = 200) -> Path:
    Image.fromarray(page).save(path, "JPEG", quality=88, dpi=(dpi, dpi))
    return path


def sheet(event: Path, target: Path, **faults: object) -> Path:
    """A scan of the event's calibration sheet."""
    pdf = event / "calibration-sheet.pdf"
    if not pdf.exists():
        assert scan_tally("calibrate", "print", event=event).code == 0
    page = render_pages(pdf.read_bytes(), 200)[0]
    scan_of = Scan(**{"white": 245.0, "noise": 1.5, **faults})  # type: ignore[arg-type]
    return jpeg(target, scan_page(page, scan_of, np.random.default_rng(1), dpi=200))


def log(event: Path, kind: str) -> list[tuple[str, dict[str, object]]]:
    with sqlite3.connect(event / "tally.db") as db:
        rows = db.execute("SELECT outcome, detail FROM log WHERE event = ? ORDER BY seq", (kind,)).fetchall()
    db.close()
    return [(outcome, json.loads(detail)) for outcome, detail in rows]


@pytest.mark.parametrize("command", ["print", "read", "blank", "proof"])
def test_each_has_help_with_an_example(command: str) -> None:
    for lang, word in (("en", "Example"), ("vi", "Ví dụ")):
        said = scan_tally("calibrate", command, "--help", lang=lang)
        assert said.code == 0
        assert f"{word}: scan-tally calibrate {command}" in " ".join(said.out.split())


def test_print_and_read_leave_a_profile_that_the_scan_uses_and_logs(
    event: Path, plain_stack: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "new" / "sheet.pdf"
    assert scan_tally("calibrate", "print", elsewhere, event=event).code == 0
    assert elsewhere.read_bytes().startswith(b"%PDF")
    scans = [sheet(event, tmp_path / f"s{i}.jpg", rotation_deg=0.3 * i) for i in range(2)]
    said = scan_tally("calibrate", "read", *scans, event=event)
    assert said.code == 0, said.everything
    assert "The scanner is good" in said.out
    assert "written: " in said.out
    assert (event / "calibration.png").read_bytes().startswith(b"\x89PNG")
    profile, name = scanner_profile(open_folder(event))
    assert name == "scanner.toml"
    ((outcome, detail),) = log(event, "scanner-calibrated")
    assert (outcome, detail["profile"], detail["verdict"]) == ("ok", profile.digest, "good")

    assert scan_tally("scan", plain_stack, "--batch", "Chồng 1", event=event).code == 0
    ((_, detail),) = log(event, "batch-scanned")
    assert (detail["profile"], detail["profile_digest"]) == ("scanner.toml", profile.digest)
    svg = event / "batches" / f"{file_name('Chồng 1')}-scores.svg"
    assert "Chồng 1" in svg.read_text(encoding="utf-8")
    title, legend, *bars = svg.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert "Chồng 1" in title
    assert "marked" in legend
    assert any("#" in bar for bar in bars)
    assert any("." in bar.split("%")[1] for bar in bars)
    (event / "scanner.toml").unlink()
    assert scanner_profile(open_folder(event)) == (DEFAULT, "built-in")


def test_a_scanner_that_is_not_usable_writes_no_profile(event: Path, tmp_path: Path) -> None:
    bad = sheet(event, tmp_path / "bad.jpg", shift_mm=(0.0, -6.0), scale_x=0.97, scale_y=0.97)
    said = scan_tally("calibrate", "read", bad, event=event)
    assert said.code == 5
    assert "this scanner crops 6 mm at the top: set the page size" in said.out
    assert "scale: 97" in said.out
    assert not (event / "scanner.toml").exists()
    assert log(event, "scanner-calibrated")[0][0] == "failed"


def test_scans_of_different_resolutions_are_not_made_one(event: Path, tmp_path: Path) -> None:
    one = sheet(event, tmp_path / "one.jpg")
    with Image.open(one) as picture:
        halved = np.asarray(picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX))
    two = jpeg(tmp_path / "two.jpg", halved, dpi=100)
    assert_one_line(scan_tally("calibrate", "read", one, two, event=event), 2, "100, 200 dpi", "one setting")
    assert not (event / "scanner.toml").exists()


def test_what_is_no_sheet_is_named_and_the_rest_is_read(event: Path, tmp_path: Path) -> None:
    good = sheet(event, tmp_path / "good.jpg")
    white = jpeg(tmp_path / "white.jpg", np.full((2339, 1654), 250, np.uint8))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    said = scan_tally("calibrate", "read", good, white, tmp_path / "broken.jpg", event=event)
    assert said.code == 3
    assert "white.jpg" in said.err
    assert "broken.jpg" in said.err
    assert (event / "scanner.toml").exists()
    assert_one_line(scan_tally("calibrate", "read", white, event=event), 2, "white.jpg", "0 of 4")
    (tmp_path / "empty").mkdir()
    assert_one_line(scan_tally("calibrate", "read", tmp_path / "empty", event=event), 2, "empty")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_scanner_toml_is_read_as_windows_saves_it(event: Path, tmp_path: Path, encoding: str) -> None:
    assert scan_tally("calibrate", "read", sheet(event, tmp_path / "s.jpg"), event=event, lang="vi").code == 0
    path = event / "scanner.toml"
    before = scanner_profile(open_folder(event))
    path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))
    assert scanner_profile(open_folder(event)) == before


def test_a_wrong_scanner_toml_stops_the_scan_in_one_line(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    assert scan_tally("calibrate", "read", sheet(event, tmp_path / "s.jpg"), event=event).code == 0
    path = event / "scanner.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("marked_above = 0.17", "marked_above = 0.9"), "utf-8")
    said = scan_tally("scan", plain_stack, event=event)
    assert_one_line(said, 2, "scanner.toml", "bounds.marked_above", "0.15", "calibrate read")
    assert log(event, "batch-opened") == []


def test_a_white_sheet_is_white_or_not(event: Path, tmp_path: Path) -> None:
    page = np.full((2339, 1654), 245, np.uint8)
    said = scan_tally("calibrate", "blank", jpeg(tmp_path / "w.jpg", page), event=event)
    assert said.code == 0, said.everything
    page[:, 652:655] = 190
    said = scan_tally("calibrate", "blank", jpeg(tmp_path / "d.jpg", page), event=event)
    assert said.code == 5
    assert "dirt on the glass 83 mm from the left: clean it" in said.out
    assert [outcome for outcome, _ in log(event, "white-sheet-scanned")] == ["ok", "failed"]


def test_proof_names_bad_sheets_by_their_code_and_counts_nothing(
    event: Path, hall_pages: list[Picture], tmp_path: Path
) -> None:
    good = tmp_path / "good"
    good.mkdir()
    for n, page in enumerate(hall_pages[:3]):
        jpeg(good / f"{n}.jpg", page)
    said = scan_tally("calibrate", "proof", good, event=event)
    assert said.code == 0, said.everything
    assert "3 sheets checked: all good" in said.out

    bad = tmp_path / "bad"
    bad.mkdir()
    jpeg(bad / "1.jpg", hall_pages[3])
    jpeg(bad / "2.jpg", hall_pages[3])
    small = scan_page(hall_pages[4], Scan(scale_x=0.97, scale_y=0.97), np.random.default_rng(1), dpi=200)
    jpeg(bad / "3.jpg", small)
    form = layout(event, "hall")["pages"][0]
    jpeg(bad / "4.jpg", marked(hall_pages[5], form, ("high", "", "low")))
    said = scan_tally("calibrate", "proof", bad, event=event)
    assert said.code == 5
    assert "4 sheets checked, 3 not good" in said.err
    lines = {n: [line for line in said.out.splitlines() if f"{n}.jpg" in line] for n in (1, 2, 3, 4)}
    assert lines[1] == []
    assert "another page too" in lines[2][0]
    assert "printed at 97.0 %" in lines[3][0]
    assert "rows 1, 3" in lines[4][0]
    with sqlite3.connect(event / "tally.db") as db:
        assert db.execute("SELECT count(*) FROM pages").fetchone() == (0,)
    db.close()


def test_a_ballot_of_an_older_layout_is_not_good_any_more(
    event: Path, hall_pages: list[Picture], tmp_path: Path
) -> None:
    path = event / "event.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Lê Chí", "Lê Văn Chí"), encoding="utf-8")
    assert scan_tally("print", event=event).code == 0
    said = scan_tally("calibrate", "proof", jpeg(tmp_path / "old.jpg", hall_pages[0]), event=event)
    assert said.code == 5
    assert "was not issued, or with an older layout" in said.out


def test_a_scan_tells_drift_while_it_runs_and_scores_at_the_end(
    event: Path, hall_pages: list[Picture], plain_pages: list[Picture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr("ballot_scan.scan.drift.WINDOWS", (3,))
    monkeypatch.setattr("ballot_scan.scan.drift._SIGMA", 1.5)
    form = layout(event, "hall")["pages"][0]
    doubtful = [marked(p, form, ("", "", "")) for p in hall_pages[8:]]
    stack = tmp_path / "stack"
    save(stack, plain_pages[:8] + doubtful)
    heard: list[str] = []
    report = scan(open_folder(event), [str(stack)], batch="s1", workers=1, warn=heard.append)
    assert len(heard) == 1
    assert "trang-09.jpg" in heard[0]
    with open_folder(event).store() as store:
        kept = [json.loads(entry.detail)["changes"] for entry in store.log_entries() if "changes" in entry.detail]
    assert [change["kind"] for change in kept[0]] == ["flagged"]
    assert "trang" not in str(kept), "the log must not tell the order of scanning"
    assert set(kept[0][0]) == {"kind", "before", "now"}
    assert report.scores == event / "batches" / "s1-scores.svg"
    assert report.scores.exists()
    assert report.near == ()


@pytest.mark.parametrize("name", ["batch-1", "Chồng 1", "../x", "con", "a" * 90, "Hội trường/2", "???"])
def test_a_batch_is_a_good_name_of_a_file(name: str) -> None:
    found = file_name(name)
    assert found.isascii()
    assert found == found.lower()
    assert len(found) <= 50
    assert not set(found) & set('/\\:*?"<>|. ')
    assert found not in {"con", "prn", "aux", "nul"}
    assert (found == name) == (name == "batch-1")


def test_a_multi_page_file_is_read_page_by_page(event: Path, tmp_path: Path) -> None:
    pages = [Image.open(sheet(event, tmp_path / f"{n}.jpg", noise=float(n))) for n in (1, 2)]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    (tmp_path / "both.pdf").write_bytes(out.getvalue())
    said = scan_tally("calibrate", "read", tmp_path / "both.pdf", event=event)
    assert said.code == 0, said.everything
    assert "scans = 2" in (event / "scanner.toml").read_text(encoding="utf-8")
