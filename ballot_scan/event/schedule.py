"""The dates of the plan: their order, and the list of them for the documents."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any, Literal

from ballot_scan import text
from ballot_scan.event.model import Event
from ballot_scan.event.problems import Problem, tables

#: The order in which the dates of ``[schedule]`` follow each other; equal days are allowed.
ORDER = ("reports_due", "answers_due", "meeting", "result_due")

#: How a plan words each of them: done before the day, by the day at the latest, or on the day.
_WORDING: dict[str, Literal["before", "by", "on"]] = {
    "reports_due": "before",
    "answers_due": "by",
    "meeting": "on",
    "result_due": "before",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date. ``what``: a key of ``[schedule]`` or ``poll``; ``poll`` the poll's id in that case."""

    what: str
    date: dt.date
    wording: Literal["before", "by", "on"]
    poll: str = ""

    def sentence(self, lang: str | None = None) -> str:
        """What is due, with its date, e.g. ``hoàn thành báo cáo cá nhân: trước ngày 10/10/2018``."""
        subject = text.t(f"event.due.{self.what}", lang, poll=self.poll)
        return f"{subject}: {text.t(f'event.when.{self.wording}', lang, day=self.date.strftime('%d/%m/%Y'))}"


def deadlines(event: Event) -> tuple[Deadline, ...]:
    """All dates of the event, earliest first."""
    given = [Deadline(key, getattr(event.schedule, key), _WORDING[key]) for key in ORDER]
    voting = [Deadline("poll", poll.date, "on", poll.id) for poll in event.polls]
    return tuple(sorted((d for d in [*given, *voting] if d.date is not None), key=lambda d: d.date))


def _day(value: Any) -> dt.date | None:
    """``value`` where it is a plain date; a date with a time is another problem."""
    return value if type(value) is dt.date else None


def date_problems(data: Any) -> list[Problem]:
    """Dates of ``event.toml`` (parsed, of any shape) that are out of order.

    Reports ≤ answers ≤ meeting ≤ result report; voting not before the reports and not after the result report.
    """
    schedule = data.get("schedule") if isinstance(data.get("schedule"), dict) else {}
    given = [(key, day) for key in ORDER if (day := _day(schedule.get(key))) is not None]
    problems = [
        Problem(
            ("schedule", later), text.t("event.date_order", date=day, other=f"schedule.{earlier}", other_date=before)
        )
        for (earlier, before), (later, day) in itertools.pairwise(given)
        if day < before
    ]
    days = dict(given)
    for number, poll in tables(data.get("poll")):
        day = _day(poll.get("date"))
        if day is None:
            continue
        path = ("poll", number, "date")
        reports, result = days.get("reports_due"), days.get("result_due")
        if reports and day < reports:
            problems.append(
                Problem(path, text.t("event.date_order", date=day, other="schedule.reports_due", other_date=reports))
            )
        if result and day > result:
            problems.append(
                Problem(path, text.t("event.date_late", date=day, other="schedule.result_due", other_date=result))
            )
    return problems
