"""voters.csv, and how many ballots the voters make: one person, one ballot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan import text
from ballot_scan.errors import EventError
from ballot_scan.event.electorate import (
    Voter,
    ballots_due,
    electorate_size,
    load_voters,
    parse_voters,
    read_voters,
    voter_errors,
    voter_warnings,
)
from ballot_scan.event.loading import check_event
from ballot_scan.event.model import Event

LINES = """\
poll,group,person,name,offices
ban,Lãnh đạo,01,Nguyễn Văn A,Trưởng Ban
ban,Lãnh đạo,02,Trần B,Phó Trưởng Ban
ban,Đoàn thể,02,Trần B,"Chủ tịch Công đoàn, kiêm"
"""


@pytest.fixture(autouse=True)
def _english() -> None:
    text.use("en")


def event(*groups: dict[str, object]) -> Event:
    return Event.model_validate(
        {
            "event": {"id": "e", "title": "t", "organ": "o", "regulation": "262-QD-TW"},
            "poll": [
                {
                    "id": "ban",
                    "name": "Ban",
                    "date": dt.date(2018, 10, 16),
                    "voters": list(groups),
                    "form": [
                        {"id": "one", "candidate": [{"id": "a", "name": "A"}]},
                        {"id": "two", "candidate": [{"id": "b", "name": "B"}]},
                    ],
                }
            ],
        }
    )


NAMED = event({"group": "Lãnh đạo"}, {"group": "Đoàn thể"})


def faults(content: str | bytes) -> list[str]:
    with pytest.raises(EventError) as caught:
        parse_voters(content if isinstance(content, bytes) else content.encode())
    return caught.value.problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_encoding_and_line_end_gives_the_same_voters(encoding: str, end: str) -> None:
    assert parse_voters(LINES.replace("\n", end).encode(encoding)) == parse_voters(LINES.encode())


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_any_delimiter_of_a_spreadsheet_is_read(delimiter: str) -> None:
    source = "poll,group,person,name\nban,g,01,A\nban,g,02,B\n".replace(",", delimiter)
    assert [v.name for v in parse_voters(source.encode())] == ["A", "B"]
    assert [v.line for v in parse_voters(f"sep=;\n{source}".replace(delimiter, ";").encode())] == [3, 4]


def test_columns_may_stand_in_any_order_and_offices_may_be_missing() -> None:
    assert parse_voters(b"Name,person,GROUP,poll\nA,01,g,ban\n") == (Voter("ban", "g", "01", "A", ""),)


def test_a_voter_keeps_the_offices_and_the_line() -> None:
    voter = parse_voters(LINES.encode())[2]
    assert voter.offices == "Chủ tịch Công đoàn, kiêm"
    assert voter.line == 4


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        ("", 1, "poll,group,person,name,offices"),
        ("poll,group,person\n", 1, "name"),
        ("poll,group,person,name,ofices\n", 1, "ofices"),
        ("poll,group,person,name,name\n", 1, "twice"),
        ("poll,group,person,name\nban,g,,A\n", 2, "person"),
        ("poll,group,person,name\n\nban,g,01,A,x\n", 3, "4 columns"),
        ('poll,group,person,name\nban,g,01,"A\n', 2, "quote"),
        ("poll,group,person,name\nban,g,01,A\x07\n", 2, "character"),
    ],
)
def test_each_fault_of_the_file_is_told_with_its_line(content: str, line: int, word: str) -> None:
    assert len(faults(content)) == 1
    assert faults(content)[0].startswith(f"voters.csv:{line}: ")
    assert word in faults(content)[0]


def test_a_file_that_is_no_text_or_not_there_is_one_line(tmp_path: Path) -> None:
    assert faults(b"poll,group,person,name\nban,g,01,\xff\n")[0].startswith("voters.csv:2: ")
    with pytest.raises(EventError):
        read_voters(tmp_path / "voters.csv")
    assert load_voters(tmp_path) == ()


def test_whoever_holds_several_offices_gets_one_ballot() -> None:
    voters = parse_voters(LINES.encode())
    assert electorate_size(NAMED, NAMED.polls[0], voters) == 2


def test_groups_without_names_count_by_their_number() -> None:
    mixed = event({"group": "Lãnh đạo"}, {"group": "Đoàn thể"}, {"group": "Đại biểu", "count": 30})
    assert electorate_size(mixed, mixed.polls[0], parse_voters(LINES.encode())) == 32


def test_nobody_knows_the_electorate_where_a_group_has_neither_names_nor_number() -> None:
    assert electorate_size(NAMED, NAMED.polls[0], ()) is None
    assert ballots_due(NAMED, NAMED.polls[0], ()) is None
    nobody = event()
    assert electorate_size(nobody, nobody.polls[0], ()) is None


def test_every_voter_gets_one_ballot_of_every_form() -> None:
    counted = event({"group": "Đại biểu", "count": 30})
    assert ballots_due(counted, counted.polls[0], ()) == {"one": 30, "two": 30}


def test_a_poll_of_another_event_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="ban"):
        electorate_size(NAMED, event().polls[0], ())


def test_names_that_fit_the_event_are_no_problem() -> None:
    assert voter_errors(NAMED, parse_voters(LINES.encode())) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("bna,Lãnh đạo,03,C,", ["bna", '"ban"']),
        ("ban,Lanh đạo,03,C,", ["[[poll.voters]]", '"Lãnh đạo"']),
        ("ban,Đoàn thể,01,Nguyễn Văn C,", ["Nguyễn Văn A", "line 2"]),
        ("ban,Lãnh đạo,01,NGUYỄN  VĂN A,", ["twice", "line 2"]),
    ],
)
def test_what_does_not_fit_the_event_is_told_with_line_and_remedy(line: str, words: list[str]) -> None:
    found = voter_errors(NAMED, parse_voters(f"{LINES}{line}\n".encode()))
    assert len(found) == 1
    assert found[0].startswith("voters.csv:5: ")
    assert all(word in found[0] for word in words)


def test_a_number_and_a_list_that_disagree_are_an_error() -> None:
    counted = event({"group": "Lãnh đạo", "count": 3}, {"group": "Đoàn thể", "count": 1})
    found = voter_errors(counted, parse_voters(LINES.encode()))
    assert len(found) == 1
    assert "counts 3" in found[0]
    assert "names 2" in found[0]


def test_one_name_under_two_ids_might_get_two_ballots() -> None:
    voters = parse_voters(f"{LINES}ban,Đoàn thể,09,trần b,\n".encode())
    assert len(voter_warnings(voters)) == 1
    assert voter_warnings(voters)[0].startswith("voters.csv:5: ")


def test_the_reference_event_issues_one_ballot_to_the_person_with_two_offices() -> None:
    folder = Path(__file__).parents[2] / "samples" / "plan-55"
    result = check_event(folder, dt.date(2018, 9, 1))
    assert result.errors == ()
    assert result.event is not None
    voters = load_voters(folder)
    assert len(voters) == 16
    assert [electorate_size(result.event, poll, voters) for poll in result.event.polls] == [52, 15, 72]


@given(st.binary(max_size=300) | st.text(alphabet='poll,group;person\tname"\n\rĐ=sep', max_size=80).map(str.encode))
def test_any_bytes_give_voters_or_problems_of_one_line(content: bytes) -> None:
    for source in (content, b"poll,group,person,name,offices\n" + content):
        voters: tuple[Voter, ...] = ()
        told = ["nothing to tell"]
        try:
            voters = parse_voters(source)
        except EventError as fault:
            told = fault.problems
        assert told
        assert all(len(line.splitlines()) == 1 for line in [*told, *voter_errors(NAMED, voters)])
        assert all(v.poll and v.group and v.person and v.name for v in voters)


_NAMES = st.text(st.characters(categories=["L"], max_codepoint=0x1EFF), min_size=1, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["Lãnh đạo", "Đoàn thể"]), _NAMES), min_size=1, max_size=12))
def test_ballots_are_never_more_than_lines_nor_fewer_than_the_largest_group(lines: list[tuple[str, str]]) -> None:
    voters = tuple(Voter("ban", group, person, person) for group, person in lines)
    groups: list[dict[str, object]] = [{"group": name} for name in sorted({group for group, _ in lines})]
    both = event(*groups)
    size = electorate_size(both, both.polls[0], voters)
    assert size is not None
    assert 1 <= size <= len(lines)
    assert size == electorate_size(both, both.polls[0], (*voters, *voters))
