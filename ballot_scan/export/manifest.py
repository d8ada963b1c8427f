"""Manifest of a bundle, checked: its own digest, and every file by size and SHA-256, none more, none less."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ballot_scan.export.strict import Fault, Table, parse_json, shown

NAME = "manifest.json"
FORMAT = "ballot-bundle/1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says of the bundle as a whole, and its list of files."""

    event: str
    result_code: str
    provisional: bool
    per_ballot: bool
    files: Table


def read_manifest(files: Mapping[str, bytes]) -> Manifest:
    """The manifest, sound in itself. Raises Fault where it is missing or does not carry its own digest."""
    content = files.get(NAME)
    if content is None:
        raise Fault("export.fault.missing", file=NAME)
    table = parse_json(content, NAME)
    if table.text("format") != FORMAT:
        raise Fault("export.fault.format", file=NAME, format=shown(table.text("format")))
    table.keys_are(("format", "event", "result_code", "provisional", "per_ballot", "files", "sha256"))
    rest = {key: value for key, value in table.data.items() if key != "sha256"}
    if hashlib.sha256(_form(rest)).hexdigest() != table.text("sha256"):
        raise Fault("export.fault.self-digest", file=NAME)
    if _form(table.data) != content:
        raise Fault("export.fault.self-form", file=NAME)
    return Manifest(
        table.text("event"),
        table.text("result_code"),
        table.flag("provisional"),
        table.flag("per_ballot"),
        table.table("files"),
    )


def _form(value: Mapping[str, Any]) -> bytes:
    """The canonical form (``docs/formats.md``): sorted keys, one space of indent, UTF-8, one line end."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def check_files(manifest: Manifest, files: Mapping[str, bytes]) -> int:
    """Every file of the archive against the manifest. Returns how many there are; raises Fault at the first wrong."""
    listed = manifest.files.data.keys()
    for name in sorted(listed - files.keys()):
        raise Fault("export.fault.missing", file=shown(name))
    for name in sorted(files.keys() - listed - {NAME}):
        raise Fault("export.fault.more", file=shown(name))
    for name in sorted(listed):
        entry = manifest.files.table(name)
        entry.keys_are(("size", "sha256"))
        content = files[name]
        if entry.number("size") != len(content) or entry.text("sha256") != hashlib.sha256(content).hexdigest():
            raise Fault("export.fault.changed", file=shown(name))
    return len(listed)
