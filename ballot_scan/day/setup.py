"""Set up: a new event folder, and the check of what stands in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ballot_scan import data
from ballot_scan.day.folder import refuse_unsafe_place, write_bytes
from ballot_scan.errors import UsageError
from ballot_scan.event.loading import CheckResult, check_event
from ballot_scan.event.template import copy_from, template

VOTERS_HEADER = "poll,group,person,name,offices\n"


def new_event(folder: Path, *, sample: str | None, copy: Path | None, language: str) -> list[Path]:
    """Make an event folder: from a sample, from an earlier event, or from the commented template.

    Raises UsageError where the folder already holds an event or the sample is unknown.
    """
    refuse_unsafe_place(folder.parent if not folder.exists() else folder)
    if (folder / "event.toml").exists():
        raise UsageError("day.event-exists", path=folder)
    if sample is not None:
        files = _sample(sample)
    elif copy is not None:
        files = {"event.toml": copy_from(copy).encode(), "voters.csv": VOTERS_HEADER.encode()}
    else:
        files = {"event.toml": template(language).encode(), "voters.csv": VOTERS_HEADER.encode()}
    return [write_bytes(folder / name, content) for name, content in files.items()]


def _sample(name: str) -> dict[str, bytes]:
    known = sorted(e.name for e in data.files("samples").iterdir() if e.joinpath("event.toml").is_file())
    if name not in known:
        raise UsageError("day.no-sample", sample=name, known=", ".join(known))
    source = data.files("samples").joinpath(name)
    return {n: source.joinpath(n).read_bytes() for n in ("event.toml", "voters.csv") if source.joinpath(n).is_file()}


def check(folder: Path, today: dt.date) -> CheckResult:
    """Every problem of the event definition, each with its place."""
    return check_event(folder, today)
