"""Every byte changed in any file of a bundle, and in the zip around them, is found."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from bundle_samples import ballot, contents, opinions_on, tokens

from ballot_scan.export import archive
from ballot_scan.export.bundle import bundle_files
from ballot_scan.export.verify import verify
from ballot_scan.records import Rule

DOUBTS = [(1, Rule.BLANK_ROW, "blank")]
DOUBTFUL = ballot(2, ("blank",), DOUBTS)
FILES = bundle_files(contents([ballot(1, ("low",)), DOUBTFUL], opinions_on(DOUBTFUL, DOUBTS), persons=1), tokens())
LONG = 1500  # bytes; of longer files every third byte is tried, the remainder by file


def holds(target: Path, data: bytes) -> bool:
    target.write_bytes(data)
    return verify(target, allow_unsigned=True).ok


def test_the_bundle_itself_holds(tmp_path: Path) -> None:
    assert holds(tmp_path / "b.zip", archive.pack(FILES))


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_byte_of_the_files(tmp_path: Path, name: str) -> None:
    body = FILES[name]
    step = 1 if len(body) <= LONG else 3
    for place in range(0, len(body), step):
        changed = bytearray(body)
        changed[place] ^= 1 << (place % 8)
        assert not holds(tmp_path / "b.zip", archive.pack({**FILES, name: bytes(changed)})), (name, place)


def test_every_byte_of_the_zip(tmp_path: Path) -> None:
    data = archive.pack(FILES)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        assert not holds(tmp_path / "b.zip", bytes(changed)), place


def test_another_compression_of_the_same_files_holds(tmp_path: Path) -> None:
    """The same files packed by another zlib, with a digest of the zip that fits, are the same bundle."""
    parts = []
    for name, body in sorted(FILES.items()):
        stream = zlib.compressobj(0, zlib.DEFLATED, -15)
        parts.append((name, zlib.crc32(body), len(body), stream.compress(body) + stream.flush()))
    assert holds(tmp_path / "b.zip", archive.container(parts))
