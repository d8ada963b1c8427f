"""Silent errors that the accuracy benchmark found once: each page must send its row to people for ever after."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ballot_scan.errors import InputError
from ballot_scan.paper import layout
from ballot_scan.records import PageStatus, Rule
from ballot_scan.scan import ink, intake
from ballot_scan.scan.reader import FormBook, read

HERE = (
    Path(__file__).parent / "silent"
)  # pages as scanned (two compressed once more), and the forms as they were printed then
KEY = bytes(range(32))
#: file → the row in question, and what its voter had done
FOUND = {
    "a4-hard-1018978-r10.jpg": (10, "a weak pencil cross beside one in ink, on a banded scan of a leaning sheet"),
    "a4-hard-80017088-r1.jpg": (1, "a second cross in pencil that evening out a banded scan took all but a trace of"),
    "a4-hard-320021101-r1.jpg": (1, "a box blacked out, and of the small cross on the other's frame two ends"),
    "a4-hard-400024519-r10.jpg": (
        10,
        "a box blacked out in pencil, and of the small cross on the other's frame specks",
    ),
    "a4-hard-80001111-r4.jpg": (4, "a second cross in pencil, so pale that it held less ink than a speck"),
    "a4-hard-120000405-r12.jpg": (
        12,
        "a second cross in pencil between bands, evened out with half of the box's frame",
    ),
    "a4-hard-130005489-r10.jpg": (10, "a cross blacked out in pencil, and of the right one hardly anything to be seen"),
    "a4-hard-150022856-r9.jpg": (9, "a second cross in pencil of which the scan kept three pale specks"),
    "a4-hard-170024398-r3.jpg": (
        3,
        "a second cross in pencil, whole and plain to the eye, paler than what counts as ink",
    ),
    "a4-hard-190039292-r12.jpg": (
        12,
        "a second cross in pencil of which evening out a banded scan left one pale speck",
    ),
    "a4-hard-230023770-r6.jpg": (6, "a pale line through the row, dark enough for ink in one of its boxes only"),
    "a4-hard-230028709-r3.jpg": (3, "a small cross at the frame of a banded scan, and a rubbed-out one beside it"),
    "a4-hard-230034179-r10.jpg": (10, "a small second cross at the frame, on a banded scan of a leaning sheet"),
    "a4-hard-270049149-r3.jpg": (
        3,
        "a second cross in pencil of which one pale speck shows, and beside it hardly a line",
    ),
    "a4-hard-680053007-r9.jpg": (
        9,
        "two slashes in pencil, one of them over a corner of its box's frame, which parts it",
    ),
    "a4-hard-g4-1047774-r3.tif": (3, "a pencil cross of which the black and white scan left one dot"),
    "a4-hard-g4-1047805-r4.tif": (4, "the same, a smaller dot"),
    "a4-hard-g4-130020389-r11.tif": (11, "the same, one black pixel"),
    "a4-hard-g4-180007718-r5.tif": (5, "an upright fold over a blank row's box, broken by the black and white scan"),
    "a4-hard-g4-180030959-r10.tif": (
        10,
        "a cross blacked out in pencil, of which the black and white scan left shreds",
    ),
    "a4-hard-g4-180033010-r2.tif": (2, "dots of a smudge in a blank row's box, on a black and white scan in pencil"),
    "a4-hard-g4-250003494-r10.tif": (10, "an upright fold over a blank row's box, broken into three short dashes"),
    "a4-hard-g4-580028025-r2.tif": (
        2,
        "a blank row's box through whose side a bundle of streaks ran, and half was left",
    ),
    "a4-ordinary-g4-1005110-r2.tif": (2, "the same, in an ordinary scan"),
    "a5-hard-9008345-r4.jpg": (4, "a hair in a blank row's box"),
    "a5-hard-g4-1043674-r2.tif": (2, "the same, on a small sheet"),
    "a5-hard-g4-310064776-r3.tif": (3, "what taking out a streak left of it in a blank row's box, in black and white"),
}


def known(paper: str) -> FormBook:
    form = layout.from_json((HERE / f"{paper}.json").read_text(encoding="utf-8"))
    blank = cv2.imdecode(np.fromfile(HERE / f"{paper}-blank.png", np.uint8), cv2.IMREAD_GRAYSCALE)
    assert blank is not None
    blanks = {(form.poll, form.form, 1, False): ink.blank_of(np.asarray(blank, np.uint8), form.pages[0])}
    return FormBook(form.event, (form,), (), KEY, blanks)


@pytest.mark.parametrize("name", FOUND)
def test_a_row_that_once_passed_in_silence_goes_to_people(name: str) -> None:
    ((_, grey),) = intake.pages(name, (HERE / name).read_bytes(), 1, 1)
    assert not isinstance(grey, InputError)
    reading = read(grey, known(name[:2]))
    assert reading.status is PageStatus.READ
    row = reading.rows[FOUND[name][0] - 1]
    told = {Rule.UNSURE_MARK, Rule.MULTIPLE_ROW} | ({Rule.CORRECTED_ROW} if "blacked out" in FOUND[name][1] else set())
    assert told & set(row.findings), FOUND[name][1]


def test_every_page_kept_has_its_test() -> None:
    assert {p.name for p in HERE.iterdir() if p.suffix in (".jpg", ".tif")} == set(FOUND)
