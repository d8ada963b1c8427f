"""The bundle: files that tell a result with all it rests on, and the one zip that holds them.

Who reads it is told in ``docs/formats.md``. The files are a pure function of the contents and of the random ids.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from ballot_scan import tally, text
from ballot_scan.errors import UsageError
from ballot_scan.event.source import decode, nfc
from ballot_scan.export import archive
from ballot_scan.export.contents import BundleContents
from ballot_scan.export.unlink import names_a_ballot, secret_words, unlink
from ballot_scan.export.writing import listing, plain
from ballot_scan.files import write_whole
from ballot_scan.records import Turnout
from ballot_scan.store.log import GENESIS, LogEntry, detail_digest

FORMAT = "ballot-bundle/1"
MANIFEST = "manifest.json"
#: Log entries whose detail names a ballot or a file of ballots: only its digest leaves.
WITHHELD = frozenset({"opinion", "keyed"})


def random_id() -> str:
    """A fresh id of a row, ballot or decision: 64 bits from the system's generator."""
    return secrets.token_hex(8)


def bundle_files(contents: BundleContents, token: Callable[[], str] = random_id) -> dict[str, bytes]:
    """All files of the bundle, by name, the manifest among them. ``token`` gives random ids (tests give their own).

    Raises ValueError where the contents do not belong together.
    """
    records = unlink(contents, token)
    files: dict[str, bytes] = {
        "README.txt": _readme(),
        "event.toml": nfc(decode(contents.event_toml)).encode(),
        "regulation.json": plain({"format": "ballot-regulation/1", **contents.regulation.model_dump(mode="json")}),
        "turnout.json": plain(_turnout(contents)),
        "tally.json": plain(tally.as_json(contents.tally), sort=False),
        "decisions.json": plain({"format": "ballot-decisions/1", "decisions": records.decisions, "open": records.open}),
        "pages.json": plain({"format": "ballot-pages/1", "pages": dict(contents.pages)}),
        "closings.json": plain(_closings(contents)),
        "log.json": _log(contents),
        **records.files,
    }
    told = {(form.poll, form.form) for form in contents.tally.forms}
    files |= {f"layouts/{p}/{f}.json": body.encode() for (p, f), body in contents.layouts.items() if (p, f) in told}
    files |= {f"documents/{name}": body for name, body in contents.documents.items()}
    files[MANIFEST] = manifest(
        files,
        event=contents.tally.event,
        result_code=contents.tally.result_code,
        provisional=contents.provisional,
        per_ballot=contents.per_ballot,
    )
    return files


def manifest(files: Mapping[str, bytes], **head: object) -> bytes:
    """The manifest of ``files``: size and SHA-256 of each, and a digest of itself.

    Its canonical form is JSON with sorted keys, indented by one space, letters as they are, UTF-8, one line end at
    the end; ``sha256`` is the SHA-256 of that form of the manifest without ``sha256``.
    """
    listed = {name: {"size": len(body), "sha256": _sha256(body)} for name, body in files.items() if name != MANIFEST}
    content: dict[str, object] = {"format": FORMAT, **head, "files": listed}
    return plain({**content, "sha256": _sha256(plain(content))})


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write the bundle whole or not at all; an older file stays until the new one is whole.

    Raises UsageError where it cannot be written.
    """
    try:
        data = archive.pack(files)
    except ValueError as fault:
        raise UsageError("export.cannot-write", path=path, why=fault) from fault
    return write_whole(path, lambda spare: _flushed(spare, data), "export.cannot-write")


def _flushed(path: Path, data: bytes) -> None:
    """Written through to the disk: the bundle may leave on a stick at once."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _readme() -> bytes:
    return (text.t("export.readme", "vi").strip() + "\n\n" + text.t("export.readme", "en").strip() + "\n").encode()


def _turnout(contents: BundleContents) -> dict[str, object]:
    polls = sorted({f.poll for f in contents.tally.forms})
    return {
        "format": "ballot-turnout/1",
        "polls": [
            {"poll": p, "deputies": contents.deputies.get(p), "turnout": _numbers(contents.turnouts.get(p))}
            for p in polls
        ],
    }


def _numbers(turnout: Turnout | None) -> dict[str, int] | None:
    return None if turnout is None else {name: getattr(turnout, name) for name in Turnout.__slots__}


def _closings(contents: BundleContents) -> dict[str, object]:
    polls = {f.poll for f in contents.tally.forms}
    told = [
        {"poll": poll, "closed": c.closed, "body": json.loads(json.dumps(c.body, default=str))}
        for poll, c in sorted(contents.closings.items())
        if poll in polls
    ]
    return {"format": "ballot-closings/1", "closings": told}


def _log(contents: BundleContents) -> bytes:
    """The chain, with the details that name no ballot; the others are there by their digest."""
    hidden = secret_words(contents)
    head = contents.log[-1].sha256 if contents.log else GENESIS
    heads = [{"at": at, "length": h.length, "sha256": h.sha256} for at, h in contents.heads.items()]
    described = {"format": "ballot-log/1", "head": {"length": len(contents.log), "sha256": head}, "heads": heads}
    return listing(described, "entries", (_entry(e, hidden) for e in contents.log))


def _entry(entry: LogEntry, hidden: frozenset[str]) -> dict[str, object]:
    withheld = entry.event in WITHHELD or names_a_ballot(entry.detail, hidden)
    return {
        "seq": entry.seq,
        "utc": entry.utc,
        "actor": entry.actor,
        "event": entry.event,
        "outcome": entry.outcome,
        "detail": None if withheld else entry.detail,
        "detail_sha256": detail_digest(entry.detail),
        "previous": entry.previous,
        "sha256": entry.sha256,
    }
