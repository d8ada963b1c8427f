"""Somebody changes what a bundle says and makes the manifest fit: the records, the log or the sums give it away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundle_samples import TEAM, chain, resealed, tokens, usual, waiting

from ballot_scan import tally
from ballot_scan.export.bundle import bundle_files, write_zip
from ballot_scan.export.verify import VerifyReport, verify
from ballot_scan.records import LogHead

Files = dict[str, bytes]
ROWS, BALLOTS = "records/hoi-nghi/main/rows.json", "records/hoi-nghi/main/ballots.json"
WHOLE = "records/hoi-nghi/main/whole.json"


def forged(target: Path, files: Files, name: str, change: Callable[[Any], object]) -> VerifyReport:
    value = json.loads(files[name])
    change(value)
    body = json.dumps(value, ensure_ascii=False).encode()
    return verify(write_zip(target, resealed({**files, name: body})), allow_unsigned=True)


def failures(report: VerifyReport) -> set[str]:
    return {c.name for c in report.checks if not c.ok}


@pytest.fixture
def files() -> Files:
    return bundle_files(usual(), tokens())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "b.zip"


def person(tally_json: Any, number: int = 0) -> Any:
    return tally_json["polls"][0]["candidates"][number]


def swap_votes(t: Any) -> None:
    first, second = person(t)["levels"]["high"], person(t)["levels"]["low"]
    person(t)["levels"].update(high=second, low=first)


TALLY: dict[str, Callable[[Any], object]] = {
    "swapped votes": swap_votes,
    "swapped persons": lambda t: t["polls"][0]["candidates"].reverse(),
    "wrong percent": lambda t: person(t)["levels"]["high"].update(percent="99.99"),
    "percent with a comma": lambda t: person(t)["levels"]["high"].update(percent="62,50"),
    "wrong base": lambda t: t["polls"][0].update(base=9),
    "other base rule": lambda t: t["polls"][0].update(base_rule="valid"),
    "one more valid": lambda t: t["polls"][0].update(valid=8),
    "threshold hidden": lambda t: person(t, 2).update(threshold=None),
    "threshold invented": lambda t: person(t, 0).update(threshold="second"),
    "none marked": lambda t: person(t, 1).update(none_marked=0),
    "another name": lambda t: person(t).update(name="Ai đó"),
    "another post": lambda t: person(t).update(position="Bộ trưởng"),
    "levels turned": lambda t: person(t).update(levels=dict(reversed(person(t)["levels"].items()))),
    "a flag for a number": lambda t: person(t, 2).update(none_marked=False),
}


@pytest.mark.parametrize("what", TALLY)
def test_the_tally_is_counted_again(target: Path, files: Files, what: str) -> None:
    assert "tally" in failures(forged(target, files, "tally.json", TALLY[what]))


def test_sums_that_do_not_balance_and_codes_that_do_not_fit(target: Path, files: Files) -> None:
    assert "balance" in failures(forged(target, files, "tally.json", TALLY["none marked"]))
    other = forged(target, files, "tally.json", lambda t: t.update(result_code="0000-0000-0000-0000"))
    assert failures(other) == {"result-code"}


def row(rows: Any, **wanted: object) -> Any:
    return next(r for r in rows["rows"] if all(r[k] == v for k, v in wanted.items()))


ROW_CHANGES: dict[str, Callable[[Any], object]] = {
    "a plain reading counts for another level": lambda r: row(r, level="low", decision=None).update(level="high"),
    "the reading too, so that the tally differs": lambda r: row(r, level="low", decision=None).update(
        level="high", reading="high"
    ),
    "a doubt is hidden with its decision": lambda r: row(r, counts="none").update(findings=[], decision=None),
    "a doubt is hidden": lambda r: row(r, counts="none").update(findings=[]),
    "a decision is hidden": lambda r: row(r, counts="none").update(decision=None),
    "a decision is turned": lambda r: row(r, counts="none").update(counts="level", level="high"),
    "a row goes": lambda r: r["rows"].pop(),
    "a row comes": lambda r: r["rows"].append({**r["rows"][-1], "id": "f" * 16}),
    "a row twice": lambda r: r["rows"].append(r["rows"][-1]),
    "an order that could tell something": lambda r: r["rows"].reverse(),
    "an id that tells something": lambda r: r["rows"][0].update(id="0001"),
    "a person who is not on the ballot": lambda r: r["rows"][0].update(candidate="p99"),
    "a blank row of the machine passes unseen": lambda r: row(r, counts="level", decision=None).update(
        reading="blank", counts="none", level=""
    ),
    "a level of elsewhere": lambda r: row(r, level="high").update(level="great", reading="great"),
    "a code slips in": lambda r: r["rows"][0].update(code="7K2QM-9XFD0"),
    "a row torn off": lambda r: (r["rows"].pop(), r["candidates"][2].update(without_row=1)),
}


@pytest.mark.parametrize("what", ROW_CHANGES)
def test_rows_answer_for_themselves(target: Path, files: Files, what: str) -> None:
    assert failures(forged(target, files, ROWS, ROW_CHANGES[what])) & {"records", "decisions", "tally"}


def listed(ballots: Any, state: str) -> Any:
    return next(b for b in ballots["ballots"] if b["state"] == state)


BALLOT_CHANGES: dict[str, Callable[[Any], object]] = {
    "a spoiled ballot becomes valid": lambda b: listed(b, "invalid").update(state="valid"),
    "a valid one becomes spoiled": lambda b: listed(b, "valid").update(state="invalid"),
    "one taken out comes back": lambda b: listed(b, "not-counted").update(state="valid", findings=[]),
    "grounds vanish": lambda b: listed(b, "invalid").update(grounds=[]),
    "a ballot goes": lambda b: b["ballots"].remove(listed(b, "valid")),
    "a finding vanishes": lambda b: next(
        x for x in b["ballots"] if x["findings"] and x["state"] == "valid"
    ).update(findings=[]),
    "a ballot of another form": lambda b: b.update(form="other"),
    "spoiled by a row that may not": lambda b: listed(b, "valid").update(
        state="invalid", grounds=["blank-row"],
        spoiling_rows=[{"rule": "blank-row", "decision": None}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BALLOT_CHANGES)
def test_ballots_answer_for_themselves(target: Path, files: Files, what: str) -> None:
    assert failures(forged(target, files, BALLOTS, BALLOT_CHANGES[what])) & {"records", "decisions"}


def decided(d: Any) -> Any:
    return next(x for x in d["decisions"] if x["about"] == "row")


DECISION_CHANGES: dict[str, Callable[[Any], object]] = {
    "by one member": lambda d: decided(d).update(members=[TEAM[0]]),
    "by one member twice": lambda d: decided(d).update(members=[TEAM[0], TEAM[0]]),
    "by one member spelt twice": lambda d: decided(d).update(members=[TEAM[0], TEAM[0].replace(" ", "  ")]),
    "by a stranger": lambda d: decided(d).update(members=[TEAM[0], "Ai đó"]),
    "by nobody": lambda d: decided(d).update(members=[]),
    "of another poll": lambda d: decided(d).update(poll="khac"),
    "about another thing": lambda d: decided(d).update(about="ballot"),
    "about nothing": lambda d: decided(d).update(about="page", target=None),
    "another target": lambda d: decided(d).update(target="0" * 16),
    "one too many": lambda d: d["decisions"].append({**decided(d), "id": "0" * 16}),
    "one missing": lambda d: d["decisions"].remove(decided(d)),
    "the same id": lambda d: d["decisions"].append(decided(d)),
    "another verdict": lambda d: decided(d).update(verdict="valid"),
}


@pytest.mark.parametrize("what", DECISION_CHANGES)
def test_decisions_are_by_two_of_the_team_and_answer_a_doubt(target: Path, files: Files, what: str) -> None:
    assert failures(forged(target, files, "decisions.json", DECISION_CHANGES[what])) & {"records", "decisions"}


def test_open_matters_are_by_the_team(target: Path) -> None:
    files = bundle_files(waiting(), tokens())
    for change in (
        lambda d: d["open"][0]["said"][0].update(member="Ai đó"),
        lambda d: d["open"][0].update(target="0" * 16),
        lambda d: d["open"][0].update(said=[]),
    ):
        assert failures(forged(target, files, "decisions.json", change)) == {"decisions"}


def test_members_who_left_the_team_in_the_event_file(target: Path, files: Files) -> None:
    event = files["event.toml"].decode().replace(TEAM[0], "Người Khác").encode()
    report = verify(write_zip(target, resealed({**files, "event.toml": event})), allow_unsigned=True)
    assert failures(report) == {"decisions"}


def test_rules_and_persons_of_the_event_bind(target: Path, files: Files) -> None:
    def with_event(old: str, new: str) -> set[str]:
        event = files["event.toml"].decode().replace(old, new).encode()
        return failures(verify(write_zip(target, resealed({**files, "event.toml": event})), allow_unsigned=True))

    assert "event" in with_event("[[poll]]", '[rules]\nblank-row = "ballot"\n[[poll]]')
    assert "event" in with_event("262-QD-TW", "96-QD-TW")
    assert "event" in with_event("su-kien", "khac")
    assert "event" in with_event("[[poll.form]]", '[[poll.form]]\nid = "khac"')
    assert "layouts" in with_event("Nguyễn Văn 2", "Nguyễn Văn Hai")
    assert "event" in with_event('id = "hoi-nghi"', 'id = "khac"')


def test_a_regulation_bent_afterwards_shows_in_the_recount(target: Path, files: Files) -> None:
    report = forged(target, files, "regulation.json", lambda r: r["second"].update(numerator=99, denominator=100))
    assert failures(report) == {"tally"}
    spoiling = forged(target, files, "regulation.json", lambda r: r["effects"]["blank-row"].update(scope="ballot"))
    assert failures(spoiling) == {"records"}
    assert "event" in failures(forged(target, files, "regulation.json", lambda r: r.update(levels=[])))
    assert "tally" in failures(forged(target, files, "regulation.json", lambda r: r.update(base_rule="all")))


def test_layouts_bind(target: Path, files: Files) -> None:
    name = "layouts/hoi-nghi/main.json"
    for change in (
        lambda x: x.update(form="khac"),
        lambda x: x["levels"].reverse(),
        lambda x: x["pages"][0]["rows"].pop(),
        lambda x: x["pages"][0]["rows"][0].update(candidate="p02"),
        lambda x: x["pages"][0]["rows"][0]["boxes"].reverse(),
    ):
        assert failures(forged(target, files, name, change)) == {"layouts"}


TURNOUT: dict[str, Callable[[Any], object]] = {
    "printed": lambda t: t.update(printed=t["printed"] + 1),
    "collected": lambda t: t.update(collected=t["collected"] - 1),
    "present": lambda t: t.update(present=t["summoned"] + 1),
    "issued": lambda t: t.update(issued=t["issued"] - 3, unused=t["unused"] + 3),
    "a number more": lambda t: t.update(lost=0),
    "a number less": lambda t: t.pop("spoiled"),
}


@pytest.mark.parametrize("what", TURNOUT)
def test_numbers_reconcile(target: Path, files: Files, what: str) -> None:
    turnout, told = json.loads(files["turnout.json"]), json.loads(files["tally.json"])
    for place in (turnout["polls"][0], told["polls"][0]):
        TURNOUT[what](place["turnout"])
    both = {**files, "turnout.json": json.dumps(turnout).encode(), "tally.json": json.dumps(told).encode()}
    report = verify(write_zip(target, resealed(both)), allow_unsigned=True)
    assert {"turnout", "log"} <= failures(report)
    alone = {**files, "turnout.json": json.dumps(turnout).encode()}
    assert "turnout" in failures(verify(write_zip(target, resealed(alone)), allow_unsigned=True))


LOG: dict[str, Callable[[Any], object]] = {
    "tail cut": lambda x: x["entries"].pop(),
    "head cut": lambda x: x["entries"].pop(0),
    "tail cut, length too": lambda x: (x["entries"].pop(), x["head"].update(length=len(x["entries"]))),
    "a detail": lambda x: x["entries"][0].update(detail='{"ballots": 1}'),
    "a time": lambda x: x["entries"][3].update(utc="2018-10-16T03:00:00Z"),
    "an actor": lambda x: x["entries"][3].update(actor="nobody"),
    "a withheld detail's digest": lambda x: x["entries"][1].update(detail_sha256="0" * 64),
    "a place": lambda x: x["entries"].insert(0, x["entries"].pop()),
    "the opening's head": lambda x: x["heads"][0].update(sha256="0" * 64),
    "a head of a longer log": lambda x: x["heads"][0].update(length=99),
    "a short head": lambda x: x["head"].update(length=1, sha256=x["entries"][0]["sha256"]),
}


@pytest.mark.parametrize("what", LOG)
def test_the_chain_holds(target: Path, files: Files, what: str) -> None:
    assert "log" in failures(forged(target, files, "log.json", LOG[what]))


def test_a_log_cut_and_chained_again_lacks_what_the_bundle_tells(target: Path) -> None:
    made = usual()
    cut = bundle_files(replace(made, log=made.log[:-1], heads={}), tokens())
    assert failures(verify(write_zip(target, cut), allow_unsigned=True)) == {"closing"}
    acts = [(e.event, json.loads(e.detail)) for e in made.log]
    for gone, check in (("opinion", "log"), ("turnout", "log"), ("closed", "closing")):
        log = chain(act for act in acts if act[0] != gone)
        files = bundle_files(replace(made, log=log, heads={"opening": LogHead(1, log[0].sha256)}), tokens())
        assert failures(verify(write_zip(target, files), allow_unsigned=True)) == {check}


def test_a_detail_that_must_stay_in_the_room_is_a_fault(target: Path, files: Files) -> None:
    detail = usual().log[1].detail
    assert "log" in failures(forged(target, files, "log.json", lambda x: x["entries"][1].update(detail=detail)))


def test_the_close_binds_the_result(target: Path, files: Files) -> None:
    reopened = forged(target, files, "closings.json", lambda c: c["closings"][0].update(closed=False))
    assert "closing" in failures(reopened)
    assert "closing" in failures(forged(target, files, "closings.json", lambda c: c["closings"].clear()))
    made = usual()
    (form,) = made.tally.forms
    other = replace(made.closings["hoi-nghi"], body={"result_code": "0000-0000-0000-0000"})
    acts = [(e.event, json.loads(e.detail)) for e in made.log[:-1]]
    log = chain([*acts, ("closed", {"poll": form.poll, **other.body})])
    bent = bundle_files(replace(made, log=log, heads={}, closings={form.poll: other}), tokens())
    assert failures(verify(write_zip(target, bent), allow_unsigned=True)) == {"closing"}


def test_provisional_and_official_are_not_exchanged(target: Path, files: Files) -> None:
    assert failures(forged(target, files, "tally.json", lambda t: t.update(provisional=True))) == {"closing"}
    open_files = bundle_files(waiting(), tokens())
    assert failures(forged(target, open_files, "tally.json", lambda t: t.update(provisional=False))) == {"closing"}


def test_a_rehearsal_is_never_official(target: Path, files: Files) -> None:
    assert failures(forged(target, files, "tally.json", lambda t: t["polls"][0].update(rehearsal=True))) == {"closing"}


def test_papers_are_there(target: Path, files: Files) -> None:
    name = "documents/hoi-nghi/minutes.pdf"
    less = resealed({k: v for k, v in files.items() if k != name})
    assert failures(verify(write_zip(target, less), allow_unsigned=True)) == {"documents"}
    empty = resealed({**files, name: b"minutes"})
    assert failures(verify(write_zip(target, empty), allow_unsigned=True)) == {"documents"}


def test_pages_are_no_fewer_than_ballots_scanned(target: Path, files: Files) -> None:
    assert failures(forged(target, files, "pages.json", lambda p: p["pages"].update(read=3))) == {"records"}


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w["ballots"].pop(),
        lambda w: w["ballots"][0]["rows"].pop(),
        lambda w: w["ballots"][0]["rows"][0].update(counts="none", level=""),
        lambda w: w["ballots"].reverse(),
    ],
)
def test_whole_ballots_agree_with_the_rows(target: Path, change: Callable[[Any], object]) -> None:
    whole = bundle_files(usual(per_ballot=True), tokens())
    assert failures(forged(target, whole, WHOLE, change)) == {"whole"}


def test_whole_ballots_are_there_only_when_ordered(target: Path, files: Files) -> None:
    ordered = bundle_files(usual(per_ballot=True), tokens())
    slipped_in = resealed({**files, WHOLE: ordered[WHOLE]})
    assert failures(verify(write_zip(target, slipped_in), allow_unsigned=True)) == {"whole"}
    taken_out = resealed({k: v for k, v in ordered.items() if k != WHOLE})
    assert failures(verify(write_zip(target, taken_out), allow_unsigned=True)) == {"whole"}


def test_votes_moved_in_records_and_tally_alike_meet_the_code_told_at_the_close(target: Path) -> None:
    """Everything made to fit but the log: the code in the entry of the close is that of the real count."""
    made = usual()
    (form,) = made.tally.forms
    outcomes = made.outcomes[(form.poll, form.form, False)]
    first = replace(made.ballots[0], rows=tuple(replace(r, reading="low") for r in made.ballots[0].rows))
    bent_outcome = replace(outcomes[0], rows=tuple(replace(r, level="low") for r in outcomes[0].rows))
    bent_outcomes = (bent_outcome, *outcomes[1:])
    from ballot_scan.event.loading import parse_event

    bent_form = tally.form_tally(
        poll=form.poll, form=form.form, candidates=parse_event(made.event_toml).polls[0].forms[0].candidates,
        regulation=made.regulation, outcomes=bent_outcomes, turnout=form.turnout, deputies=None, only_form=True,
        equations=form.equations, rehearsal=False,
    )  # fmt: skip
    code = tally.result_code(made.tally.event, (bent_form,))
    bent = replace(
        made,
        ballots=(first, *made.ballots[1:]),
        outcomes={(form.poll, form.form, False): bent_outcomes},
        tally=replace(made.tally, forms=(bent_form,), result_code=code),
    )
    report = verify(write_zip(target, bundle_files(bent, tokens())), allow_unsigned=True)
    assert failures(report) == {"closing"}
