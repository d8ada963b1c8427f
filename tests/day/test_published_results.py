"""Published results come out again: base, percentages and thresholds of real sessions, keyed by two operators."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from helpers.command import scan_tally
from helpers.small_event import turnout_options, write_council, write_keying


@dataclass(frozen=True)
class Session:
    """A session as it was published: rows are high, medium, low and rows without a valid mark."""

    regulation: str
    deputies: int
    collected: int
    rows: tuple[tuple[int, int, int], ...]
    base: int
    base_rule: str


QUOC_HOI_2018 = Session("85-2014-QH13", 485, 475, ((437, 34, 4),), 485, "deputies")
QUOC_HOI_2023 = Session(
    "96-2023-QH15", 481, 481, ((448, 29, 4), (437, 32, 11), (426, 49, 3), (410, 65, 6)), 481, "collected"
)
VINH_PHUC_2023 = Session(
    "96-2023-QH15",
    47,
    47,
    ((19, 2, 25), (46, 1, 0), (33, 14, 0), (44, 3, 0), (32, 15, 0), (29, 18, 0)),
    47,
    "collected",
)
QUANG_NAM_2018 = Session("85-2014-QH13", 58, 53, ((49, 4, 0),), 58, "deputies")
DA_NANG_2014 = Session("85-2014-QH13", 48, 47, ((45, 2, 0), (32, 15, 0), (14, 33, 0)), 48, "deputies")
QUANG_NINH_2018 = Session("85-2014-QH13", 74, 70, ((69, 1, 0),), 74, "deputies")


def counted(tmp_path: Path, session: Session) -> dict[str, object]:
    """The session's ballots keyed by two operators and counted."""
    persons = [f"p{n}" for n in range(1, len(session.rows) + 1)]
    event = write_council(tmp_path / "event", session.regulation, session.deputies, persons)
    columns = []
    for high, medium, low in session.rows:
        spare = session.collected - high - medium - low
        columns.append(["high"] * high + ["medium"] * medium + ["low"] * low + ["multiple"] * spare)
    ballots = [(str(n), cells) for n, cells in enumerate(zip(*columns, strict=True), start=1)]
    for operator in ("Lan", "Minh"):
        file = write_keying(tmp_path / f"{operator}.csv", persons, ballots)
        said = scan_tally("key", file, "--poll", "hall", "--form", "main", "--operator", operator, event=event)
        assert said.code == 0, said.everything
    numbers = turnout_options(collected=session.collected, summoned=session.deputies)
    assert scan_tally("turnout", "--poll", "hall", *numbers, event=event).code == 0
    said = scan_tally("tally", "--json", tmp_path / "t.json", event=event)
    assert said.code == 0, said.everything
    result: dict[str, object] = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    (poll,) = result["polls"]  # type: ignore[misc]
    assert (poll["base"], poll["base_rule"]) == (session.base, session.base_rule)
    assert poll["regulation"] == session.regulation
    return poll  # type: ignore[no-any-return]


def percents(poll: dict[str, object], level: str) -> list[str]:
    return [c["levels"][level]["percent"] for c in poll["candidates"]]  # type: ignore[attr-defined]


def test_vinh_phuc_2023_shares_of_ballots_collected_need_not_add_up_to_hundred(tmp_path: Path) -> None:
    poll = counted(tmp_path, VINH_PHUC_2023)
    first = poll["candidates"][0]  # type: ignore[index]
    assert {level: v["percent"] for level, v in first["levels"].items()} == {
        "high": "40.43", "medium": "4.26", "low": "53.19"
    }  # fmt: skip
    assert (first["valid"], first["invalid"], first["several_marked"]) == (46, 1, 1)
    assert first["threshold"] == "first"
    assert percents(poll, "high")[1:] == ["97.87", "70.21", "93.62", "68.09", "61.70"]


def test_quoc_hoi_2018_shares_are_of_all_deputies_not_of_those_who_voted(tmp_path: Path) -> None:
    poll = counted(tmp_path, QUOC_HOI_2018)
    assert [percents(poll, level) for level in ("high", "medium", "low")] == [["90.10"], ["7.01"], ["0.82"]]


def test_quoc_hoi_2023_counts_the_rows_without_a_valid_mark(tmp_path: Path) -> None:
    poll = counted(tmp_path, QUOC_HOI_2023)
    assert [c["invalid"] for c in poll["candidates"]] == [0, 1, 3, 0]  # type: ignore[attr-defined]
    assert [c["valid"] for c in poll["candidates"]] == [481, 480, 478, 481]  # type: ignore[attr-defined]
    assert percents(poll, "high")[1] == "90.85"


def test_quang_nam_2018(tmp_path: Path) -> None:
    assert percents(counted(tmp_path, QUANG_NAM_2018), "high") == ["84.48"]


def test_da_nang_2014_keeps_one_base_where_the_published_list_mixed_two(tmp_path: Path) -> None:
    assert percents(counted(tmp_path, DA_NANG_2014), "high") == ["93.75", "66.67", "29.17"]


def test_quang_ninh_2018_is_of_the_deputies_not_of_those_present(tmp_path: Path) -> None:
    assert percents(counted(tmp_path, QUANG_NINH_2018), "high") == ["93.24"]


@pytest.mark.parametrize(
    ("low", "threshold"),
    [(23, None), (24, None), (25, "first"), (31, "first"), (32, "second"), (33, "second")],
)
def test_thresholds_of_48_ballots_are_decided_in_integers(tmp_path: Path, low: int, threshold: str | None) -> None:
    poll = counted(tmp_path, Session("96-2023-QH15", 48, 48, ((48 - low, 0, low),), 48, "collected"))
    assert poll["candidates"][0]["threshold"] == threshold  # type: ignore[index]


def test_the_minutes_show_vietnamese_shares_with_a_comma(tmp_path: Path) -> None:
    counted(tmp_path, VINH_PHUC_2023)
    assert scan_tally("documents", event=tmp_path / "event").code == 0
    document = pypdfium2.PdfDocument(tmp_path / "event" / "documents" / "hall" / "minutes.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert re.search(r"\b19\s+40,43\b", text)
    assert "40.43" not in text
