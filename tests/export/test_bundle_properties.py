"""Whatever was counted verifies; whatever was touched does not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bundle_samples import LEVELS, Doubt, ballot, contents, opinions_on, tokens, usual
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot_scan.export import archive
from ballot_scan.export.bundle import bundle_files
from ballot_scan.export.contents import BundleContents
from ballot_scan.export.verify import VerifyReport, verify
from ballot_scan.records import Rule

ROW_RULES = {Rule.BLANK_ROW: "blank", Rule.MULTIPLE_ROW: "multiple", Rule.UNSURE_MARK: "unsure"}
DATA = archive.pack(bundle_files(usual(), tokens()))


def verdict(data: bytes) -> VerifyReport:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "b.zip"
        target.write_bytes(data)
        return verify(target, allow_unsigned=True)


@st.composite
def _counted(draw: st.DrawFn) -> BundleContents:
    """A small count: plain and doubtful rows, keyed ballots, ballots spoiled, taken out or waiting."""
    ballots, said = [], []
    for number in range(draw(st.integers(0, 6))):
        readings, doubts = [], list[Doubt]()
        keyed = draw(st.booleans())
        for row in (1, 2):
            rule = draw(st.sampled_from([None, None, *ROW_RULES]))
            readings.append(draw(st.sampled_from(LEVELS)) if rule is None else ROW_RULES[rule])
            if rule is not None and not (keyed and rule is not Rule.UNSURE_MARK):
                doubts.append((row, rule, draw(st.sampled_from(["", "blank", "multiple", "invalid", *LEVELS]))))
        if draw(st.integers(0, 3)) == 0:
            whole = draw(st.sampled_from([Rule.EXTRA_WRITING, Rule.DUPLICATE_BALLOT]))
            doubts.append((0, whole, draw(st.sampled_from(["", "valid", "invalid", "not-counted"]))))
        once = keyed and draw(st.booleans())
        made = ballot(number, readings, doubts, keyed=keyed, waits_for_second=once)
        ballots.append(made)
        said += opinions_on(made, doubts)
    rules = draw(st.sampled_from(["", '[rules]\nblank-row = "ballot"', '[rules]\nmultiple-row = "ballot"']))
    return contents(
        ballots, said, persons=2, rules=rules, close=False, turnout=draw(st.booleans()), per_ballot=draw(st.booleans()),
        regulation=draw(st.sampled_from(["262-QD-TW", "85-2014-QH13", "96-2023-QH15"])),
    )  # fmt: skip


@settings(max_examples=150)
@given(_counted())
def test_every_count_verifies(made: BundleContents) -> None:
    report = verdict(archive.pack(bundle_files(made, tokens())))
    assert report.ok, report.line


@settings(max_examples=300)
@given(st.integers(0, len(DATA)), st.integers(0, 12), st.binary(max_size=12))
def test_every_mutation_is_found(start: int, length: int, put: bytes) -> None:
    changed = DATA[:start] + put + DATA[start + length :]
    assert verdict(changed).ok == (changed == DATA)


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_a_verdict(data: bytes) -> None:
    assert not verdict(data).ok
