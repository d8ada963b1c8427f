"""The deck through the scanner: made, printed, scanned by the command; what is read is what was planned."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from helpers.command import Said, assert_one_line, scan_tally
from helpers.paper_marker import DPI, PER_MM, Picture, cross, layout, save
from helpers.small_event import HALL, LEVELS, table, turnout_options

from ballot_scan.day.folder import open_folder
from ballot_scan.paper import ballots, fonts
from ballot_scan.paper.raster import render_pages

POLLS = {"hall": 3, "annex": 2}  # persons


def deck_folder(event: Path, poll: str) -> Path:
    return event / "rehearsal" / "deck" / poll / "main"


def made(event: Path, *options: str) -> Said:
    said = scan_tally("rehearse", "--deck", *options, event=event)
    assert said.code == 0, said.everything
    return said


def deck_pages(event: Path, poll: str) -> list[Picture]:
    return render_pages((deck_folder(event, poll) / "deck.pdf").read_bytes(), DPI)


def scanned(event: Path, pages: dict[str, list[Picture]], batch: str = "deck-1") -> None:
    folder = event.parent / batch
    for poll, pictures in pages.items():
        save(folder, pictures, poll + "-{:02d}.jpg")
    said = scan_tally("scan", folder, "--batch", batch, event=event)
    assert said.code == 0, said.everything


def checked(event: Path, *options: str, lang: str = "en") -> Said:
    return scan_tally("rehearse", "--deck", "--check", *options, event=event, lang=lang)


def test_a_scanned_deck_is_read_as_planned_and_never_counted(event: Path, plain_stack: Path, tmp_path: Path) -> None:
    assert scan_tally("scan", plain_stack, event=event).code == 0
    assert scan_tally("turnout", "--poll", "hall", *turnout_options(collected=12), event=event).code == 0
    official = tmp_path / "official.json"
    assert scan_tally("tally", "--poll", "hall", "--json", official, event=event).code == 0
    before = official.read_bytes()
    said = made(event)
    assert "hall/main: 8 marked ballots, 8 pages, 2 must go to people" in said.out
    scanned(event, {poll: deck_pages(event, poll) for poll in POLLS})

    good = checked(event)
    assert good.code == 0, good.everything
    assert "hall/main: all 24 rows of the deck were read as planned" in good.out
    assert "annex/main: all 16 rows" in good.out
    assert scan_tally("dump", tmp_path / "dump", event=event).code == 0
    readings = {
        (r["ballot"], r["row"]): r for r in table(tmp_path / "dump" / "readings.csv") if r["ballot"].startswith("THU-")
    }
    planned = [line for poll in POLLS for line in table(deck_folder(event, poll) / "plan.csv")]
    assert len(readings) == len(planned) == 8 * sum(POLLS.values())
    for line in planned:
        row = readings[line["ballot"], line["row"]]
        assert (row["candidate"], row["reading"]) == (line["candidate"], line["reading"])
        findings = {"blank": "blank-row", "multiple": "multiple-row"}.get(line["reading"], "")
        assert (row["findings"], row["needs_review"]) == (findings, "true" if findings else "false")

    assert scan_tally("tally", "--poll", "hall", "--json", official, event=event).code == 0
    assert official.read_bytes() == before
    rehearsed = tmp_path / "rehearsed.json"
    scan_tally("tally", "--rehearsal", "--poll", "hall", "--json", rehearsed, event=event)
    (counted,) = json.loads(rehearsed.read_text(encoding="utf-8"))["polls"]
    wanted = json.loads((deck_folder(event, "hall") / "expected.json").read_text(encoding="utf-8"))
    assert (counted["rehearsal"], counted["pending_review"]) == (True, wanted["flagged"])
    for person, hoped in zip(counted["candidates"], wanted["candidates"], strict=True):
        assert person["candidate"] == hoped["candidate"]
        assert {k: {"votes": v["votes"]} for k, v in person["levels"].items()} == hoped["levels"]


def test_a_row_that_differs_is_named_and_a_clean_scan_mends_it(event: Path) -> None:
    made(event, "--poll", "hall")
    plan = table(deck_folder(event, "hall") / "plan.csv")
    codes = list(dict.fromkeys(line["ballot"] for line in plan))
    good = deck_pages(event, "hall")
    bad = [page.copy() for page in good]
    rows = layout(event, "hall")["pages"][0]["rows"]
    other = next(i for i, level in enumerate(LEVELS) if level != plan[0]["reading"])
    cross(bad[0], rows[0]["boxes"][other]["rect_mm"])  # a stray cross on the first row of the first ballot
    x, y, w, h = (round(v * PER_MM) for v in rows[1]["boxes"][LEVELS.index(plan[4]["reading"])]["rect_mm"])
    bad[1][y + 5 : y + h - 5, x + 5 : x + w - 5] = 255  # the mark of the second row of the second ballot lost
    scanned(event, {"hall": bad[:-1]}, "deck-1")  # and the last sheet left in the tray
    said = checked(event, "--poll", "hall")
    assert said.code == 4
    assert said.err.splitlines()[:3] == [
        f"{codes[0]}, row 1 ({HALL[0]}): planned {plan[0]['reading']}, read multiple (flags: Several marked)",
        f"{codes[1]}, row 2 ({HALL[1]}): planned {plan[4]['reading']}, read blank (flags: None marked)",
        f"{codes[7]}: no page of it was read; look for a sheet left out or pulled in with another",
    ]
    assert "hall/main: 3 difference(s) from the plan in 24 rows" in said.err
    vietnamese = checked(event, "--poll", "hall", lang="vi")
    assert vietnamese.code == 4
    assert "dòng 1 (an): đáp án" in vietnamese.err

    assert scan_tally("withdraw", "deck-1", "--reason", "deck", event=event).code == 0
    scanned(event, {"hall": good}, "deck-2")
    assert checked(event, "--poll", "hall").code == 0
    again = [page.copy() for page in good[:1]]
    again[0][:3] = 254
    scanned(event, {"hall": again}, "deck-3")  # the same sheet once more
    twice = checked(event, "--poll", "hall")
    assert twice.code == 4
    assert f"{codes[0]}, page 1: flagged as a whole" in twice.err


def test_a_deck_made_again_is_the_same_deck_until_the_form_changes(event: Path) -> None:
    made(event, "--poll", "hall", "--form", "main")
    assert not deck_folder(event, "annex").exists()
    files = {f.name: f.read_bytes() for f in deck_folder(event, "hall").iterdir()}
    assert sorted(files) == ["deck-note.pdf", "deck.pdf", "expected.csv", "expected.json", "plan.csv"]
    assert "the same codes" in made(event, "--poll", "hall").out
    assert {f.name: f.read_bytes() for f in deck_folder(event, "hall").iterdir()} == files
    text = (event / "event.toml").read_text(encoding="utf-8")
    (event / "event.toml").write_text(text.replace("Trần Thị Bình", "Trần Thị Thanh Bình"), encoding="utf-8")
    assert "the same codes" not in made(event, "--poll", "hall").out
    assert (deck_folder(event, "hall") / "plan.csv").read_bytes() != files["plan.csv"]


@pytest.mark.parametrize(("language", "words"), [("vi", "BỘ PHIẾU THỬ"), ("en", "REHEARSAL DECK")])
def test_the_note_is_one_page_and_names_what_must_be_flagged(event: Path, language: str, words: str) -> None:
    import pypdfium2

    text = (event / "event.toml").read_text(encoding="utf-8")
    text = text.replace('style = "state"', f'style = "state"\nlanguage = "{language}"')
    (event / "event.toml").write_text(text, encoding="utf-8")
    made(event, "--poll", "hall")
    document = pypdfium2.PdfDocument(deck_folder(event, "hall") / "deck-note.pdf")
    try:
        (page,) = [p.get_textpage().get_text_range() for p in document]
    finally:
        document.close()
    assert words in page
    assert "8" in page
    for ballot in {line["ballot"] for line in table(deck_folder(event, "hall") / "plan.csv")}:
        assert ballot in page
    assert "--deck --check --poll hall --form main" in " ".join(page.split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_widest_codes_stand_on_one_line_of_the_note(
    event: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdfium2

    from ballot_scan.rehearsal.deck import DeckBallot

    text = (event / "event.toml").read_text(encoding="utf-8")
    text = text.replace('style = "state"', f'style = "state"\nlanguage = "{language}"')
    (event / "event.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(DeckBallot, "printed", property(lambda _: "THU-WWWWW-WWWWW"))
    made(event, "--poll", "hall")
    document = pypdfium2.PdfDocument(deck_folder(event, "hall") / "deck-note.pdf")
    try:
        (page,) = [p.get_textpage().get_text_range() for p in document]
    finally:
        document.close()
    expected = json.loads((deck_folder(event, "hall") / "expected.json").read_text(encoding="utf-8"))
    assert page.count("THU-WWWWW-WWWWW") == expected["ballots"] > 1


def test_wrong_use_is_told_in_one_line(event: Path) -> None:
    assert_one_line(scan_tally("rehearse", event=event), 2, "--ballots N", "--deck")
    assert_one_line(scan_tally("rehearse", "--check", event=event), 2, "--deck")
    assert_one_line(checked(event), 2, "rehearse --deck")
    said = made(event, "--ballots", "3")
    assert "no use with --deck" in said.err
    unread = checked(event, "--poll", "annex")
    assert unread.code == 4
    assert "annex/main: no page of the deck was read" in unread.err
    (deck_folder(event, "annex") / "plan.csv").write_text("ballot\n", encoding="utf-8")
    assert_one_line(checked(event), 2, "plan.csv", "rehearse --deck")
    assert "2 must go" in made(event, "--poll", "annex").out


def test_no_official_ballot_is_ever_printed_marked(event: Path) -> None:
    folder = open_folder(event)
    poll, form = folder.forms("hall", "main")[0]
    composed = ballots.compose(folder.event, poll, form, folder.regulation, fonts.choose(""))
    marks = {("7K2QM9XFD0", 1): [ballots.PenStroke(((10.0, 10.0), (20.0, 20.0)), 0.45, 0.3)]}
    with pytest.raises(ValueError, match="rehearsal"):
        ballots.write_pdf(io.BytesIO(), composed, ["7K2QM9XFD0"], folder.key(), False, marks)
