"""The decisions file ``ballot-decisions/1``: what one member of the counting team says, taken whole or not at all.

The file carries a digest of its own content, so that one edited by hand is refused. The same content is written by
the review page (``static/seal.js``) and by ``write`` here.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from ballot_scan.errors import RefusedError, UsageError
from ballot_scan.event.model import Event, Poll
from ballot_scan.records import Opinion
from ballot_scan.review.cases import Case, Matter

FORMAT = "ballot-decisions/1"
_HEAD = {"format", "event", "member", "review", "decisions", "digest"}
_ENTRY = {"poll", "form", "ballot", "rule", "row", "verdict", "grounds", "digests"}
LONGEST_GROUNDS = 1000
_LARGEST = 64 << 20  # bytes; a file beyond is none of ours


def canonical(content: object) -> bytes:
    """The one way to write a content as bytes: keys sorted, no spaces, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 (hex) over the canonical content without its digest."""
    return hashlib.sha256(canonical({k: v for k, v in content.items() if k != "digest"})).hexdigest()


def write(event: str, member: str, review: str, opinions: Iterable[Opinion]) -> bytes:
    """A decisions file of one member; ``review`` is the digest of the page's data that was looked at."""
    content: dict[str, object] = {
        "format": FORMAT,
        "event": event,
        "member": member,
        "review": review,
        "decisions": [
            {
                "poll": o.poll,
                "form": o.form,
                "ballot": o.ballot_key,
                "rule": o.rule,
                "row": o.row,
                "verdict": o.verdict,
                "grounds": o.grounds,
                "digests": list(o.digests),
            }
            for o in opinions
        ],
    }
    content["digest"] = digest_of(content)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def parse(data: bytes, event: Event, cases: Sequence[Case]) -> tuple[Opinion, ...]:
    """What a member says in a decisions file, checked against what waits and who may say it.

    All or nothing. Raises UsageError where it is no such file, RefusedError where a rule speaks against it.
    """
    content = _content(data)
    if content["event"] != event.head.id:
        raise RefusedError("review.refused.event", event=_short(content["event"]), own=event.head.id)
    if content["digest"] != digest_of(content):
        raise RefusedError("review.refused.edited")
    known: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        known.setdefault((case.poll, case.form, case.key), []).append(case)
    member = unicodedata.normalize("NFC", content["member"]).strip()
    opinions = [_opinion(entry, member, event, known) for entry in content["decisions"]]
    seen: set[tuple[object, ...]] = set()
    for o in opinions:
        if (*o.matter, o.digests) in seen:
            raise RefusedError("review.refused.twice", where=_where(o.ballot_key, o.rule, o.row))
        seen.add((*o.matter, o.digests))
    return tuple(opinions)


def fresh(opinions: Iterable[Opinion], recorded: Iterable[Opinion]) -> tuple[Opinion, ...]:
    """Those that say something new: a file given again, or a member's word repeated, adds nothing."""
    latest = {(o.matter, o.member): o for o in recorded}
    return tuple(o for o in opinions if latest.get((o.matter, o.member)) != o)


# ---------------------------------------------------------------- the file


def _content(data: bytes) -> dict[str, Any]:
    """The file's content with every field there and of its type."""
    if len(data) > _LARGEST:
        raise UsageError("review.file.large")
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
        canonical(content)
    except (ValueError, RecursionError) as fault:
        raise UsageError("review.file.no-json") from fault
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UsageError("review.file.format", format=FORMAT)
    if content.keys() != _HEAD or not isinstance(content["decisions"], list):
        raise UsageError("review.file.fields", what=_difference(content, _HEAD))
    wrong = [k for k in _HEAD - {"decisions"} if not isinstance(content[k], str)]
    if wrong:
        raise UsageError("review.file.fields", what=", ".join(sorted(wrong)))
    if not content["decisions"]:
        raise UsageError("review.file.empty")
    for number, entry in enumerate(content["decisions"], start=1):
        if not _well_formed(entry):
            raise UsageError("review.file.entry", number=number)
    return content


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(value: str) -> NoReturn:
    raise ValueError(value)


def _difference(content: Mapping[str, object], wanted: set[str]) -> str:
    return ", ".join(sorted(wanted.symmetric_difference(content.keys()))) or "decisions"


