"""``codes = "shared"``: all ballots of a form are one paper, and a sheet scanned twice is known by its marks alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.command import scan_tally
from helpers.hands import marked_by, scanned
from helpers.paper_marker import printed_pages
from helpers.records import dumped, hall
from helpers.small_event import write_event

from ballot_scan.paper.layout import from_json
from ballot_scan.rules.lookalikes import LEAST_BOXES


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five voters of one mind and one who marked nothing; the first one's sheet and the blank one are fed twice."""
    event = write_event(tmp_path_factory.mktemp("shared") / "event")
    file = event / "event.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[[poll]]", 'codes = "shared"\n\n[[poll]]', 1), "utf-8")
    said = scan_tally("print", "--poll", "hall", event=event)
    assert said.code == 0, said.everything
    assert "hall/main: all ballots carry the same code" in said.out
    sheets = printed_pages(event, "hall")
    assert (sheets[0] == sheets[5]).all(), "all ballots are one paper"
    page = from_json((event / "ballots/hall/main/layout.json").read_text(encoding="utf-8")).pages[0]
    scans = event / "scans"
    scans.mkdir()
    for name, voter, time in [(f"to-{n}.jpg", n, n) for n in range(1, 6)] + [("lai-1.jpg", 1, 9)]:
        (scans / name).write_bytes(scanned(marked_by(voter, sheets[0], page, (0, 1, 0)), time))
    for name, time in (("trang-1.jpg", 11), ("trang-2.jpg", 12)):
        (scans / name).write_bytes(scanned(sheets[0], time))
    said = scan_tally("scan", scans, "--batch", "stack-1", event=event)
    assert said.code == 0, said.everything
    return event


def test_both_copies_wait_for_people_and_no_other_sheet_does(hour: Path) -> None:
    pages = {Path(p["source"]).name: p["findings"] for p in dumped(hour)}
    assert {name for name, findings in pages.items() if "duplicate-ballot" in findings} == {"to-1.jpg", "lai-1.jpg"}
    assert len(pages) == 8
    assert LEAST_BOXES == 3, "as many marks as the form has rows"


def test_no_ballot_is_taken_out_by_the_finding(hour: Path) -> None:
    found = hall(hour)
    assert found["pending_review"] == 4, "two copies, two blank sheets with doubtful rows"
    assert found["valid"] + found["pending_review"] == 8


@pytest.mark.parametrize(
    ("lang", "says", "twin"),
    [
        ("vi", "Có thể một tờ quét hai lần", "trông giống cùng một tờ"),
        ("en", "Perhaps one sheet twice", "looks like the same sheet"),
    ],
)
def test_the_review_shows_the_sheets_side_by_side(hour: Path, lang: str, says: str, twin: str) -> None:
    assert scan_tally("review", event=hour, lang=lang).code == 0
    content = (hour / "review" / "index.html").read_text(encoding="utf-8")
    data = json.loads(content.split('id="data">')[1].split("</script>")[0])
    assert data["rules"]["duplicate-ballot"]["name"] == says
    assert data["text"]["sheet.twin"] == twin
    beside = [
        [(Path(page["n"]).name, page.get("j", 0), bool(page.get("e"))) for page in case["g"]]
        for case in data["cases"]
        if any(m.get("u") == "duplicate-ballot" for m in case["m"])
    ]
    assert sorted(beside) == [
        [("lai-1.jpg", 0, True), ("to-1.jpg", 1, True)],
        [("to-1.jpg", 0, True), ("lai-1.jpg", 1, True)],
    ]


@pytest.mark.parametrize(("lang", "says"), [("vi", "dưới ba dấu"), ("en", "fewer than three")])
def test_status_says_what_is_not_found(hour: Path, lang: str, says: str) -> None:
    said = scan_tally("status", event=hour, lang=lang)
    assert says in said.out
    assert said.err == ""


def test_with_unique_codes_status_says_nothing_of_it(printed_event: Path) -> None:
    assert "fewer than three" not in scan_tally("status", event=printed_event).out
