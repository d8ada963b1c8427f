"""event.toml as offices save it: read in every usual encoding, and every problem told with its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballot_scan import text
from ballot_scan.errors import EventError, ExitCode
from ballot_scan.event.loading import check_event, load_event, parse_event

TODAY = dt.date(2026, 1, 5)

SMALLEST = """\
[event]
id = "nho"
title = "Lấy phiếu"
organ = "Cơ quan"
regulation = "96-QD-TW"

[[poll]]
id = "mot"
name = "Nơi một"
date = 2026-10-16

[[poll.form]]

[[poll.form.candidate]]
id = "a"
name = "Người A"
"""

FULL = """\
[event]
id = "du"
title = "Lấy phiếu"
organ = "Cơ quan"
plan = "Kế hoạch 1"
basis = ["Quy định"]
regulation = "96-QD-TW"

[schedule]
reports_due = 2026-10-01
answers_due = 2026-10-10
meeting = 2026-10-16
result_due = 2026-10-30

[[criteria]]
title = "Phẩm chất"
items = ["một", "hai"]

[[poll]]
id = "mot"
name = "Nơi một"
place = "Hội trường"
date = 2026-10-16
chair = "Chủ trì"
member = [
  { name = "M1", role = "head" },
  { name = "M2", role = "secretary" },
  { name = "M3" },
]
voters = [{ group = "Nhóm", count = 10 }]

[[poll.form]]
id = "main"
title = "Phiếu"
paper = "A5"

[[poll.form.candidate]]
id = "a"
name = "Người A"
position = "Trưởng"

