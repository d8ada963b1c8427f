from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from review_samples import HEAD, SECOND, THIRD, Sample, busy

from ballot_scan import text
from ballot_scan.errors import RefusedError, ScanTallyError, UsageError
from ballot_scan.records import Opinion, Rule
from ballot_scan.review import decisions


@pytest.fixture
def sample() -> Sample:
    return busy()


def opinion(sample: Sample, at: int = 0, **changes: Any) -> Opinion:
    """A member's word on the second matter of the first ballot, or of another."""
    b = sample.ballots[at]
    row = {0: 4, 1: 1, 2: 3, 3: 1}[at]
    return replace(Opinion(b.poll, b.form, b.key, "", row, "high", "vì dấu kia là vết mực", HEAD, b.digests), **changes)


def written(sample: Sample, *opinions: Opinion, member: str = HEAD) -> bytes:
    return decisions.write("plan-55", member, "0" * 64, opinions)


def resealed(data: bytes, **changes: Any) -> bytes:
    """The file with other content, and a digest that fits it: what another program could write."""
    content = {**json.loads(data), **changes}
    content["digest"] = decisions.digest_of(content)
    return json.dumps(content, ensure_ascii=False).encode()


def refused(sample: Sample, data: bytes, key: str, kind: type[ScanTallyError] = RefusedError) -> None:
    with pytest.raises(kind) as caught:
        decisions.parse(data, sample.event, sample.cases())
    assert caught.value.key == f"review.{key}"
    for lang in text.LANGUAGES:
        assert "\n" not in text.t(caught.value.key, lang, **caught.value.values)


def test_what_is_written_is_read_again(sample: Sample) -> None:
    mine = (opinion(sample), opinion(sample, 1, verdict="blank", grounds=""))
    assert decisions.parse(written(sample, *mine), sample.event, sample.cases()) == mine


def test_a_settled_matter_may_be_concluded_again(sample: Sample) -> None:
    mine = opinion(sample, 2, rule="extra-writing", row=None, verdict="valid", grounds="chỉ là vết mực", member=THIRD)
    assert decisions.parse(written(sample, mine, member=THIRD), sample.event, sample.cases()) == (mine,)


def test_a_stopped_page_is_set_aside_by_any_team(sample: Sample) -> None:
    case = sample.cases()[-1]
    mine = Opinion("", "", case.key, "unregistered", None, "not-counted", "đã quét lại", "Trần C", case.digests)
    assert decisions.parse(written(sample, mine, member="Trần C"), sample.event, sample.cases()) == (mine,)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"format": NaN}', b'{"a": 1, "a": 1}', rb'"\ud800"']
)
def test_no_json(sample: Sample, data: bytes) -> None:
    refused(sample, data, "file.no-json", UsageError)


@pytest.mark.parametrize("data", [b"[]", b"1", b'{"format": "ballot-decisions/2"}'])
def test_another_format(sample: Sample, data: bytes) -> None:
    refused(sample, data, "file.format", UsageError)


def test_fields_missing_more_or_of_another_kind(sample: Sample) -> None:
    good = written(sample, opinion(sample))
    refused(sample, resealed(good, more=1), "file.fields", UsageError)
    refused(sample, resealed(good, member=["x"]), "file.fields", UsageError)
    refused(sample, resealed(good, decisions={}), "file.fields", UsageError)
    refused(sample, resealed(good, decisions=[]), "file.empty", UsageError)
    entry = json.loads(good)["decisions"][0]
    for change in (
        {"row": "4"},
        {"row": True},
        {"row": 4.0},
        {"row": 0},
        {"rule": "blank-row"},
        {"row": None},
        {"digests": [1]},
        {"x": 1},
    ):
        refused(sample, resealed(good, decisions=[{**entry, **change}]), "file.entry", UsageError)


def test_another_event(sample: Sample) -> None:
    refused(sample, resealed(written(sample, opinion(sample)), event="plan-56"), "refused.event")


