"""Members of the counting team at the review page: their decisions files, as the page saves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ballot_scan.day.folder import open_folder
from ballot_scan.day.reviewing import Case, Matter, decisions_file
from ballot_scan.review import decisions
from helpers.command import Said, scan_tally
from helpers.small_event import turnout_options

HEAD, SECRETARY = "Tổ trưởng", "Thư ký"
GROUNDS = "xem trên phiếu"

#: What a member says on a matter: the verdict by person or by rule; "" leaves it open.
Verdicts = Mapping[str, str]


def by_name(verdicts: Verdicts) -> Callable[[Case, Matter], str]:
    def verdict(_: Case, matter: Matter) -> str:
        return verdicts.get(f"{matter.candidate or matter.rule}:{matter.reading}", "")

    return verdict


def file_of(event: Path, member: str, verdicts: Verdicts, *, poll: str = "hall", grounds: str = GROUNDS) -> Path:
    """A member's file. ``verdicts``: "candidate:machine reading" (or "rule:") → what the member concludes."""
    number = len(list(event.parent.glob("decisions-*.json"))) + 1
    path = event.parent / f"decisions-{number}.json"
    path.write_bytes(decisions_file(open_folder(event), poll, member, by_name(verdicts), grounds))
    return path


def decide(event: Path, member: str, verdicts: Verdicts, **other: str) -> Said:
    """A member saves a file in the page, and the operator takes it."""
    return scan_tally("decide", file_of(event, member, verdicts, **other), event=event)


def both_decide(event: Path, verdicts: Verdicts, **other: str) -> None:
    """Two members conclude alike."""
    for member in (HEAD, SECRETARY):
        said = decide(event, member, verdicts, **other)
        assert said.code == 0, said.everything


def count_box(event: Path, collected: int, poll: str = "hall") -> None:
    """The team counts the box by hand, and all numbers agree."""
    said = scan_tally("turnout", "--poll", poll, *turnout_options(collected=collected), event=event)
    assert said.code == 0, said.everything


def resealed(path: Path, **changes: Any) -> Path:
    """Another file with other content and a digest that fits it: what another program could write."""
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    content["digest"] = decisions.digest_of(content)
    other = path.with_name("resealed-" + path.name)
    other.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return other
