"""Contents of bundles, built from records alone: nothing is printed or scanned."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ballot_scan import tally
from ballot_scan.event.loading import parse_event
from ballot_scan.event.model import Event
from ballot_scan.event.regulation import effective_regulation
from ballot_scan.export.bundle import MANIFEST, manifest
from ballot_scan.export.contents import BundleContents
from ballot_scan.paper.layout import Box, ContestRow, FormLayout, PageLayout, to_json
from ballot_scan.records import Ballot, BallotRow, BallotState, LogHead, Opinion, Rule, Tally, Turnout
from ballot_scan.rules.outcomes import Settled, decisions, outcome
from ballot_scan.rules.reconcile import hand_equations, paper_equations
from ballot_scan.store.log import GENESIS, LogEntry, digest
from ballot_scan.store.store import Closing

LEVELS = ("high", "medium", "low")
TEAM = ("Lê Bình", "Phạm Cúc", "Trần Dũng")
PDF = b"%PDF-1.4\nminutes\n"
Doubt = tuple[int, Rule, str]  # row from 1 (0: the ballot), finding, what two members say ("" – nothing yet)


def event_text(persons: int, *, rules: str = "", regulation: str = "262-QD-TW") -> str:
    """``event.toml`` of one poll, ``main`` of poll ``hoi-nghi``."""
    text = f'[event]\nid = "su-kien"\ntitle = "Lấy phiếu"\norgan = "Ban"\nregulation = "{regulation}"\n{rules}\n'
    text += '[[poll]]\nid = "hoi-nghi"\nname = "Hội nghị"\ndate = 2018-10-16\n'
    text += "".join(f'[[poll.member]]\nname = "{name}"\n' for name in TEAM)
    text += "[[poll.form]]\n"
    for n in range(1, persons + 1):
        text += f'[[poll.form.candidate]]\nid = "p{n:02d}"\nname = "Nguyễn Văn {n}"\nposition = "Phó  ban {n}"\n'
    return text


def code(number: int) -> str:
    """A printed ballot code."""
    text = f"{number:010d}".translate(str.maketrans("013", "KQX"))
    return f"{text[:5]}-{text[5:]}"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def ballot(number: int, readings: Sequence[str], doubts: Iterable[Doubt] = (), **others: object) -> Ballot:
    """One scanned ballot."""
    doubts = list(doubts)
    rows = tuple(
        BallotRow(n, f"p{n:02d}", reading, tuple(sorted(r for row, r, _ in doubts if row == n)))
        for n, reading in enumerate(readings, start=1)
    )
    whole = tuple(sorted(rule for row, rule, _ in doubts if row == 0))
    made = Ballot("hoi-nghi", "main", code(number), False, rows, whole, (number,), (sha(f"page {number}"),))
    return replace(made, **others)  # type: ignore[arg-type]


def opinions_on(one: Ballot, doubts: Iterable[Doubt], members: Sequence[str] = TEAM[:2]) -> list[Opinion]:
    """What members say alike on the doubts of a ballot."""
    said = []
    for row, rule, verdict in doubts:
        if verdict:
            matter = ("", row) if row else (rule.value, None)
            said += [
                Opinion(one.poll, one.form, one.key, *matter, verdict, f"xem tờ {one.key}", m, one.digests)
                for m in members
            ]
    return said


def layout(event: Event) -> str:
    """A layout good enough to compare persons and levels with."""
    (form,) = event.polls[0].forms
    rows = tuple(
        ContestRow(n, c.id, c.name, (0, n, 1, 1), tuple(Box(level, (1, n, 7, 7)) for level in LEVELS))
        for n, c in enumerate(form.candidates, start=1)
    )
    page = PageLayout(1, (), (), rows)
    return to_json(FormLayout(event.head.id, event.polls[0].id, form.id, (210, 297), LEVELS, (page,)))


def chain(acts: Iterable[tuple[str, dict[str, object]]]) -> tuple[LogEntry, ...]:
    """A log of these acts."""
    entries: list[LogEntry] = []
    for seq, (event, detail) in enumerate(acts, start=1):
        previous = entries[-1].sha256 if entries else GENESIS
        text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
        fields = (seq, f"2018-10-16T02:{seq % 60:02d}:00Z", "office", event, "ok", text)
        entries.append(LogEntry(*fields, previous, digest(previous, *fields)))
    return tuple(entries)


def contents(
    ballots: Sequence[Ballot],
    said: Sequence[Opinion] = (),
    *,
    persons: int = 3,
    rules: str = "",
    close: bool = True,
    turnout: bool = True,
    per_ballot: bool = False,
    regulation: str = "262-QD-TW",
) -> BundleContents:
    """Everything gathered for a bundle, as the day would do it."""
    text = event_text(persons, rules=rules, regulation=regulation)
    event = parse_event(text.encode())
    (poll,) = event.polls
    used = effective_regulation(event)
    decided = decisions(said)
    outcomes = tuple(outcome(b, Settled(decided), used) for b in ballots)
    read = sum(o.state is not BallotState.NOT_COUNTED for o in outcomes)
    numbers = Turnout(read + 2, read + 1, read + 5, read + 1, 1, 4, read) if turnout else None
    equations = (*hand_equations(numbers), *paper_equations(numbers, read)) if numbers else ()
    form = tally.form_tally(
        poll=poll.id, form="main", candidates=poll.forms[0].candidates, regulation=used, outcomes=outcomes,
        turnout=numbers, deputies=read + 2, only_form=True, equations=equations, rehearsal=False,
    )  # fmt: skip
    result = Tally(event.head.id, (form,), tally.result_code(event.head.id, (form,)))
    closing = Closing(poll.id, True, {"opened": "08:00", "result_code": result.result_code})
    acts: list[tuple[str, dict[str, object]]] = [("zero-report", {"ballots": 0}), ("keyed", {"sha256": sha("keyed")})]
    if numbers:
        acts.append(("turnout", {"poll": poll.id, **{n: getattr(numbers, n) for n in Turnout.__slots__}}))
    acts += [("opinion", {"ballot_key": o.ballot_key, "salt": sha(o.member)}) for o in said]
    acts += [("closed", {"poll": poll.id, **closing.body})] if close else []
    log = chain(acts)
    return BundleContents(
        event_toml=text.encode(),
        regulation=used,
        layouts={(poll.id, "main"): layout(event)},
        turnouts={poll.id: numbers} if numbers else {},
        deputies={poll.id: read + 2},
        tally=result,
        ballots=tuple(ballots),
        outcomes={(poll.id, "main", False): outcomes},
        decisions=decided,
        opinions=tuple(said),
        pages={"read": len(ballots), "unreadable": 0, "not-a-ballot": 0, "blank": 0},
        log=log,
        heads={"opening": LogHead(1, log[0].sha256)},
        closings={poll.id: closing} if close else {},
        documents={f"{poll.id}/minutes.pdf": PDF},
        per_ballot=per_ballot,
    )


def usual(**options: object) -> BundleContents:
    """Nine ballots: plain ones, doubtful rows decided, one spoiled, one taken out."""
    doubts: dict[int, list[Doubt]] = {
        3: [(2, Rule.BLANK_ROW, "blank"), (3, Rule.UNSURE_MARK, "low")],
        4: [(1, Rule.MULTIPLE_ROW, "multiple")],
        5: [(0, Rule.EXTRA_WRITING, "invalid")],
        6: [(0, Rule.POOR_IMAGE, "valid"), (1, Rule.CORRECTED_ROW, "invalid")],
        7: [(0, Rule.DUPLICATE_BALLOT, "not-counted")],
    }
    readings = {3: ("low", "blank", "unsure"), 4: ("multiple", "low", "low"), 6: ("multiple", "low", "high")}
    ballots = [ballot(n, readings.get(n, ("high", "low", "low")), doubts.get(n, ())) for n in range(1, 10)]
    said = [o for b, n in zip(ballots, range(1, 10), strict=True) for o in opinions_on(b, doubts.get(n, ()))]
    return contents(ballots, said, **options)  # type: ignore[arg-type]


def two_forms() -> BundleContents:
    """One poll with two forms on the same persons' numbers: each form's base is its own ballots, the box is one."""
    one = usual(close=False)
    text = one.event_toml.decode() + '[[poll.form]]\nid = "second"\n[[poll.form.candidate]]\nid = "q"\nname = "Q"\n'
    event = parse_event(text.replace("[[poll.form]]\n", '[[poll.form]]\nid = "main"\n', 1).encode())
    (poll,) = event.polls
    more = tuple(
        Ballot(poll.id, "second", code(n), False, (BallotRow(1, "q", "medium"),), pages=(n,), digests=(sha(f"q{n}"),))
        for n in range(50, 55)
    )
    outcomes = {
        (poll.id, "main", False): one.outcomes[(poll.id, "main", False)],
        (poll.id, "second", False): tuple(outcome(b, Settled(()), one.regulation) for b in more),
    }
    numbers = Turnout(20, 15, 20, 14, 1, 6, 13)
    forms = tuple(
        tally.form_tally(
            poll=poll.id, form=form.id, candidates=form.candidates, regulation=one.regulation,
            outcomes=outcomes[(poll.id, form.id, False)], turnout=numbers, deputies=None, only_form=False,
            equations=(*hand_equations(numbers), *paper_equations(numbers, 13)), rehearsal=False,
        )
        for form in poll.forms
    )  # fmt: skip
    acts = [(e.event, json.loads(e.detail)) for e in one.log if e.event == "opinion"]
    acts.append(("turnout", {"poll": poll.id, **{n: getattr(numbers, n) for n in Turnout.__slots__}}))
    layouts = {
        (poll.id, f.id): layout(event.model_copy(update={"polls": (poll.model_copy(update={"forms": (f,)}),)}))
        for f in poll.forms
    }
    return replace(
        one,
        event_toml=text.encode(),
        layouts=layouts,
        turnouts={poll.id: numbers},
        tally=Tally(event.head.id, forms, tally.result_code(event.head.id, forms)),
        ballots=(*one.ballots, *more),
        outcomes=outcomes,
        pages={**one.pages, "read": 14},
        log=chain(acts),
        heads={},
    )


def waiting() -> BundleContents:
    """Ballots that wait in every way there is; nothing closed."""
    one_says: list[Doubt] = [(2, Rule.BLANK_ROW, "blank")]
    ballots = [
        ballot(1, ("high", "low", "low")),
        ballot(2, ("high", "blank", "low"), [(2, Rule.BLANK_ROW, "")]),
        ballot(3, ("low", "low", "low"), [(0, Rule.EXTRA_WRITING, "")]),
        ballot(4, ("low", "unsure", "low"), [(0, Rule.EXTRA_WRITING, ""), (2, Rule.UNSURE_MARK, "")]),
        ballot(5, ("medium", "blank", "medium"), keyed=True, waits_for_second=True),
        ballot(6, ("medium", "blank", "medium"), keyed=True),
    ]
    said = [o for n, m in ((1, TEAM[:1]), (3, TEAM[:1])) for o in opinions_on(ballots[n], one_says, m)]
    return contents(ballots, said, close=False)


def many(count: int, persons: int, seed: int = 1, *, doubtful: float = 0.01) -> BundleContents:
    """``count`` random ballots, some rows of them doubtful and decided."""
    chance = random.Random(seed)
    ballots, said = [], []
    for n in range(1, count + 1):
        readings, doubts = [], []
        for row in range(1, persons + 1):
            readings.append(chance.choice(LEVELS))
            if chance.random() < doubtful:
                rule = chance.choice((Rule.BLANK_ROW, Rule.UNSURE_MARK, Rule.MULTIPLE_ROW))
                readings[-1] = {"blank-row": "blank", "multiple-row": "multiple"}.get(rule.value, "unsure")
                doubts.append((row, rule, chance.choice((*LEVELS, "blank", "multiple", "invalid"))))
        made = ballot(n, readings, doubts)
        ballots.append(made)
        said += opinions_on(made, doubts)
    return contents(ballots, said, persons=persons)


def tokens() -> Callable[[], str]:
    """Ids that come out alike in every run, in no order."""
    numbers = itertools.count()
    return lambda: sha(f"id {next(numbers)}")[:16]


def resealed(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a manifest that fits them: what somebody does who changes records and knows how to hash."""
    old = json.loads(files[MANIFEST])
    head = {key: old[key] for key in ("event", "result_code", "provisional", "per_ballot")}
    return {**files, MANIFEST: manifest(files, **head)}
