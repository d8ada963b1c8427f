"""What stands in a bundle, and what must never leave the room."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from bundle_samples import TEAM, ballot, code, contents, many, sha, tokens, usual, waiting

from ballot_scan.errors import UsageError
from ballot_scan.export import archive
from ballot_scan.export.bundle import MANIFEST, bundle_files, random_id, write_zip
from ballot_scan.records import BallotRow, Rule

ROWS, BALLOTS = "records/hoi-nghi/main/rows.json", "records/hoi-nghi/main/ballots.json"


def test_every_file_has_its_size_and_digest_in_the_manifest() -> None:
    files = bundle_files(usual(), tokens())
    manifest = json.loads(files[MANIFEST])
    assert manifest["files"].keys() == files.keys() - {MANIFEST}
    for name, entry in manifest["files"].items():
        assert entry == {"size": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    assert manifest["result_code"] == usual().tally.result_code
    assert (manifest["provisional"], manifest["per_ballot"]) == (False, False)


def test_equal_contents_and_ids_give_equal_bytes() -> None:
    first, second = (archive.pack(bundle_files(usual(), tokens())) for _ in range(2))
    assert first == second


def test_anybody_opens_the_zip(tmp_path: Path) -> None:
    files = bundle_files(usual(), tokens())
    with zipfile.ZipFile(write_zip(tmp_path / "new" / "b.zip", files)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == sorted(files)
        assert {i.date_time for i in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {name: opened.read(name) for name in files} == files


@pytest.mark.parametrize("per_ballot", [False, True])
def test_no_code_digest_or_file_name_leaves(per_ballot: bool) -> None:
    made = usual(per_ballot=per_ballot)
    everything = b"\n".join(bundle_files(made, tokens()).values())
    for one in made.ballots:
        assert one.key.encode() not in everything
        assert all(digest.encode() not in everything for digest in one.digests)
    assert b"voters" not in everything


def test_code_written_into_grounds_or_a_log_entry_is_taken_out() -> None:
    made = usual()
    files = bundle_files(made, tokens())
    grounds = {d["grounds"] for d in json.loads(files["decisions.json"])["decisions"]}
    assert grounds == {"xem tờ […]"}
    entries = json.loads(files["log.json"])["entries"]
    assert [e["event"] for e in entries if e["detail"] is None] == ["keyed"] + ["opinion"] * 14
    batch = replace(made.log[0], event="batch-withdrawn", detail=json.dumps({"reason": f"bad: {code(3)}"}))
    odd = json.loads(bundle_files(replace(made, log=(batch, *made.log[1:])), tokens())["log.json"])
    assert odd["entries"][0]["detail"] is None


def test_rows_of_each_person_stand_in_the_order_of_random_ids_as_many_as_ballots_that_count() -> None:
    files = bundle_files(usual())
    rows = json.loads(files[ROWS])["rows"]
    listed = json.loads(files[BALLOTS])["ballots"]
    counted = sum(b["state"] in ("valid", "pending") for b in listed)
    assert Counter(r["candidate"] for r in rows) == {"p01": counted, "p02": counted, "p03": counted}
    for person in ("p01", "p02", "p03"):
        ids = [r["id"] for r in rows if r["candidate"] == person]
        assert ids == sorted(ids)
    assert [b["id"] for b in listed] == sorted(b["id"] for b in listed)
    assert len({r["id"] for r in rows} | {b["id"] for b in listed}) == len(rows) + len(listed)


def test_ids_are_another_set_each_time_and_no_id_is_given_twice() -> None:
    first, second = ({r["id"] for r in json.loads(bundle_files(usual())[ROWS])["rows"]} for _ in range(2))
    assert not first & second
    assert len(random_id()) == 16
    stuttering = iter([n // 3 for n in range(10_000)])
    rows = json.loads(bundle_files(usual(), lambda: f"{next(stuttering):016x}")[ROWS])["rows"]
    assert len({r["id"] for r in rows}) == len(rows)


def test_no_order_of_scanning_shows() -> None:
    """Ballots scanned the other way round give the same bundle but for the random ids and the log."""
    made = many(40, 4)
    turned = replace(
        made, ballots=made.ballots[::-1], outcomes={key: value[::-1] for key, value in made.outcomes.items()}
    )

    def told(files: dict[str, bytes]) -> list[str]:
        rows = json.loads(files[ROWS])["rows"]
        return sorted(json.dumps({k: v for k, v in r.items() if k not in ("id", "decision")}) for r in rows)

    assert told(bundle_files(made)) == told(bundle_files(turned))


def test_decisions_point_at_random_ids() -> None:
    files = bundle_files(usual(), tokens())
    decisions = {d["id"]: d for d in json.loads(files["decisions.json"])["decisions"]}
    rows = {r["id"]: r for r in json.loads(files[ROWS])["rows"]}
    ballots = {b["id"]: b for b in json.loads(files[BALLOTS])["ballots"]}
    assert len(decisions) == 7
    for decision in decisions.values():
        assert decision["members"] == sorted(TEAM[:2])
        target = rows if decision["about"] == "row" else ballots
        assert decision["target"] in target
    counts = {rows[d["target"]]["counts"] for d in decisions.values() if d["about"] == "row"}
    assert counts == {"none", "several", "other", "level"}


def test_what_a_ballot_that_waits_as_a_whole_says_stays_in_the_room() -> None:
    files = bundle_files(waiting(), tokens())
    rows = json.loads(files[ROWS])["rows"]
    assert len(rows) == 3 * 6
    whole = [(r["reading"], r["findings"], r["counts"]) for r in rows if r["waits"]]
    assert whole == [(None, [], "pending")] * 9  # of three ballots that wait as a whole
    open_matters = json.loads(files["decisions.json"])["open"]
    assert [o["said"][0]["verdict"] for o in open_matters] == ["blank"]


def test_whole_ballots_only_where_an_audit_was_ordered() -> None:
    assert not any("whole" in name for name in bundle_files(usual()))
    whole = json.loads(bundle_files(usual(per_ballot=True), tokens())["records/hoi-nghi/main/whole.json"])
    assert [len(b["rows"]) for b in whole["ballots"]] == [3] * 9


def test_a_row_that_spoils_its_ballot_tells_its_decision_and_not_its_person() -> None:
    files = bundle_files(usual(rules='[rules]\nblank-row = "ballot"'), tokens())
    (spoiled,) = [b for b in json.loads(files[BALLOTS])["ballots"] if b["spoiling_rows"]]
    assert (spoiled["state"], spoiled["grounds"]) == ("invalid", ["blank-row"])
    decided = {d["id"]: d for d in json.loads(files["decisions.json"])["decisions"]}
    assert decided[spoiled["spoiling_rows"][0]["decision"]]["about"] == "spoiling-row"
    assert b"p02" not in files["decisions.json"]


def test_a_ballot_with_a_page_missing_is_told_person_by_person() -> None:
    torn = ballot(2, ("high", "low"), [(0, Rule.MISSING_PAGE, "valid")])
    made = ballot(1, ("high", "low", "low"))
    from bundle_samples import opinions_on

    both = contents([made, torn], opinions_on(torn, [(0, Rule.MISSING_PAGE, "valid")]))
    rows = json.loads(bundle_files(both, tokens())[ROWS])
    assert [c["without_row"] for c in rows["candidates"]] == [0, 0, 1]


def test_decision_on_a_page_that_is_no_ballot_names_no_page() -> None:
    made = usual()
    page = replace(made.decisions[0], ballot_key=f"page:{sha('x')[:16]}", rule="poor-image", row=None)
    files = bundle_files(replace(made, decisions=(*made.decisions, page)), tokens())
    (told,) = [d for d in json.loads(files["decisions.json"])["decisions"] if d["about"] == "page"]
    assert (told["target"], told["rule"]) == (None, "poor-image")


def test_decision_about_an_older_scan_is_not_told() -> None:
    made = usual()
    again = tuple(replace(b, digests=(sha("again"),)) if b.key == code(5) else b for b in made.ballots)
    files = bundle_files(replace(made, ballots=again), tokens())
    assert len(json.loads(files["decisions.json"])["decisions"]) == 6


def test_outcomes_of_other_ballots_are_refused() -> None:
    made = usual()
    with pytest.raises(ValueError, match="hoi-nghi/main"):
        bundle_files(replace(made, ballots=made.ballots[::-1]))


def test_event_saved_by_other_programs_is_told_in_utf8() -> None:
    made = usual()
    files = bundle_files(replace(made, event_toml=made.event_toml.decode().encode("utf-16")), tokens())
    assert files["event.toml"] == made.event_toml


def test_readme_speaks_both_languages() -> None:
    readme = bundle_files(usual())["README.txt"].decode()
    assert "LẤY PHIẾU TÍN NHIỆM" in readme
    assert readme.count("scan-tally verify") == 2


def test_an_older_bundle_stays_where_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    target.mkdir()
    with pytest.raises(UsageError, match=r"b\.zip"):
        write_zip(target, {"a": b"b"})
    assert [p.name for p in tmp_path.iterdir()] == ["b.zip"]


def test_more_than_a_bundle_may_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="more than a bundle may hold"):
        write_zip(tmp_path / "b.zip", {str(n): b"" for n in range(archive.MAX_MEMBERS + 1)})


def test_ballots_of_other_forms_and_rehearsal_ballots_are_left_out() -> None:
    made = usual()
    practice = replace(ballot(77, ("low", "low", "low")), rehearsal=True, key="THU-" + code(77))
    other = replace(ballot(78, ("low",)), poll="khac", rows=(BallotRow(1, "x", "low"),))
    files = bundle_files(replace(made, ballots=(practice, *made.ballots, other)), tokens())
    assert files[ROWS] == bundle_files(made, tokens())[ROWS]
