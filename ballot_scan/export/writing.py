"""The JSON of the bundle: UTF-8, sorted keys, equal contents give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping


def plain(value: object, *, sort: bool = True) -> bytes:
    """A small file, indented for people."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=sort, indent=1, allow_nan=False)
    return (text + "\n").encode()


def listing(head: Mapping[str, object], key: str, items: Iterable[object]) -> bytes:
    """A long file: ``head`` first, then the list ``key`` with one item a line."""
    start = json.dumps(dict(head), ensure_ascii=False, sort_keys=True, allow_nan=False)[:-1]
    lines = ",\n".join(
        json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False) for item in items
    )
    return f'{start},"{key}":[\n{lines}\n]}}\n'.encode()