[[poll.form.candidate]]
id = "b"
name = "Người B"
position = "Phó"
"""


@pytest.fixture(autouse=True)
def _english() -> None:
    text.use("en")


def problems(source: str) -> list[str]:
    """What loading ``source`` complains of; nothing where it is an event."""
    try:
        parse_event(source.encode())
    except EventError as fault:
        return fault.problems
    return []


def warnings(tmp_path: Path, source: str, today: dt.date = TODAY) -> tuple[str, ...]:
    (tmp_path / "event.toml").write_text(source, encoding="utf-8")
    result = check_event(tmp_path, today)
    assert result.errors == ()
    return result.warnings


def line_of(source: str, part: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if part in line)


def test_only_the_required_keys_make_an_event() -> None:
    event = parse_event(SMALLEST.encode())
    assert event.head.style == "party"
    assert event.head.timezone == "Asia/Ho_Chi_Minh"
    assert event.polls[0].date == dt.date(2026, 10, 16)
    assert event.polls[0].forms[0].id == "main"
    assert event.polls[0].forms[0].candidates[0].name == "Người A"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_encoding_and_line_end_gives_the_same_event(tmp_path: Path, encoding: str, end: str) -> None:
    (tmp_path / "event.toml").write_bytes(FULL.replace("\n", end).encode(encoding))
    assert load_event(tmp_path) == parse_event(FULL.encode())


def test_names_typed_on_another_system_are_the_same_names() -> None:
    decomposed = SMALLEST.replace("Người A", "Ngu\u031bo\u031b\u0300i \u00a0A")
    assert parse_event(decomposed.encode()).polls[0].forms[0].candidates[0].name == "Người A"
    escaped = SMALLEST.replace("Người A", "Ngu\\u031bo\\u031b\\u0300i A")
    assert parse_event(escaped.encode()).polls[0].forms[0].candidates[0].name == "Người A"


def test_a_full_event_before_its_day_needs_no_more(tmp_path: Path) -> None:
    left = [w for w in warnings(tmp_path, FULL) if "event.regulation" not in w]
    assert left == []


@pytest.mark.parametrize(
    ("old", "new", "path", "remedy"),
    [
        ('plan = "', 'plans = "', "event.plans", '"plan"'),
        ('title = "Phiếu"', 'chair = "x"', "poll[1].form[1].chair", "[[poll]]"),
        ('id = "b"', 'id = "a"', "poll[1].form[1].candidate[2].id", "candidate[1].id"),
        ('id = "b"', 'id = "Người B"', "poll[1].form[1].candidate[2].id", "a-z"),
        ('id = "b"', 'id = "ballot"', "poll[1].form[1].candidate[2].id", "another id"),
        ('id = "mot"', 'id = "con"', "poll[1].id", "another id"),
        ('id = "du"', 'id = "lpt1"', "event.id", "another id"),
        ('id = "du"', 'id = ""', "event.id", "fill in"),
        ('"M2"', '" người   a"', "poll[1].member[2].name", "somebody else"),
        ("date = 2026-10-16", 'date = "16/10/2026"', "poll[1].date", "2026-10-16"),
        ("date = 2026-10-16", "date = 2026-10-16T08:00:00", "poll[1].date", "2026-10-16"),
        ("date = 2026-10-16", "date = 20261016", "poll[1].date", "without quotes"),
        ("answers_due = 2026-10-10", "answers_due = 2026-09-10", "schedule.answers_due", "schedule.reports_due"),
        ("meeting = 2026-10-16", "meeting = 2026-11-16", "schedule.result_due", "schedule.meeting"),
        ("\ndate = 2026-10-16", "\ndate = 2026-09-16", "poll[1].date", "schedule.reports_due"),
        ("\ndate = 2026-10-16", "\ndate = 2026-11-16", "poll[1].date", "schedule.result_due"),
        ("[schedule]", "[schedule]\nopening = 2026-10-01", "schedule.opening", "meeting"),
        ('"96-QD-TW"', '"96-QĐ/TW"', "event.regulation", "did you mean 96-QD-TW"),
        ('"96-QD-TW"', '""', "event.regulation", "262-QD-TW"),
        ("[schedule]", "[rules]\nblank-rows = 'row'\n[schedule]", "rules.blank-rows", '"blank-row"'),
        ("[schedule]", "[rules]\nunknown-code = 'row'\n[schedule]", "rules.unknown-code", '"ballot"'),
        ("[schedule]", "[rules]\nblank-row = 'all'\n[schedule]", "rules.blank-row", '"ballot"'),
        ("[schedule]", 'style = "partei"\n[schedule]', "event.style", '"party"'),
        ("[schedule]", 'seal = "true"\n[schedule]', "event.seal", "without quotes"),
        ("[schedule]", "minutes_copies = 0\n[schedule]", "event.minutes_copies", "limit 1"),
        ("[schedule]", 'timezone = "Asia/Ho_Chi_Min"\n[schedule]', "event.timezone", "Asia/Ho_Chi_Minh"),
        ("count = 10", 'count = "10"', "poll[1].voters[1].count", "without quotes"),
        ("count = 10 }", 'count = 10 }, { group = "NHÓM" }', "poll[1].voters[2].group", "voters[1].group"),
        ('"Hội trường"', '"Hội \\u0007 trường"', "poll[1].place", "anew"),
    ],
)
def test_each_mistake_is_told_with_line_path_and_remedy(old: str, new: str, path: str, remedy: str) -> None:
    source = FULL.replace(old, new, 1)
    found = problems(source)
    assert len(found) == 1
    key = path.rpartition(".")[2]
    assert found[0].startswith("event.toml:")
    line = source.splitlines()[int(found[0].split(":")[1]) - 1]
    assert key.split("[")[0] in line
    assert f": {path}" in found[0]
    assert remedy in found[0]


def test_the_tables_of_the_program_itself_are_no_keys() -> None:
    for wrong in ("polls", "head"):
        found = problems(f"{FULL}\n[[{wrong}]]\n")
        assert len(found) == 1
        assert f"{wrong}: unknown key" in found[0]


def test_two_forms_without_id_are_told_apart_by_nobody() -> None:
    second = '\n[[poll.form]]\n[[poll.form.candidate]]\nid = "b"\nname = "Người B"\n'
    assert any('"main" stands there twice' in line for line in problems(SMALLEST + second))


def test_persons_may_stand_on_several_polls_and_ids_of_forms_repeat_between_polls() -> None:
    again = SMALLEST[SMALLEST.index("[[poll]]") :].replace('"mot"', '"hai"')
    assert problems(SMALLEST + again) == []


def test_a_form_needs_a_person_and_a_poll_needs_a_form() -> None:
    nobody = SMALLEST[: SMALLEST.index("[[poll.form.candidate]]")]
    assert [p for p in problems(nobody) if "poll[1].form[1].candidate" in p and "[[poll.form.candidate]]" in p]
    assert [p for p in problems(nobody + "candidate = []\n") if "[[poll.form.candidate]]" in p]
    no_form = SMALLEST[: SMALLEST.index("[[poll.form]]")]
    assert [p for p in problems(no_form) if "poll[1].form" in p]
    assert [p for p in problems("") if ": event: " in p]


def test_a_single_bracket_where_a_list_belongs_says_so() -> None:
    assert any("[[poll]]" in line for line in problems(SMALLEST.replace("[[poll]]", "[poll]")))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    source = FULL.replace("organ", "orgn").replace('"M2"', '"Người B"').replace('paper = "A5"', 'paper = "A3"')
    found = problems(source)
    assert len(found) == 4
    lines = [int(p.split(":")[1]) for p in found]
    assert lines == sorted(lines)


def test_a_syntax_error_names_its_line() -> None:
    broken = SMALLEST.replace('name = "Nơi một"', 'name = "Nơi một')
    assert len(problems(broken)) == 1
    assert problems(broken)[0].startswith(f"event.toml:{line_of(broken, 'Nơi một')}: not valid TOML")
    assert problems(SMALLEST + "basis = [\n")[0].startswith("event.toml:")
    text.use("vi")
    assert "sai cú pháp TOML" in problems(broken)[0]


def test_bytes_that_are_no_text_name_their_line() -> None:
    with pytest.raises(EventError) as caught:
        parse_event(SMALLEST.replace("Nơi", "\udcff").encode(errors="surrogateescape"))
    assert caught.value.problems[0].startswith(f"event.toml:{line_of(SMALLEST, 'Nơi')}: ")


def test_a_folder_without_an_event_says_how_to_set_one_up(tmp_path: Path) -> None:
    with pytest.raises(EventError, match="scan-tally new") as caught:
        load_event(tmp_path / "none")
    assert caught.value.exit_code == ExitCode.USAGE
    assert "scan-tally new" in check_event(tmp_path, TODAY).errors[0]


def test_a_folder_named_event_toml_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "event.toml").mkdir()
    assert len(check_event(tmp_path, TODAY).errors) == 1


def test_missing_optional_parts_are_warnings(tmp_path: Path) -> None:
    found = warnings(tmp_path, SMALLEST)
    for part in ("event.plan", "event.basis", "].place", "].chair", "].voters", "].member", "].position"):
        assert any(part in line for line in found), part


def test_a_team_without_head_or_secretary_or_too_small_is_warned_of(tmp_path: Path) -> None:
    source = FULL.replace('  { name = "M1", role = "head" },\n', "")
    found = [w for w in warnings(tmp_path, source) if "poll[1].member" in w]
    assert any('role = "head"' in w for w in found)
    assert any("2 member(s)" in w for w in found)


def test_a_day_that_has_passed_is_warned_of(tmp_path: Path) -> None:
    assert any("poll[1].date" in w for w in warnings(tmp_path, FULL, dt.date(2026, 10, 17)))
    assert not any("poll[1].date" in w for w in warnings(tmp_path, FULL, dt.date(2026, 10, 16)))


def test_a_regulation_not_in_force_on_the_day_is_warned_of(tmp_path: Path) -> None:
    found = warnings(tmp_path, FULL.replace("96-QD-TW", "262-QD-TW"))
    assert any("not in force" in w and "2023-02-01" in w for w in found)
    assert any("Replaced by" in w for w in found)
    assert any("No successor" in w for w in warnings(tmp_path, FULL))


def test_errors_of_voters_and_of_the_event_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "event.toml").write_text(FULL.replace("organ", "orgn"), encoding="utf-8")
    (tmp_path / "voters.csv").write_text("poll,group\n", encoding="utf-8")
    result = check_event(tmp_path, TODAY)
    assert result.event is None
    assert any(e.startswith("event.toml:") for e in result.errors)
    assert any(e.startswith("voters.csv:1:") for e in result.errors)


def test_every_problem_is_told_in_vietnamese_too() -> None:
    text.use("vi")
    assert "không có mục này" in problems(FULL.replace("paper", "papr"))[0]


def _is_event_or_says_why(content: bytes) -> None:
    told: list[str] = ["nothing to tell"]
    try:
        parse_event(content)
    except EventError as fault:
        told = fault.problems
    assert told
    assert all(len(line.splitlines()) == 1 for line in told)


@given(st.binary(max_size=400))
def test_any_bytes_give_an_event_or_problems_of_one_line(content: bytes) -> None:
    _is_event_or_says_why(content)


_PIECES = st.sampled_from(
    [
        "[event]",
        "[[poll]]",
        "[poll]",
        "[[poll.form]]",
        "[[poll.form.candidate]]",
        "[[poll.member]]",
        "[rules]",
        "[schedule]",
        "[[poll.voters]]",
        "id",
        "name",
        "date",
        "role",
        "candidate",
        "count",
        "meeting",
        "regulation",
        "timezone",
        "=",
        "=",
        "=",
        "2026-10-16",
        "2026-10-16T01:02:03",
        "1",
        "true",
        "nan",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "#",
        "é",
        "999999999999999999999999999999",
        "'a'",
        "'''",
        '"""',
        '""',
        '"../x"',
        "\\u0000",
        '"\\u0085"',
        '"\\u202e"',
        "\n",
        "\r\n",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=40).map(" ".join))
