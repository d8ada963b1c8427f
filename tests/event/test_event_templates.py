"""What a new event starts from, the dates of the plan, the shipped data, and the texts of this room."""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from pathlib import Path

import pytest

from ballot_scan import data, text
from ballot_scan.errors import EventError
from ballot_scan.event.loading import check_event, load_event
from ballot_scan.event.schedule import deadlines
from ballot_scan.event.template import copy_from, template

SAMPLE = Path(__file__).parents[2] / "samples" / "plan-55"


@pytest.fixture(autouse=True)
def _english() -> None:
    text.use("en")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_check_names_exactly_what_the_template_leaves_open(tmp_path: Path, language: str) -> None:
    (tmp_path / "event.toml").write_text(template(language), encoding="utf-8")
    found = check_event(tmp_path, dt.date(2026, 1, 1)).errors
    assert sorted(line.split(": ")[1].split(" (")[0] for line in found) == sorted(
        [
            "event.id",
            "event.title",
            "event.organ",
            "event.regulation",
            "poll[1].id",
            "poll[1].name",
            "poll[1].date",
            "poll[1].form[1].candidate[1].id",
            "poll[1].form[1].candidate[1].name",
        ]
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_template_filled_in_is_an_event_with_every_key(tmp_path: Path, language: str) -> None:
    lines = []
    for line in template(language).splitlines():
        bare = line.removeprefix("# ")
        head, equals, _ = bare.partition(" = ")
        key = equals and head.replace("_", "").replace("-", "").isalnum() and " " not in head
        lines.append(bare if key or (bare.startswith("[") and bare.split("  ")[0].endswith("]")) else line)
    filled = "\n".join(lines).replace('""', '"x"')
    (tmp_path / "event.toml").write_text(
        filled.replace('regulation = "x"', 'regulation = "bo-phieu"'), encoding="utf-8"
    )
    found = check_event(tmp_path, dt.date(2026, 1, 1))
    assert [line.split(": ")[1] for line in found.errors] == ['poll[1].member[1].name (poll "x", member "x")']


def test_an_earlier_event_is_copied_as_it_stands_under_a_note(tmp_path: Path) -> None:
    old = (SAMPLE / "event.toml").read_bytes()
    (tmp_path / "event.toml").write_bytes(b"\xef\xbb\xbf" + old.replace(b"\n", b"\r\n"))
    copy = copy_from(tmp_path)
    assert copy.startswith("# ")
    assert copy.encode().endswith(old.replace(b"\n", b"\r\n"))
    assert "\n" not in copy.replace("\r\n", "")
    assert "\ufeff" not in copy
    with pytest.raises(EventError):
        copy_from(tmp_path / "none")


def test_the_dates_of_the_plan_come_in_their_order() -> None:
    dates = deadlines(load_event(SAMPLE))
    assert [d.what for d in dates] == ["reports_due", "answers_due", "meeting", "poll", "poll", "poll", "result_due"]
    assert dates[0].sentence("vi").endswith("trước ngày 10/10/2018")
    assert dates[1].sentence("en").endswith("by 13/10/2018")
    assert "ban-to-chuc" in dates[4].sentence()


def test_the_reference_event_is_that_of_the_plan() -> None:
    event = load_event(SAMPLE)
    assert event.head.regulation == "262-QD-TW"
    assert event.head.minutes_copies == 3
    assert [len(poll.forms[0].candidates) for poll in event.polls] == [1, 4, 1]
    assert [poll.forms[0].candidates[0].name for poll in event.polls] == ["Nguyễn Chín", "Phạm Thanh Tùng", "Trần Em"]
    assert [len(group.items) for group in event.criteria] == [5, 6]
    assert all(len(poll.members) == 3 for poll in event.polls)


@pytest.mark.parametrize("area", data.AREAS)
def test_every_data_folder_is_found(area: str) -> None:
    assert data.files(area).is_dir()


def test_an_unknown_data_folder_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="forms"):
        data.files("..")


def _texts(language: str) -> dict[str, str]:
    file = Path(text.__file__).parent / language / "event.toml"
    flat: dict[str, str] = {}
    for key, value in tomllib.loads(file.read_text(encoding="utf-8")).items():
        flat |= {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
    return flat


def test_both_languages_have_the_same_texts_with_fields_both_know() -> None:
    vi, en = _texts("vi"), _texts("en")
    assert vi.keys() == en.keys()
    for key in vi:
        fields = [{name for _, name, _, _ in string.Formatter().parse(t) if name} for t in (vi[key], en[key])]
        assert fields[0] <= fields[1], key
