"""Keyed files: any bytes are a keying or one named refusal, and what two operators keyed is compared row by row."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ballot_scan import keying
from ballot_scan.errors import ExitCode, UsageError
from ballot_scan.records import BLANK, MULTIPLE, UNSURE, Keying, Rule

PERSONS = ("an", "binh")
LEVELS = ("high", "medium", "low")
CELLS = (*LEVELS, BLANK, MULTIPLE)


def parse(data: bytes, operator: str = "Lan") -> Keying:
    return keying.parse(data, "a.csv", poll="hall", form="main", operator=operator, candidates=PERSONS, levels=LEVELS)


def assert_taken_or_refused_in_one_line(data: bytes) -> None:
    taken: Keying | None = None
    refusal: UsageError | None = None
    try:
        taken = parse(data)
    except UsageError as refused:
        refusal = refused
    if taken is None:
        assert refusal is not None
        assert refusal.exit_code is ExitCode.USAGE
        assert str(refusal).startswith("a.csv")
        assert str(refusal).isprintable()
        return
    assert taken.ballots
    labels = [b.label for b in taken.ballots]
    assert len(set(labels)) == len(labels)
    for ballot in taken.ballots:
        assert [person for person, _ in ballot.choices] == list(PERSONS)
        assert {value for _, value in ballot.choices} <= set(CELLS)


@given(st.binary(max_size=300))
@example(b"\x01\x0b\x00")
@example(b"ballot,an,binh\n1,high,\x0b\x1b[31m\n")
def test_any_bytes_are_a_keying_or_one_refusal(data: bytes) -> None:
    assert_taken_or_refused_in_one_line(data)


@given(st.text(max_size=120), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_under_a_good_header_is_a_keying_or_one_refusal(body: str, encoding: str) -> None:
    assert_taken_or_refused_in_one_line(("ballot,an,binh\n1,high,low\n" + body).encode(encoding, "surrogatepass"))


labels = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8).map(str.strip).filter(bool)
ballots = st.lists(
    st.tuples(labels, st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1, unique_by=lambda b: _nfc(b[0])
)


def _nfc(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text).strip()


@given(
    ballots,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_comes_back_as_keyed(
    rows: list[tuple[str, str, str]], delimiter: str, ending: str, encoding: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending)
    writer.writerow(["ballot", *PERSONS])
    writer.writerows(rows)
    taken = parse(out.getvalue().encode(encoding))
    assert [(b.label, *(v for _, v in b.choices)) for b in taken.ballots] == [(_nfc(r[0]), *r[1:]) for r in rows]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(CELLS, CELLS)))
def test_two_operators_settle_a_row_exactly_when_they_agree(one: str, other: str) -> None:
    taken = [
        parse(f"ballot,an,binh\n7,{value},high\n".encode(), operator) for operator, value in (("A", one), ("B", other))
    ]
    (ballot,) = keying.ballots(taken)
    first, second = ballot.rows
    assert not ballot.waits_for_second
    assert (second.reading, second.settled, second.findings) == ("high", True, ())
    if one == other:
        assert (first.reading, first.settled, first.findings) == (one, True, ())
        assert not ballot.doubtful
    else:
        assert (first.reading, first.settled, first.findings) == (UNSURE, False, (Rule.UNSURE_MARK,))
        assert ballot.doubtful


def test_one_operator_alone_settles_nothing_however_often() -> None:
    data = b"ballot,an,binh\n1,high,low\n"
    for taken in ([parse(data)], [parse(data), parse(data + b"2,low,low\n")]):
        assert all(b.waits_for_second for b in keying.ballots(taken))


def test_a_third_operator_who_differs_opens_the_row_again() -> None:
    alike, differing = b"ballot,an,binh\n1,high,low\n", b"ballot,an,binh\n1,low,low\n"
    (ballot,) = keying.ballots([parse(alike, "A"), parse(alike, "B"), parse(differing, "C")])
    assert [r.settled for r in ballot.rows] == [False, True]