def test_any_text_gives_an_event_or_problems_of_one_line(source: str) -> None:
    _is_event_or_says_why(source.encode("utf-8", errors="replace"))


_VALUES = st.recursive(
    st.sampled_from(['""', '"x"', "1", "-1", "true", "2026-10-16", "07:30:00", "1.5", '"96-QD-TW"', "'nul'"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: "[" + ", ".join(v) + "]")
        | inner.map(lambda v: f"{{ id = {v}, name = {v} }}")
    ),
    max_leaves=6,
)


@given(st.sampled_from([line for line in FULL.splitlines() if " = " in line and "{" not in line]), _VALUES)
def test_any_value_at_any_key_gives_an_event_or_problems_of_one_line(line: str, value: str) -> None:
    changed = f"{line.partition(' = ')[0]} = {value}"
    _is_event_or_says_why(FULL.replace(line, changed, 1).encode())


def test_deep_nesting_and_huge_numbers_are_problems_not_faults() -> None:
    for value in ("[" * 5000, "9" * 6000, "a." * 3000 + "b=1"):
        _is_event_or_says_why(f"x = {value}".encode())
        _is_event_or_says_why(value.encode())
    deep = "[" * 150 + "]" * 150
    assert problems(f"x = {deep}\n{FULL}") != []


def test_lines_are_found_past_strings_lists_and_inline_tables() -> None:
    source = FULL.replace(
        'plan = "Kế hoạch 1"', 'plan = """\n[x]\n= "a\\""" \\\n"b" """"\nsecrecy = \'\'\'\n[[poll]]\'\'\''
    )
    wrong = source.replace('{ name = "M3" }', '{ name = "M3", role = "boss" }')
    found = problems(wrong)
    assert len(found) == 1
    assert found[0].startswith(f"event.toml:{line_of(wrong, 'boss')}: poll[1].member[3].role")
