from __future__ import annotations

from dataclasses import replace

import pytest
from review_samples import HEAD, LEVELS, SECOND, THIRD, Sample, busy, layout, regulation

from ballot_scan.records import (
    Ballot,
    BallotRow,
    BallotState,
    CandidateCount,
    FormTally,
    LevelCount,
    RowKind,
    Rule,
    Tally,
)
from ballot_scan.review import pictures
from ballot_scan.review.cases import BALLOT_VERDICTS, DECIDED, DIFFERING, MOOT, WAITING
from ballot_scan.review.effects import TallyChange, tally_changes

UNSURE = ("unsure", (Rule.UNSURE_MARK,))


def test_every_flagged_ballot_and_stopped_page_is_a_case_and_no_other() -> None:
    found = busy().cases()
    assert [(c.key[:5], c.state) for c in found] == [
        ("7K2QM", DIFFERING), ("8AAAA", DECIDED), ("9BBBB", DECIDED), ("CCCCC", WAITING), ("page:", WAITING),
    ]  # fmt: skip
    assert [c.stopped for c in found] == [False] * 4 + [True]


def test_the_order_of_feeding_does_not_show() -> None:
    sample = busy()
    assert sample.cases(ballots=sample.ballots[::-1], pages=sample.pages[::-1]) == sample.cases()


def test_a_row_offers_each_level_and_what_it_would_mean() -> None:
    matter = busy().cases()[0].matters[1]
    assert (matter.row, matter.reading, matter.findings) == (4, "multiple", (Rule.MULTIPLE_ROW,))
    meant = {c.verdict: (c.kind, c.state) for c in matter.choices}
    valid = BallotState.VALID
    assert meant == {
        **dict.fromkeys(LEVELS, (RowKind.LEVEL, valid)),
        "blank": (RowKind.NONE_MARKED, valid),
        "multiple": (RowKind.SEVERAL_MARKED, valid),
        "invalid": (RowKind.OTHER_INVALID, valid),
    }
    assert [(b.level, b.state) for b in matter.boxes] == [("high", "marked"), ("medium", "empty"), ("low", "marked")]


def test_where_the_regulation_lets_a_row_spoil_the_ballot_the_choice_says_so() -> None:
    sample = Sample()
    sample.ballot("A", {1: ("multiple", (Rule.MULTIPLE_ROW,))})
    sample.regulation = regulation(multiple_row="ballot")
    choice = sample.cases()[0].matters[0].choice("multiple")
    assert choice is not None
    assert choice.state is BallotState.INVALID
    assert choice.spoils


def test_a_whole_ballot_finding_offers_valid_invalid_not_counted() -> None:
    matter = busy().cases()[2].matters[0]
    assert tuple(c.verdict for c in matter.choices) == BALLOT_VERDICTS
    assert [c.state.value for c in matter.choices] == list(BALLOT_VERDICTS)
    assert all(c.needs_grounds for c in matter.choices)


@pytest.mark.parametrize(
    ("reading", "free"),
    [("unsure", {*LEVELS, "blank", "multiple"}), ("blank", {"blank"}), ("multiple", {"multiple"}), ("high", {"high"})],
)
def test_grounds_are_needed_where_people_say_other_than_the_machine_read(reading: str, free: set[str]) -> None:
    sample = Sample()
    sample.ballot("A", {1: (reading, (Rule.NAME_STRUCK,))})
    assert {c.verdict for c in sample.cases()[0].matters[0].choices if not c.needs_grounds} == free


def test_differing_opinions_are_both_shown_and_the_row_waits() -> None:
    matter = busy().cases()[0].matters[0]
    assert matter.state == DIFFERING
    assert [(v.member, v.verdict) for v in matter.opinions] == [(HEAD, "medium"), (SECOND, "low")] or [
        (v.member, v.verdict) for v in matter.opinions
    ] == [(SECOND, "low"), (HEAD, "medium")]
    assert matter.decision is None


