"""A sound bundle verifies; one that was touched does not, and the first check that fails says why."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from bundle_samples import contents, many, resealed, tokens, two_forms, usual, waiting

from ballot_scan import text
from ballot_scan.errors import UsageError
from ballot_scan.export import archive
from ballot_scan.export.bundle import MANIFEST, bundle_files, write_zip
from ballot_scan.export.contents import BundleContents
from ballot_scan.export.verify import NAMES, VerifyReport, verify

Files = dict[str, bytes]


@pytest.fixture
def files() -> Files:
    return bundle_files(usual(), tokens())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "b.zip"


def verdict(target: Path, files: Files) -> VerifyReport:
    return verify(write_zip(target, files), allow_unsigned=True)


def failing(report: VerifyReport) -> str:
    assert not report.ok
    assert report.first_failure is not None
    assert report.line.count("\n") == 0
    assert report.first_failure.detail in report.line
    return report.first_failure.name


def raw(target: Path, data: bytes) -> str:
    target.write_bytes(data)
    return failing(verify(target, allow_unsigned=True))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "made",
    [
        usual(),
        usual(per_ballot=True),
        usual(close=False),
        usual(turnout=False, close=False),
        usual(rules='[rules]\nblank-row = "ballot"\nmultiple-row = "ballot"', per_ballot=True),
        usual(regulation="85-2014-QH13"),
        waiting(),
        two_forms(),
        many(30, 5),
        contents([], close=False),
    ],
)
def test_sound_bundles_hold(made: BundleContents, language: str, target: Path) -> None:
    text.use(language)
    report = verdict(target, bundle_files(made))
    assert report.ok, report.line
    assert report.provisional == made.provisional
    assert report.result_code == made.tally.result_code
    assert report.event == "su-kien"
    assert [c.name for c in report.checks] == [n for n in NAMES if n != "whole" or made.per_ballot]
    assert all(c.title and c.detail for c in report.checks)
    assert report.result_code in report.line


def test_unsigned_bundles_fail_unless_passed_over(target: Path, files: Files) -> None:
    write_zip(target, files)
    assert failing(verify(target)) == "unsigned"
    passed_over = verify(target, allow_unsigned=True).checks[-1]
    assert (passed_over.name, passed_over.ok, passed_over.skipped) == ("unsigned", True, True)


def test_signatures_of_later_versions_have_their_place_and_are_not_believed(target: Path, files: Files) -> None:
    signed = resealed({**files, "signatures/head.p7s": b"?"})
    assert verdict(target, signed).ok
    assert failing(verify(target)) == "unsigned"


@pytest.mark.parametrize("name", ["absent.zip", "."])
def test_what_is_no_file_is_wrong_usage(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        verify(tmp_path / name)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip", b"PK\x05\x06" + bytes(17), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_fails_the_first_check(target: Path, data: bytes) -> None:
    assert raw(target, data) == "archive"


def test_a_zip_cut_short_or_longer_fails(target: Path, files: Files) -> None:
    data = archive.pack(files)
    assert raw(target, data[:-1]) == "container"
    assert raw(target, data[: len(data) // 2]) == "archive"
    assert raw(target, data + b"\n") == "container"
    assert raw(target, b"#!/bin/sh\n" + data) in ("archive", "container")


@pytest.mark.parametrize(
    "name", ["../up", "/abs", "C:/x", "a\\b", "a//b", "./a", "a/../../b", "dir/", "", "nul\x00", "rtl\u202e.txt"]
)
def test_names_that_climb_or_cannot_stand_fail(target: Path, files: Files, name: str) -> None:
    assert raw(target, archive.pack({**files, name: b"x"})) == "archive"


def test_foreign_zips_fail_and_nothing_is_unpacked(target: Path, files: Files) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    assert failing(verify(target, allow_unsigned=True)) == "container"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.json", bytes(50_000_000))
    assert failing(verify(target, allow_unsigned=True)) == "archive"
    with zipfile.ZipFile(target, "w") as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert failing(verify(target, allow_unsigned=True)) == "archive"
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("Tally.json", b"{}")
        made.writestr("tally.json", b"{}")
    assert failing(verify(target, allow_unsigned=True)) == "archive"


def test_a_member_that_lies_about_its_size_fails(target: Path, files: Files) -> None:
    stream = __import__("zlib").compressobj(9, 8, -15)
    packed = stream.compress(bytes(3_000_000)) + stream.flush()
    crc = __import__("zlib").crc32(bytes(1000))
    assert raw(target, archive.container([("a", crc, 1000, packed)])) == "container"
    assert raw(target, archive.container([("a", crc, 3_000_000, packed)])) == "archive"
    assert raw(target, archive.container([("a", 0, 0, b"\x03\x00more")])) == "container"
    assert raw(target, archive.container([("b", 0, 0, b"\x03\x00"), ("a", 0, 0, b"\x03\x00")])) == "container"


def test_missing_and_added_files_fail(target: Path, files: Files) -> None:
    for name in files:
        less = {k: v for k, v in files.items() if k != name}
        expected = "manifest" if name == MANIFEST else "files"
        assert failing(verdict(target, less)) == expected
        assert failing(verdict(target, resealed(less) if name != MANIFEST else less)) != "unsigned"
    assert failing(verdict(target, {**files, "documents/hoi-nghi/more.pdf": b"%PDF-"})) == "files"
    assert failing(verdict(target, resealed({**files, "notes.txt": b"x"}))) == "formats"
    assert failing(verdict(target, resealed({**files, "documents/in.pdf": b"PK\x03\x04"}))) == "formats"
    other = "records/hoi-nghi/other/rows.json"
    rows = files["records/hoi-nghi/main/rows.json"]
    assert failing(verdict(target, resealed({**files, other: rows}))) == "event"
    layout = files["layouts/hoi-nghi/main.json"]
    assert failing(verdict(target, resealed({**files, "layouts/hoi-nghi/x.json": layout}))) == "event"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"format": NaN}', b"[" * 200_000, b'{"a":1,"a":2}'])
@pytest.mark.parametrize("name", ["tally.json", "log.json", "records/hoi-nghi/main/rows.json", "regulation.json"])
def test_json_that_cannot_be_trusted_fails(target: Path, files: Files, name: str, content: bytes) -> None:
    assert failing(verdict(target, resealed({**files, name: content}))) == "formats"


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"a=" + b"[" * 5000, b"poll = 1"])
def test_event_that_cannot_be_read_fails(target: Path, files: Files, content: bytes) -> None:
    assert failing(verdict(target, resealed({**files, "event.toml": content}))) in ("event", "layouts")


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"format": 1}', b"[" * 100_000, b'{"format":"ballot-bundle/1","files":1e999}', b"\x00"],
)
def test_manifest_that_cannot_be_read_fails(target: Path, files: Files, content: bytes) -> None:
    assert failing(verdict(target, {**files, MANIFEST: content})) == "manifest"


def test_manifest_in_another_form_fails(target: Path, files: Files) -> None:
    loose = json.dumps(json.loads(files[MANIFEST])).encode()
    assert failing(verdict(target, {**files, MANIFEST: loose})) == "manifest"


def test_values_of_any_kind_are_verdicts_and_never_exceptions(target: Path, files: Files) -> None:
    """Each value of each JSON file becomes something else; the manifest is made to fit."""
    odd: list[object] = [None, -1, 10**400, 1.5, "x", "\ud800", [], {}, True]
    tried = 0
    for name in [n for n in files if n.endswith(".json") and n != MANIFEST and not n.startswith("regulation")]:
        for number, place in enumerate(_places(json.loads(files[name]))):
            value = json.loads(files[name])
            spot = value
            for step in place[:-1]:
                spot = spot[step]
            spot[place[-1]] = odd[number % len(odd)]
            changed = json.dumps(value).encode()
            report = verdict(target, resealed({**files, name: changed}))
            assert len(report.checks) >= len(NAMES) - 1
            tried += 1
            if number > 250:
                break
    assert tried > 500


def _places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in items for p in ((*at, key), *_places(inner, (*at, key)))]


def test_a_huge_number_of_digits_is_a_verdict(target: Path, files: Files) -> None:
    changed = files["tally.json"].replace(b'"base": ', b'"base": ' + b"9" * 5000, 1)
    assert failing(verdict(target, resealed({**files, "tally.json": changed}))) == "formats"


def test_verify_knows_nothing_of_the_rooms_that_count() -> None:
    script = "import sys, ballot_scan.export.verify; print(*(m for m in sys.modules if m.startswith('ballot_scan.')))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    rooms = {name.split(".")[1] for name in loaded}
    assert rooms == {"errors", "text", "export"}
    assert "ballot_scan.export.bundle" not in loaded
