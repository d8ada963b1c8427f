"""Rules as properties: the order of scanning changes no outcome, and every person's votes add up to the ballots."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan import tally
from ballot_scan.event.model import Candidate
from ballot_scan.event.regulation import load_regulation
from ballot_scan.records import (
    Ballot,
    BallotOutcome,
    BallotRow,
    BallotState,
    Decision,
    FormTally,
    Opinion,
    PageReading,
    PageStatus,
    RowKind,
    RowReading,
    Rule,
    StoredPage,
)
from ballot_scan.rules.ballots import Identity, needs_review, sort_pages
from ballot_scan.rules.outcomes import Settled, decisions, outcome

REGULATION = load_regulation("96-2023-QH15")
LEVELS = tuple(level.id for level in REGULATION.levels)
PERSONS = ("an", "binh", "chi")
CODES = ("AAAAA-00001", "AAAAA-00002", "AAAAA-00003")
ISSUED = frozenset(c.replace("-", "") for c in CODES[:2])
IDENTITY = Identity(ISSUED, {("hall", "main"): 1})
FINDING_OF = {"blank": (Rule.BLANK_ROW,), "multiple": (Rule.MULTIPLE_ROW,), "unsure": (Rule.UNSURE_MARK,)}

UNREAD = [status for status in PageStatus if status is not PageStatus.READ]

readings_of_rows = st.lists(st.sampled_from((*LEVELS, "blank", "multiple", "unsure")), min_size=3, max_size=3)


def read_page(code: str, rows: list[str], sha: str) -> PageReading:
    return PageReading(
        f"{sha}.jpg", 1, sha, PageStatus.READ, "hall", "main", code, 1, genuine=True,
        rows=tuple(
            RowReading(n, person, reading, (), FINDING_OF.get(reading, ()))
            for n, (person, reading) in enumerate(zip(PERSONS, rows, strict=True), start=1)
        ),
    )  # fmt: skip


@st.composite
def stacks(draw: st.DrawFn, codes: tuple[str, ...] = CODES, *, copies: bool = True) -> list[StoredPage]:
    """Pages as fed: some sheets twice, some files twice, some blank or unreadable."""
    kinds = draw(st.lists(st.tuples(st.sampled_from(codes), readings_of_rows), max_size=6))
    pages = [read_page(code, rows, f"{n:064x}") for n, (code, rows) in enumerate(kinds)]
    if not copies:
        pages = list({p.ballot: p for p in pages}.values())
    if copies and pages:
        pages += [replace(p, source="copy-" + p.source) for p in draw(st.lists(st.sampled_from(pages), max_size=2))]
    for n, status in enumerate(
        draw(st.lists(st.sampled_from(sorted(set(PageStatus) - {PageStatus.READ})), max_size=2))
    ):
        pages.append(PageReading(f"x{n}.jpg", 1, f"f{n:063x}", status))
    return [StoredPage(n, "batch-1", page) for n, page in enumerate(pages, start=1)]


def outcomes_of(pages: list[StoredPage], settled: Settled | None = None) -> list[BallotOutcome]:
    ballots = sort_pages(pages, IDENTITY).ballots
    return [outcome(ballot, settled or Settled(()), REGULATION) for ballot in ballots]


def counted(outcomes: list[BallotOutcome]) -> FormTally:
    return tally.form_tally(
        poll="hall", form="main", candidates=[Candidate(id=p, name=p.title()) for p in PERSONS], regulation=REGULATION,
        outcomes=outcomes, turnout=None, deputies=None, only_form=True, equations=(), rehearsal=False,
    )  # fmt: skip


def shuffled(pages: list[StoredPage], order: list[int]) -> list[StoredPage]:
    return [replace(pages[old], id=new) for new, old in enumerate(order, start=1)]


@given(stacks(), st.data())
def test_the_order_of_scanning_changes_no_outcome(pages: list[StoredPage], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(pages))))
    before, after = outcomes_of(pages), outcomes_of(shuffled(pages, order))
    assert sorted(map(str, before)) == sorted(map(str, after))


@given(stacks(), st.data())
def test_the_result_code_is_equal_whatever_the_order(pages: list[StoredPage], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(pages))))
    codes = {tally.result_code("event", [counted(outcomes_of(stack))]) for stack in (pages, shuffled(pages, order))}
    assert len(codes) == 1


@given(stacks(), st.data())
def test_a_duplicate_that_people_let_stand_counts_the_same_whatever_the_order(
    pages: list[StoredPage], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(pages))))
    found = []
    for stack in (pages, shuffled(pages, order)):
        ballots = sort_pages(stack, IDENTITY).ballots
        stands = [
            Decision("hall", "main", b.key, rule.value, None, "valid", "one sheet", ("A", "B"), b.digests)
            for b in ballots
            for rule in b.findings
        ]
        found.append(sorted(map(str, (outcome(b, Settled(stands), REGULATION) for b in ballots))))
    assert found[0] == found[1]


@given(stacks())
def test_every_persons_votes_add_up_to_the_ballots_counted(pages: list[StoredPage]) -> None:
    result = counted(outcomes_of(pages))
    sums = {
        sum(level.votes for level in c.levels) + c.none_marked + c.several_marked + c.other_invalid + c.pending
        for c in result.candidates
    }
    assert sums == {result.valid + result.pending_review}
    for c in result.candidates:
        assert c.valid == sum(level.votes for level in c.levels)
        assert c.invalid == c.none_marked + c.several_marked + c.other_invalid


@given(stacks(CODES[:2], copies=False))
def test_ballots_settled_whole_balance_against_the_valid_ones(pages: list[StoredPage]) -> None:
    ballots = sort_pages(pages, IDENTITY).ballots
    said = [
        Decision("hall", "main", b.key, "", row.row, "high" if row.reading == "unsure" else row.reading, "", ("A", "B"),
                 b.digests)
        for b in ballots
        for row in b.rows
        if row.findings
    ]  # fmt: skip
    result = counted([outcome(b, Settled(said), REGULATION) for b in ballots])
    assert (result.pending_review, result.valid + result.invalid) == (0, len(ballots))
    for c in result.candidates:
        assert c.pending == 0
        assert c.valid + c.invalid == result.valid


@given(stacks())
def test_every_ballot_read_is_in_exactly_one_state_and_every_doubt_waits(pages: list[StoredPage]) -> None:
    arranged = sort_pages(pages, IDENTITY)
    assert len({(b.poll, b.form, b.key) for b in arranged.ballots}) == len(arranged.ballots)
    fed_twice = sorted(i for b in arranged.ballots for i in b.pages)
    assert len(fed_twice) == len(set(fed_twice))
    for ballot in arranged.ballots:
        state = outcome(ballot, Settled(()), REGULATION).state
        assert state is (BallotState.PENDING if ballot.doubtful else BallotState.VALID)


@given(stacks())
def test_every_page_has_its_findings_and_unissued_codes_are_found(pages: list[StoredPage]) -> None:
    arranged = sort_pages(pages, IDENTITY)
    assert arranged.page_findings.keys() == {p.id for p in pages}
    for page in pages:
        found = arranged.page_findings[page.id]
        if Rule.SAME_FILE in found:
            assert not needs_review(page.reading, found)
        elif page.reading.ballot == CODES[2]:
            assert Rule.UNKNOWN_CODE in found
            assert needs_review(page.reading, found)


def ballot(*rows: BallotRow, findings: tuple[Rule, ...] = ()) -> Ballot:
    return Ballot("hall", "main", "K", False, rows, findings, (1,), ("d",))


def opinion(
    member: str, verdict: str, row: int | None = 1, rule: str = "", digests: tuple[str, ...] = ("d",)
) -> Opinion:
    return Opinion("hall", "main", "K", rule, row, verdict, "seen", member, digests)


BLANK_ROW = BallotRow(1, "an", "blank", (Rule.BLANK_ROW,))
PLAIN_ROW = BallotRow(2, "binh", "low")


def test_one_member_decides_nothing_and_two_alike_do() -> None:
    assert decisions([opinion("A", "high")]) == ()
    assert decisions([opinion("A", "high"), opinion("A", "high")]) == ()
    assert decisions([opinion("A", "high"), opinion("B", "low")]) == ()
    (decision,) = decisions([opinion("A", "high"), opinion("B", "low"), opinion("B", "high")])
    assert (decision.verdict, decision.members) == ("high", ("A", "B"))


def test_a_decision_about_other_pages_does_not_hold() -> None:
    old = Settled(decisions([opinion(m, "high", digests=("older",)) for m in "AB"]))
    assert outcome(ballot(BLANK_ROW, PLAIN_ROW), old, REGULATION).state is BallotState.PENDING


def test_a_decided_row_counts_as_decided_and_a_blank_one_spoils_that_row_only() -> None:
    for verdict, kind in (("high", RowKind.LEVEL), ("blank", RowKind.NONE_MARKED), ("invalid", RowKind.OTHER_INVALID)):
        settled = Settled(decisions([opinion(m, verdict) for m in "AB"]))
        result = outcome(ballot(BLANK_ROW, PLAIN_ROW), settled, REGULATION)
        assert result.state is BallotState.VALID
        assert [r.kind for r in result.rows] == [kind, RowKind.LEVEL]


def test_a_regulation_may_let_a_blank_row_spoil_the_whole_ballot() -> None:
    effects = dict(REGULATION.effects)
    effects["blank-row"] = effects["blank-row"].model_copy(update={"scope": "ballot"})
    strict = REGULATION.model_copy(update={"effects": effects})
    settled = Settled(decisions([opinion(m, "blank") for m in "AB"]))
    result = outcome(ballot(BLANK_ROW, PLAIN_ROW), settled, strict)
    assert (result.state, result.grounds) == (BallotState.INVALID, ("blank-row",))
    assert outcome(ballot(BLANK_ROW, PLAIN_ROW), Settled(()), strict).state is BallotState.PENDING


def test_a_finding_on_the_ballot_is_settled_one_by_one() -> None:
    doubtful = ballot(PLAIN_ROW, findings=(Rule.DUPLICATE_BALLOT, Rule.UNKNOWN_CODE))
    one = [opinion(m, "valid", None, "duplicate-ballot") for m in "AB"]
    both = [*one, *(opinion(m, "invalid", None, "unknown-code") for m in "AB")]
    gone = [*one, *(opinion(m, "not-counted", None, "unknown-code") for m in "AB")]
    states = [outcome(doubtful, Settled(decisions(o)), REGULATION).state for o in (one, both, gone)]
    assert states == [BallotState.PENDING, BallotState.INVALID, BallotState.NOT_COUNTED]


@given(st.integers(0, 2000), st.integers(0, 2000))
@settings(max_examples=300)
def test_percent_is_rounded_half_up_to_two_decimals(votes: int, base: int) -> None:
    shown = tally.percent(votes, base)
    if base == 0:
        assert shown == ""
        return
    whole, _, decimals = shown.partition(".")
    assert len(decimals) == 2
    hundredths = int(whole) * 100 + int(decimals)
    exact_twice = 2 * 10000 * votes  # twice the hundredths, times base
    assert (2 * hundredths - 1) * base <= exact_twice < (2 * hundredths + 1) * base


def test_halves_go_up() -> None:
    assert tally.percent(1, 32) == "3.13"  # 3.125
    assert tally.percent(1, 800) == "0.13"  # 0.125
    assert tally.percent(19, 47) == "40.43"


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_thresholds_are_decided_in_integers(low: int, base: int) -> None:
    assert REGULATION.first is not None
    assert REGULATION.second is not None
    assert REGULATION.first.reached(low, base) == (2 * low > base)
    assert REGULATION.second.reached(low, base) == (3 * low >= 2 * base)


def test_only_a_code_of_its_own_tells_that_an_unread_page_was_scanned_again() -> None:
    good = read_page(CODES[0], ["high", "high", "low"], "a" * 64)
    bad = replace(good, source="bad.jpg", sha256="b" * 64, status=PageStatus.UNREADABLE, rows=())
    pages = [StoredPage(1, "batch-1", good), StoredPage(2, "batch-1", bad)]
    assert sort_pages(pages, IDENTITY).stopped == []
    shared = replace(IDENTITY, unique=False)  # the code that was read is every ballot's
    assert [p.reading.source for p in sort_pages(pages, shared).stopped] == ["bad.jpg"]


def test_the_same_name_tells_that_a_page_was_scanned_again_until_names_are_given_anew() -> None:
    row = ["high", "high", "low"]
    bad = replace(read_page("", row, "b" * 64), source="img003.jpg", status=PageStatus.UNREADABLE, rows=())
    again = replace(read_page(CODES[0], row, "a" * 64), source="img003.jpg")
    first = replace(read_page(CODES[1], row, "c" * 64), source="img001.jpg")
    other = replace(read_page(CODES[2], row, "d" * 64), source="img001.jpg")
    pages = [StoredPage(1, "batch-1", first), StoredPage(2, "batch-1", bad), StoredPage(3, "batch-2", again)]
    assert sort_pages(pages, IDENTITY).stopped == []
    renumbered = [*pages, StoredPage(4, "batch-2", other)]  # the scanner began at 1 again: img003 may be any sheet
    assert [p.reading.source for p in sort_pages(renumbered, IDENTITY).stopped] == ["img003.jpg"]


def test_only_a_ballot_of_the_same_code_under_the_same_name_settles_an_unread_page() -> None:
    row = ["high", "high", "low"]
    bad = replace(read_page(CODES[0], row, "b" * 64), source="img003.jpg", status=PageStatus.UNREADABLE, rows=())
    other = replace(read_page(CODES[1], row, "c" * 64), source="img003.jpg")
    nothing = [replace(other, status=status, ballot="", rows=()) for status in UNREAD]
    for later in (other, *nothing):
        found = sort_pages([StoredPage(1, "batch-1", bad), StoredPage(2, "batch-2", later)], IDENTITY)
        assert 1 in {p.id for p in found.stopped}, later
        assert found.waits(StoredPage(1, "batch-1", bad), rehearsing=False)
    same = replace(other, ballot=bad.ballot)
    found = sort_pages([StoredPage(1, "batch-1", bad), StoredPage(2, "batch-2", same)], IDENTITY)
    assert found.stopped == []
    assert not found.waits(StoredPage(1, "batch-1", bad), rehearsing=False)


def test_a_rehearsal_ballot_of_elsewhere_waits_for_people_in_a_rehearsal_only() -> None:
    page = PageReading(
        "t.jpg", 1, "a" * 64, PageStatus.NOT_A_BALLOT, ballot="THU-AAAAA-00009", rehearsal=True,
        findings=(Rule.FOREIGN_BALLOT,),
    )  # fmt: skip
    fed = StoredPage(1, "batch-1", page)
    found = sort_pages([fed], IDENTITY)
    assert (found.waits(fed, rehearsing=True), found.waits(fed, rehearsing=False)) == (True, False)