def test_a_decision_shows_before_and_after_and_a_ballot_that_is_out_needs_no_more() -> None:
    case = busy().cases()[2]
    whole, row = case.matters
    assert (whole.after, whole.decision and whole.decision.members) == ("invalid", tuple(sorted((HEAD, SECOND))))
    assert (row.reading, row.after, row.state) == ("unsure", "", MOOT)
    assert (case.outcome, case.state) == (BallotState.INVALID, DECIDED)


def test_what_was_said_of_an_earlier_scan_does_not_count() -> None:
    sample = Sample()
    ballot = sample.ballot("A", {1: UNSURE})
    sample.say(replace(ballot, digests=("0" * 64,)), "", 1, "high", HEAD)
    sample.say(ballot, "", 1, "high", SECOND)
    assert [v.member for v in sample.cases()[0].matters[0].opinions] == [SECOND]


def test_a_stopped_page_can_only_be_set_aside() -> None:
    sample = Sample()
    page = sample.stop("x.jpg", Rule.FOREIGN_BALLOT, "scan.foreign")
    (case,) = sample.cases()
    (matter,) = case.matters
    assert (matter.rule, [c.verdict for c in matter.choices]) == ("foreign-ballot", ["not-counted"])
    assert (case.digests, case.pages[0].placed) == ((page.reading.sha256,), False)
    for member in (HEAD, THIRD):
        sample.say(
            Ballot("", "", case.key, False, (), digests=case.digests),
            matter.rule,
            None,
            "not-counted",
            member,
            "nơi khác",
        )
    assert sample.cases()[0].state == DECIDED


def test_a_keyed_ballot_has_no_picture_and_one_that_only_waits_for_its_second_keying_is_no_case() -> None:
    sample = Sample()
    rows = (BallotRow(1, "p1", "unsure", (Rule.UNSURE_MARK,)),)
    sample.ballots += [
        Ballot("hall-1", "main", "12", False, rows, digests=("a", "b"), keyed=True),
        Ballot("hall-1", "main", "13", False, (BallotRow(1, "p1", "high"),), keyed=True, waits_for_second=True),
    ]
    (case,) = sample.cases()
    assert (case.key, case.keyed, case.pages, case.matters[0].boxes) == ("12", True, (), ())


def test_evidence_is_asked_for_and_may_be_gone() -> None:
    assert {p.evidence for c in busy().cases(evidence=lambda _: "") for p in c.pages} == {""}


def test_box_shifts_tell_where_the_frame_was_found() -> None:
    sample = Sample()
    sample.ballot("A", {1: UNSURE})
    paper = layout().pages[0]
    rows = {r.row: r for r in sample.pages[0].reading.rows}
    digits = pictures.box_shifts(paper, rows)
    assert len(digits) == 2 * 3 * 4
    assert {(pictures.DIGITS.index(digits[i]) - 31, pictures.DIGITS.index(digits[i + 1]) - 31) for i in (0, 2, 22)} == {
        (3, -2)
    }
    assert pictures.box_states(paper, rows) == "eue" + "mee" * 3
    assert pictures.box_states(paper, {}) == "-" * 12


def test_the_window_of_a_row_holds_name_and_boxes_with_room_for_what_reaches_out() -> None:
    assert pictures.row_window(layout().pages[0].rows[0]) == (20, 55, 162, 17)


def _tally(valid: int, pending: int, votes: int) -> Tally:
    person = CandidateCount(
        "p1", "Người 1", "", valid, 0, 0, 0, 0, pending, (LevelCount("high", votes, ""), LevelCount("low", 1, "")), None
    )
    return Tally("e", (FormTally("hall-1", "main", "r", 5, "collected", None, 5, valid, 0, pending, (person,)),))


def test_what_decisions_change_in_the_tally() -> None:
    assert tally_changes(_tally(4, 1, 3), _tally(5, 0, 4)) == (
        TallyChange("hall-1", "main", "", "ballots-valid", 4, 5),
        TallyChange("hall-1", "main", "", "ballots-pending", 1, 0),
        TallyChange("hall-1", "main", "Người 1", "high", 3, 4),
        TallyChange("hall-1", "main", "Người 1", "pending", 1, 0),
    )
    assert tally_changes(_tally(4, 1, 3), _tally(4, 1, 3)) == ()