def _well_formed(entry: object) -> bool:
    if not isinstance(entry, dict) or entry.keys() != _ENTRY:
        return False
    texts = all(isinstance(entry[k], str) for k in ("poll", "form", "ballot", "rule", "verdict", "grounds"))
    row = entry["row"] is None or (type(entry["row"]) is int and entry["row"] > 0)
    digests = isinstance(entry["digests"], list) and all(isinstance(d, str) for d in entry["digests"])
    return texts and row and digests and (entry["row"] is None) == bool(entry["rule"])


# ---------------------------------------------------------------- one decision


def _opinion(
    entry: dict[str, Any], member: str, event: Event, known: Mapping[tuple[str, str, str], list[Case]]
) -> Opinion:
    poll, form, ballot, rule, row = (entry[k] for k in ("poll", "form", "ballot", "rule", "row"))
    where = _where(ballot, rule, row)
    found = known.get((poll, form, ballot))
    if not found:
        raise RefusedError("review.refused.unknown", ballot=_short(ballot), poll=_short(poll), form=_short(form))
    _check_member(member, poll, event, where)
    digests = tuple(entry["digests"])
    case = next((c for c in found if c.digests == digests), None)
    if case is None:
        raise RefusedError("review.refused.scanned-again", ballot=_short(ballot))
    matter = case.matter(rule, row)
    if matter is None:
        _refuse_matter(case, rule, row, event)
    grounds = unicodedata.normalize("NFC", entry["grounds"]).strip()
    _check_verdict(matter, entry["verdict"], grounds, where)
    return Opinion(poll, form, ballot, rule, row, entry["verdict"], grounds, member, digests)


def _check_member(member: str, poll: str, event: Event, where: str) -> None:
    """Only the counting team of a ballot's own poll concludes on it; of a page whose poll is unknown, any team."""
    teams = [p for p in event.polls if poll in ("", p.id)]
    if not any(member == unicodedata.normalize("NFC", m.name) for p in teams for m in p.members):
        names = "; ".join(dict.fromkeys(m.name for p in teams for m in p.members)) or "–"
        raise RefusedError("review.refused.member", member=_short(member), poll=poll or "–", where=where, team=names)


def _refuse_matter(case: Case, rule: str, row: int | None, event: Event) -> NoReturn:
    ballot = _short(case.key)
    if row is None:
        raise RefusedError("review.refused.rule", ballot=ballot, rule=_short(rule))
    people = [len(f.candidates) for p in event.polls if p.id == case.poll for f in p.forms if f.id == case.form]
    if case.stopped or row > max(people, default=0):
        raise RefusedError("review.refused.row", ballot=ballot, row=row)
    raise RefusedError("review.refused.plain", ballot=ballot, row=row)


def _check_verdict(matter: Matter, verdict: str, grounds: str, where: str) -> None:
    choice = matter.choice(verdict)
    if choice is None:
        possible = ", ".join(c.verdict for c in matter.choices)
        raise RefusedError("review.refused.verdict", where=where, verdict=_short(verdict), possible=possible)
    if choice.needs_grounds and not grounds:
        raise RefusedError("review.refused.grounds", where=where, verdict=verdict)
    if len(grounds) > LONGEST_GROUNDS or any(unicodedata.category(c) in ("Cc", "Cf") and c != "\n" for c in grounds):
        raise RefusedError("review.refused.long", where=where, most=LONGEST_GROUNDS)


def _where(ballot: str, rule: str, row: int | None) -> str:
    """Ballot and matter as one short name, e.g. ``7K2QM-9XFD0/12``."""
    return _short(f"{ballot}/{rule if row is None else row}")


def _short(value: str) -> str:
    """Foreign text cut to one line that can be shown."""
    line = "".join(c if c.isprintable() else "?" for c in value)
    return line if len(line) <= 60 else line[:59] + "…"


def teams(event: Event) -> tuple[tuple[str, tuple[Poll, ...]], ...]:
    """Every member of a counting team, in the order of the event, with the polls whose team the member is on."""
    found: dict[str, list[Poll]] = {}
    for poll in event.polls:
        for member in poll.members:
            mine = found.setdefault(unicodedata.normalize("NFC", member.name), [])
            if poll not in mine:
                mine.append(poll)
    return tuple((name, tuple(polls)) for name, polls in found.items())
