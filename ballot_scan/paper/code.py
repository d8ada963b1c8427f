"""Ballot codes: mint and check.

The Data Matrix of a page holds 28 characters: kind ``B`` (official) or ``T`` (rehearsal, THỬ), event tag (6),
form tag (4), page (1), ballot (10), keyed check (6); all Crockford base 32. Ballots are random (50 bits, from
the system's generator) and linked to no voter; the check is an HMAC-SHA-256 cut to 30 bits, so a forged or
foreign ballot is told from one of ours without a look at the list of issued codes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from functools import cache

from ballot_scan.records import BallotCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32
SHARED_BALLOT = "0" * 10  # the ballot part where all ballots of a form carry the same code
MAX_PAGE = 31
LENGTH = 28
_PAYLOAD = re.compile(f"[BT][{ALPHABET}]{{27}}")


def base32(digest: bytes, characters: int) -> str:
    """The first ``5 * characters`` bits of ``digest`` in Crockford base 32."""
    bits = int.from_bytes(digest, "big") >> (len(digest) * 8 - 5 * characters)
    return "".join(ALPHABET[(bits >> (5 * i)) & 31] for i in reversed(range(characters)))


@cache
def event_tag(event: str) -> str:
    """Six characters that name the event in a code."""
    return base32(hashlib.sha256(f"event\0{event}".encode()).digest(), 6)


@cache
def form_tag(event: str, poll: str, form: str) -> str:
    """Four characters that name poll and form in a code; 20 bits, so printing checks for a collision."""
    return base32(hashlib.sha256(f"form\0{event}\0{poll}\0{form}".encode()).digest(), 4)


def new_key() -> bytes:
    """A fresh secret for the keyed check."""
    return secrets.token_bytes(32)


def mint(count: int, taken: Iterable[str] = ()) -> list[str]:
    """``count`` random ballot identifiers of ten characters, none in ``taken``, none twice."""
    seen = {*taken, SHARED_BALLOT}
    minted: list[str] = []
    while len(minted) < count:
        ballot = "".join(secrets.choice(ALPHABET) for _ in range(10))
        if ballot not in seen:
            seen.add(ballot)
            minted.append(ballot)
    return minted


def payload(key: bytes, event: str, poll: str, form: str, page: int, ballot: str, *, rehearsal: bool) -> str:
    """The 28 characters that the Data Matrix of one page carries. Raises ValueError for a page over 31."""
    if not 1 <= page <= MAX_PAGE:
        raise ValueError(f"page {page} of a ballot: 1 to {MAX_PAGE}")
    body = ("T" if rehearsal else "B") + event_tag(event) + form_tag(event, poll, form) + ALPHABET[page] + ballot
    return body + _check(key, body)


def _check(key: bytes, body: str) -> str:
    return base32(hmac.new(key, body.encode(), hashlib.sha256).digest(), 6)


def parse(text: str) -> BallotCode | None:
    """A code taken apart, or None where ``text`` is no code of this software."""
    if not _PAYLOAD.fullmatch(text):
        return None
    return BallotCode(
        rehearsal=text[0] == "T",
        event_tag=text[1:7],
        form_tag=text[7:11],
        page=ALPHABET.index(text[11]),
        ballot=text[12:22],
        check=text[22:28],
    )


def genuine(key: bytes, text: str) -> bool:
    """Whether the keyed check of a well-formed code holds."""
    return hmac.compare_digest(_check(key, text[:22]), text[22:28])
