"""An entry of the log shown without its detail still follows from the one before."""

from __future__ import annotations

from dataclasses import replace

from bundle_samples import chain

from ballot_scan.store.log import GENESIS, detail_digest, digest, first_break

LOG = chain([("zero-report", {"ballots": 0}), ("opinion", {"ballot_key": "7K2QM-9XFD0"}), ("closed", {"poll": "p"})])


def test_sound_log_has_no_break() -> None:
    assert first_break(LOG) is None
    assert first_break([]) is None


def test_every_field_is_covered() -> None:
    changes = {"utc": "x", "actor": "x", "event": "x", "outcome": "x", "detail": "x", "previous": "x", "sha256": "x"}
    for field, value in changes.items():
        broken = (LOG[0], replace(LOG[1], **{field: value}), LOG[2])  # type: ignore[arg-type]
        assert first_break(broken) == 2, field
    assert first_break((LOG[0], LOG[2])) == 2
    assert first_break(LOG[1:]) == 1


def test_the_detail_goes_in_by_its_own_digest() -> None:
    import hashlib
    import json

    one = LOG[0]
    fields = [1, one.utc, one.actor, one.event, one.outcome, detail_digest(one.detail)]
    body = GENESIS + json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(body.encode()).hexdigest() == one.sha256
    assert one.sha256 == digest(GENESIS, 1, one.utc, one.actor, one.event, one.outcome, one.detail)
