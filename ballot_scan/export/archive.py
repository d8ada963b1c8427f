"""The zip of a bundle: one set of files has one container, and its comment holds a digest of all bytes before it.

A general zip leaves room for bytes that nobody reads: times, attributes, comments, gaps, a second directory. Here
every field has one allowed value, so the container can be built again from the compressed members and compared byte
for byte. Compressed streams may differ between versions of zlib though they unpack alike; they are taken as they
are and covered by the digest in the comment (``sha256:`` and 64 hexadecimal digits; APPNOTE.TXT 4.3.16).
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_FILE = 1 << 30  # bytes of the zip itself
MAX_TOTAL = 1 << 31  # bytes of all members unpacked
MAX_MEMBERS = 20_000
MAX_RATIO = 200  # unpacked to packed, for members over _SMALL
_SMALL = 1 << 20
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UTF8, _DEFLATE, _NO_TIME, _NO_DATE = 20, 0x800, 8, 0, 0x21  # 1980-01-01 00:00
_MADE_BY, _MODE = (3 << 8) | _VERSION, (stat.S_IFREG | 0o644) << 16
_COMMENT = len("sha256:") + 64


class ArchiveFault(ValueError):  # noqa: N818 - a fault of the file, told by a check
    """Something wrong with the zip. ``key`` is the text key, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Member:
    """One file as the zip's directory tells it. ``offset``: of its local header, in bytes from the start."""

    name: str
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    mode: int
    offset: int


# ---------------------------------------------------------------- write


def pack(files: Mapping[str, bytes]) -> bytes:
    """The zip of ``files``. Raises ValueError where they are more than a bundle may hold."""
    if len(files) > MAX_MEMBERS or sum(map(len, files.values())) > MAX_TOTAL:
        raise ValueError(f"{len(files)} files, {sum(map(len, files.values()))} bytes: more than a bundle may hold")
    packed = []
    for name in sorted(files):
        content = files[name]
        squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed.append((name, zlib.crc32(content), len(content), squeeze.compress(content) + squeeze.flush()))
    return container(packed)


def container(packed: Iterable[tuple[str, int, int, bytes]]) -> bytes:
    """The one container around members already compressed: (name, CRC-32, size, compressed bytes) each."""
    body, directory, count = bytearray(), bytearray(), 0
    for name, crc, size, data in packed:
        raw = name.encode()
        fields = (_VERSION, _UTF8, _DEFLATE, _NO_TIME, _NO_DATE, crc, len(data), size, len(raw))
        directory += _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, *fields, 0, 0, 0, 0, _MODE, len(body)) + raw
        body += _LOCAL.pack(b"PK\x03\x04", *fields, 0) + raw + data
        count += 1
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), _COMMENT)
    whole = bytes(body + directory + end)
    return whole + b"sha256:" + hashlib.sha256(whole).hexdigest().encode()


# ---------------------------------------------------------------- read


def members(data: bytes) -> list[Member]:
    """The directory of the zip, sane: plain files with names that stay inside, none twice, none a bomb.

    Nothing is unpacked. Raises ArchiveFault.
    """
    if len(data) > MAX_FILE:
        raise ArchiveFault("export.archive.bomb", file="zip")
    found = _directory(data)
    seen: set[str] = set()
    for member in found:
        _check_name(member)
        folded = unicodedata.normalize("NFC", member.name).casefold()
        if folded in seen:
            raise ArchiveFault("export.archive.twice", file=member.name)
        seen.add(folded)
        if stat.S_ISLNK(member.mode) or (stat.S_IFMT(member.mode) not in (0, stat.S_IFREG)):
            raise ArchiveFault("export.archive.link", file=member.name)
        if member.flags & 0x2041 or member.method not in (0, _DEFLATE):
            raise ArchiveFault("export.archive.method", file=member.name)
        if member.size > max(_SMALL, MAX_RATIO * member.packed_size):
            raise ArchiveFault("export.archive.bomb", file=member.name)
    if sum(m.size for m in found) > MAX_TOTAL:
        raise ArchiveFault("export.archive.bomb", file="zip")
    return found


def _directory(data: bytes) -> list[Member]:
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise ArchiveFault("export.archive.no-zip")
    _, _, _, _, count, size, start, _ = _END.unpack_from(data, at)
    if count > MAX_MEMBERS:
        raise ArchiveFault("export.archive.bomb", file="zip")
    if start + size > at:
        raise ArchiveFault("export.archive.broken")
    found, place = [], start
    for _ in range(count):
        if place + _CENTRAL.size > at or data[place : place + 4] != b"PK\x01\x02":
            raise ArchiveFault("export.archive.broken")
        _, _, _, flags, method, _, _, crc, packed, unpacked, length, extra, comment, _, _, mode, offset = (
            _CENTRAL.unpack_from(data, place)
        )
        place += _CENTRAL.size
        raw = data[place : place + length]
        place += length + extra + comment
        try:
            name = raw.decode()
        except UnicodeDecodeError as fault:
            raise ArchiveFault("export.archive.name", file=ascii(raw)) from fault
        found.append(Member(name, flags, method, crc, packed, unpacked, mode >> 16, offset))
    return found


def _check_name(member: Member) -> None:
    name = member.name
    parts = name.split("/")
    unsafe = "\\" in name or ":" in name or any(unicodedata.category(c)[0] == "C" for c in name)
    if not name or unsafe or any(p in ("", ".", "..") for p in parts):
        raise ArchiveFault("export.archive.climbs", file=name)


def unpack(data: bytes, found: list[Member]) -> dict[str, bytes]:
    """The contents of the members, after the container was found to be the one that a bundle has.

    Raises ArchiveFault where a byte of the container is another than it must be, or a member does not unpack to
    the size and checksum it tells.
    """
    packed = []
    for m in found:
        start = m.offset + _LOCAL.size + len(m.name.encode())
        packed.append((m.name, m.crc, m.size, data[start : start + m.packed_size]))
    if [m.name for m in found] != sorted(m.name for m in found):
        raise ArchiveFault("export.archive.order")
    if sum(len(p[3]) for p in packed) > len(data) or container(packed) != data:
        raise ArchiveFault("export.archive.bytes")
    return {name: _inflate(name, crc, size, raw) for name, crc, size, raw in packed}


def _inflate(name: str, crc: int, size: int, raw: bytes) -> bytes:
    stream = zlib.decompressobj(-15)
    try:
        content = stream.decompress(raw, size + 1)
    except zlib.error as fault:
        raise ArchiveFault("export.archive.packed", file=name) from fault
    if len(content) != size or not stream.eof or stream.unused_data or zlib.crc32(content) != crc:
        raise ArchiveFault("export.archive.packed", file=name)
    return content


def looks_like_zip(content: bytes) -> bool:
    """Whether a member is itself a zip."""
    return re.match(rb"PK(\x03\x04|\x05\x06)", content) is not None
