"""Where are we: every step of a poll, what blocks it, and the command that comes next, through the whole day."""

from __future__ import annotations

from pathlib import Path

from helpers.command import scan_tally
from helpers.records import log, tree
from helpers.small_event import HALL, turnout_options, write_event, write_keying
from helpers.team import HEAD, SECRETARY, both_decide, count_box, decide

STEPS = ("ballots printed", "box counted by hand", "ballots taken in", "nothing waits", "closed", "bundle exported")
SETTLED = {"binh:blank": "blank", "binh:multiple": "low"}


def status(event: Path, poll: str = "hall") -> tuple[dict[str, str], str, str]:
    """One poll's steps with their states, the notes, and what comes next."""
    said = scan_tally("status", event=event)
    assert said.code == 0, said.everything
    part = said.out.split(f"\n{poll}: ")[1].split("\nnext: ")
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in part[0].splitlines() if line.startswith("│")]
    states = {name.split(":")[0]: state for name, state, _ in cells if name}
    assert tuple(states) == STEPS
    notes = "\n".join(note for *_, note in cells)
    return states, notes, part[1].splitlines()[0]


def done(states: dict[str, str]) -> int:
    """How many steps from the first are done, one after the other."""
    every = list(states.values())
    return next((i for i, state in enumerate(every) if state != "done"), len(every))


def test_the_day_from_nothing_to_the_verified_bundle(tmp_path: Path, plain_stack: Path, printed_event: Path) -> None:
    unprinted = write_event(tmp_path / "new")
    states, _, after = status(unprinted)
    assert (done(states), after) == (0, "scan-tally print --poll hall")
    states, notes, after = status(printed_event)
    assert (done(states), after) == (1, "scan-tally turnout --poll hall …")
    assert "12 ballots" in notes


def test_a_day_without_doubt(event: Path, plain_stack: Path) -> None:
    count_box(event, 12)
    states, notes, after = status(event)
    assert (done(states), after) == (2, "scan-tally scan PATH")
    assert "12 ballots in the box" in notes

    first = sorted(plain_stack.iterdir())[0]
    assert scan_tally("scan", first, event=event).code == 0
    states, notes, after = status(event)
    assert (states["ballots taken in"], after) == ("blocked", "scan-tally scan PATH")
    assert "12 ballots collected, but 1 read" in notes

    assert scan_tally("scan", plain_stack, event=event).code == 0
    states, _, after = status(event)
    assert (done(states), after) == (4, "scan-tally close --poll hall")

    assert scan_tally("close", "--poll", "hall", event=event).code == 0
    code = scan_tally("tally", "--poll", "hall", event=event).out.split("result code: ")[1].split()[0]
    states, notes, after = status(event)
    assert (done(states), after) == (5, "scan-tally export")
    assert f"result code {code}" in notes

    assert scan_tally("export", event=event).code == 0
    states, notes, after = status(event)
    assert (done(states), after) == (6, "scan-tally verify export/hdnd-thu.zip --allow-unsigned")
    assert scan_tally("verify", event / "export" / "hdnd-thu.zip", "--allow-unsigned").code == 0


def test_what_waits_for_people_goes_by_review_and_two_files(doubtful: Path) -> None:
    states, notes, after = status(doubtful)
    assert (states["nothing waits"], after) == ("blocked", "scan-tally review")
    assert "2 ballot(s) wait" in notes
    assert scan_tally("review", event=doubtful).code == 0
    assert status(doubtful)[2] == "scan-tally decide FILE.json"
    assert decide(doubtful, HEAD, SETTLED).code == 0
    assert status(doubtful)[2] == "scan-tally decide FILE.json"
    assert decide(doubtful, SECRETARY, SETTLED).code == 0
    states, notes, after = status(doubtful)
    assert (done(states), after) == (4, "scan-tally close --poll hall --team-confirms")
    assert "2 decision(s)" in notes
    assert scan_tally(*after.split()[1:], event=doubtful).code == 0


def test_numbers_that_contradict_each_other_come_before_all_else(clean: Path) -> None:
    options = turnout_options(collected=12, issued=12, printed=15, unused=2)
    assert scan_tally("turnout", "--poll", "hall", *options, event=clean).code == 4
    states, notes, after = status(clean)
    assert (states["box counted by hand"], after) == ("blocked", "scan-tally turnout --poll hall …")
    assert "printed 15, but issued + unused = 14" in notes


def test_more_read_than_collected_leads_to_the_stacks(clean: Path) -> None:
    count_box(clean, 11)
    states, notes, after = status(clean)
    assert (states["ballots taken in"], after) == ("blocked", "scan-tally batches")
    assert "11 ballots collected, but 12 read" in notes


def test_a_page_that_could_not_be_read_is_named(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    assert scan_tally("scan", tmp_path / "broken.jpg", event=clean).code == 3
    states, notes, after = status(clean)
    assert (states["nothing waits"], after) == ("blocked", "scan-tally review")
    assert "broken.jpg:1" in notes


def test_keyed_ballots_wait_for_the_second_operator(tmp_path: Path) -> None:
    event = write_event(tmp_path / "event")
    rows = [(str(i), ("high", "medium", "low")) for i in range(3)]
    file = write_keying(tmp_path / "a.csv", HALL, rows)
    assert scan_tally("key", file, "--poll", "hall", "--form", "main", "--operator", "Lan", event=event).code == 0
    count_box(event, 3)
    assert status(event)[2] == "scan-tally key FILE.csv --poll hall --form main --operator NAME"
    assert scan_tally("key", file, "--poll", "hall", "--form", "main", "--operator", "Minh", event=event).code == 0
    assert status(event)[2] == "scan-tally close --poll hall"


def test_with_another_poll_under_way_the_closed_one_prints_its_papers(closed: Path, annex_stack: list[Path]) -> None:
    assert scan_tally("scan", *annex_stack, event=closed).code == 0
    assert status(closed)[2] == "scan-tally documents --poll hall"
    assert status(closed, "annex")[2] == "scan-tally turnout --poll annex …"


def test_a_bundle_older_than_the_count_is_no_export(closed: Path) -> None:
    assert scan_tally("export", event=closed).code == 0
    options = [word for m in (HEAD, SECRETARY) for word in ("--member", m)]
    assert scan_tally("reopen", "--poll", "hall", *options, "--reason", "x", event=closed).code == 0
    states, notes, after = status(closed)
    assert (states["closed"], states["bundle exported"]) == ("open", "open")
    assert "was opened again" in notes
    assert "export again" in notes
    assert after == "scan-tally close --poll hall"


def test_rehearsal_ballots_are_no_step_of_the_day(event: Path) -> None:
    assert scan_tally("rehearse", "--ballots", 2, "--poll", "hall", event=event).code == 0
    assert scan_tally("scan", event / "rehearsal", event=event).code == 0
    count_box(event, 2)
    states, _, after = status(event)
    assert (done(states), after) == (2, "scan-tally scan PATH")
    assert "2 pages are rehearsal ballots" in scan_tally("status", event=event).out


def test_looking_changes_nothing(doubtful: Path) -> None:
    both_decide(doubtful, SETTLED)
    before = log(doubtful), tree(doubtful)
    for lang in ("vi", "en"):
        assert scan_tally("status", event=doubtful, lang=lang).code == 0
    assert (log(doubtful), tree(doubtful)) == before