@pytest.mark.parametrize(
    ("old", "new"), [('"high"', '"low"'), ("vết mực", "vết  mực"), (HEAD, SECOND), ("0000", "0001")]
)
def test_edited_by_hand(sample: Sample, old: str, new: str) -> None:
    data = written(sample, opinion(sample)).decode()
    assert old in data
    refused(sample, data.replace(old, new, 1).encode(), "refused.edited")


def test_every_byte_changed_is_found(sample: Sample) -> None:
    data = written(sample, opinion(sample))
    cases = sample.cases()
    for at in range(0, len(data), 3):
        if data[at : at + 1] in b" \n":
            continue  # space between the parts is no content
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(ScanTallyError):
            decisions.parse(changed, sample.event, cases)


def test_saved_again_by_an_editor_without_a_change_it_still_holds(sample: Sample) -> None:
    data = written(sample, opinion(sample))
    again = b"\xef\xbb\xbf" + json.dumps(json.loads(data)).replace(", ", " ,\r\n").encode()
    assert decisions.parse(again, sample.event, sample.cases())


def test_somebody_who_is_not_on_the_team(sample: Sample) -> None:
    refused(sample, written(sample, opinion(sample), member="Ai đó"), "refused.member")
    refused(sample, written(sample, opinion(sample), member=""), "refused.member")


def test_a_member_of_another_polls_team(sample: Sample) -> None:
    refused(sample, written(sample, opinion(sample), member="Trần C"), "refused.member")
    assert decisions.parse(written(sample, opinion(sample, 3), member="Trần C"), sample.event, sample.cases())


def test_a_page_scanned_again_since(sample: Sample) -> None:
    data = written(sample, opinion(sample))
    sample.ballots[0] = replace(sample.ballots[0], digests=("f" * 64,))
    refused(sample, data, "refused.scanned-again")


def test_unknown_ballot_row_rule_verdict(sample: Sample) -> None:
    for change, key in (
        ({"ballot_key": "XXXXX-XXXXX"}, "unknown"),
        ({"form": "other"}, "unknown"),
        ({"poll": "hall-9"}, "unknown"),
        ({"row": 9}, "row"),
        ({"row": 3}, "plain"),
        ({"row": None, "rule": "blank-row"}, "rule"),
        ({"verdict": "valid"}, "verdict"),
        ({"verdict": "sehr gut\n" * 50}, "verdict"),
        ({"grounds": ""}, "grounds"),
        ({"grounds": " \n"}, "grounds"),
        ({"grounds": "x" * 1001}, "long"),
        ({"grounds": "a\x1b[2Jb"}, "long"),
    ):
        refused(sample, written(sample, opinion(sample, **change)), f"refused.{key}")
    refused(sample, written(sample, opinion(sample), opinion(sample, verdict="low")), "refused.twice")


def test_one_that_cannot_stand_leaves_nothing_taken(sample: Sample) -> None:
    refused(sample, written(sample, opinion(sample, 1, verdict="blank"), opinion(sample, row=3)), "refused.plain")


def test_a_file_given_again_says_nothing_new(sample: Sample) -> None:
    mine = (opinion(sample), opinion(sample, 1, verdict="low"))
    assert decisions.fresh(mine, ()) == mine
    assert decisions.fresh(mine, mine[:1]) == mine[1:]
    assert decisions.fresh(mine[:1], (mine[0], replace(mine[0], verdict="low"))) == mine[:1]


def test_keyed_and_scanned_under_one_code_are_told_apart_by_their_pages(sample: Sample) -> None:
    scanned = replace(sample.ballots[0], findings=(Rule.DUPLICATE_BALLOT,))
    keyed = replace(scanned, keyed=True, pages=(), rows=(), digests=("k" * 64,))
    sample.ballots[:] = [scanned, keyed]
    said = opinion(sample, rule="duplicate-ballot", row=None, verdict="not-counted", digests=keyed.digests)
    assert decisions.parse(written(sample, said), sample.event, sample.cases()) == (said,)


def test_names_are_compared_in_composed_letters(sample: Sample) -> None:
    import unicodedata

    data = written(sample, opinion(sample), member=unicodedata.normalize("NFD", SECOND))
    assert decisions.parse(data, sample.event, sample.cases())[0].member == SECOND
