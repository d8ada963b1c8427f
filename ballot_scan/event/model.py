"""The event as its office wrote it: ``event.toml`` checked by pydantic."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


class EventHead(_Part):
    """``[event]``: who asks, under which regulation, and how papers look."""

    id: Id
    title: str = Field(min_length=1)
    organ: str = Field(min_length=1)
    parent_organ: str = ""
    plan: str = ""
    basis: tuple[str, ...] = ()
    regulation: str = Field(min_length=1)
    style: Literal["party", "state"] = "party"
    language: Literal["vi", "en"] = "vi"
    minutes_copies: int = Field(default=3, ge=1, le=99)
    team_name: str = "Tổ kiểm phiếu"
    retention: str = ""
    codes: Literal["unique", "shared"] = "unique"
    font: str = ""
    seal_organ: str = ""
    seal: bool = False
    signature_area: bool = False
    comment_area: bool = False
    secrecy: str = ""
    timezone: str = "Asia/Ho_Chi_Minh"


class Schedule(_Part):
    """``[schedule]``: the dates of the plan, in this order where given.

    ``reports_due`` and ``result_due`` are the days *before* which (trước ngày) a report is in, as plans put it;
    ``answers_due`` is the last day for written answers; ``meeting`` the day of the conference.
    """

    reports_due: dt.date | None = None
    answers_due: dt.date | None = None
    meeting: dt.date | None = None
    result_due: dt.date | None = None


class CriteriaGroup(_Part):
    """``[[criteria]]``: one group of criteria of the guidance sheet."""

    title: str = Field(min_length=1)
    items: tuple[str, ...] = ()


class Member(_Part):
    """``[[poll.member]]``: one member of the counting team (Tổ kiểm phiếu)."""

    name: str = Field(min_length=1)
    role: Literal["head", "secretary", "member"] = "member"
    office: str = ""


class VoterGroup(_Part):
    """``[[poll.voters]]``: a group of voters; ``count`` persons, or named in ``voters.csv`` where None."""

    group: str = Field(min_length=1)
    count: int | None = Field(default=None, ge=0)


class Candidate(_Part):
    """``[[poll.form.candidate]]``: a person on the ballot (người được lấy phiếu)."""

    id: Id
    name: str = Field(min_length=1)
    position: str = ""


class Form(_Part):
    """``[[poll.form]]``: one ballot form (mẫu phiếu)."""

    id: Id = "main"
    title: str = ""
    paper: Literal["A4", "A5"] = "A4"
    colour: str = ""
    candidates: tuple[Candidate, ...] = Field(alias="candidate", min_length=1)


class Poll(_Part):
    """``[[poll]]``: one place of voting with its counting team, voters and forms.

    Results of one person from several polls stand side by side and are never summed (262-QĐ/TW, Khoản 7.3).
    """

    id: Id
    name: str = Field(min_length=1)
    place: str = ""
    date: dt.date
    chair: str = ""
    members: tuple[Member, ...] = Field(default=(), alias="member")
    voters: tuple[VoterGroup, ...] = ()
    forms: tuple[Form, ...] = Field(alias="form", min_length=1)


class Event(_Part):
    """The whole of ``event.toml``. ``rules``: finding → scope, where the chair rules otherwise than the profile."""

    head: EventHead = Field(alias="event")
    schedule: Schedule = Schedule()
    criteria: tuple[CriteriaGroup, ...] = ()
    rules: dict[str, Literal["row", "ballot", "people"]] = Field(default_factory=dict)
    polls: tuple[Poll, ...] = Field(alias="poll", min_length=1)
