"""Texts: both catalogues say the same things, and every text that the program asks for is there."""

from __future__ import annotations

import ast
import errno
import string
from collections.abc import Collection, Iterator
from importlib import resources
from pathlib import Path

import pytest

from ballot_scan.errors import UsageError
from ballot_scan.store import Store
from ballot_scan.text import LANGUAGES, catalogue, number, stored, system, t, use

PACKAGE = Path(str(resources.files("ballot_scan")))
#: Calls whose first argument is a text key.
LIBRARIES_WORDS = {"detail"}  # what a library says in English may be left out of the Vietnamese text
ASKS = {"t", "UsageError", "InputError", "ReconcileError", "RefusedError", "ScanTallyError"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def literals(node: ast.expr) -> Iterator[str]:
    """The keys that an argument can be: a literal, or either branch of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def asked(names: Collection[str] = ASKS) -> list[tuple[str, str, set[str] | None]]:
    """Where, which key, and the values given (None where they cannot be told)."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in names and node.args:
                given = {k.arg for k in node.keywords}
                values = None if None in given else {str(k) for k in given}
                where = f"{file.relative_to(PACKAGE).as_posix()}:{node.lineno}"
                found += [(where, key, values) for key in literals(node.args[0])]
    return found


def prefixes() -> list[tuple[str, str]]:
    """Keys put together in the program: where, and what they begin with."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in ASKS and node.args:
                first = node.args[0]
                if isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                    found.append((f"{file.relative_to(PACKAGE).as_posix()}:{node.lineno}", str(first.values[0].value)))
    return found


def test_both_languages_have_the_same_texts() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    assert sorted(vi.keys() - en.keys()) == []
    assert sorted(en.keys() - vi.keys()) == []


def test_both_languages_fill_in_the_same_fields() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    differing = {k: (fields(vi[k]), fields(en[k])) for k in vi.keys() & en.keys() if fields(vi[k]) != fields(en[k])}
    assert {k: pair for k, pair in differing.items() if pair[0] ^ pair[1] != LIBRARIES_WORDS} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []


def test_every_text_the_program_asks_for_is_there() -> None:
    known = catalogue("en")
    every = asked()
    assert len(every) > 100
    # a room's own helper puts the room's name before the key
    missing = [
        (where, key)
        for where, key, _ in every
        if key not in known and f"{where.split('/')[0]}.{key}" not in known and not key.endswith(".")
    ]
    assert missing == []


def test_every_field_of_a_text_is_given_where_it_is_asked_for() -> None:
    known = catalogue("en")
    wrong = [
        (where, key, sorted(fields(known[key]) - values))
        for where, key, values in asked()
        if key in known and values is not None and values and fields(known[key]) - values
    ]
    assert wrong == []


def test_a_field_may_be_called_like_an_argument_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ballot_scan.text.catalogue", lambda language: {"a": f"{language}: {{key}} {{lang}}"})
    assert t("a", key=1, lang=2).endswith(": 1 2")
    assert t("a", "vi", key=1, lang=2) == "vi: 1 2"


def test_an_error_takes_no_value_called_key() -> None:
    errors = ASKS - {"t"}
    taken = [(where, key) for where, key, values in asked(errors) if values and "key" in values]
    assert taken == []


def test_keys_put_together_begin_as_some_text_does() -> None:
    known = catalogue("en")
    wrong = [
        (where, start)
        for where, start in prefixes()
        if not any(k.startswith((start, f"{where.split('/')[0]}.{start}")) for k in known)
    ]
    assert wrong == []


def test_reasons_as_the_store_keeps_them_are_words_in_both_languages() -> None:
    assert stored("scan.markers|1", "vi").startswith("chỉ thấy 1 trên 4")
    assert stored("scan.foreign", "en") == t("scan.foreign", "en")
    assert stored("", "vi") == ""
    assert stored("of.another.version|2", "vi") == "of.another.version|2"


def test_fractions_are_written_with_the_comma_of_vietnamese() -> None:
    assert (number(0.25, ".2f", "vi"), number(0.25, ".2f", "en")) == ("0,25", "0.25")
    assert "97,0 %" in t("calibrate.find.scale", "vi", x=97.0, y=98.04)
    assert "97.0 %" in t("calibrate.find.scale", "en", x=97.0, y=98.04)
    assert "200.5" in t("cli.scan.page", "vi", source="stack-200.5.pdf", page=1, reason="")


@pytest.mark.parametrize(
    ("fault", "vi", "en"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "không có quyền truy cập", "no permission"),
        (OSError(errno.ENOSPC, "No space left on device"), "ổ đĩa đã đầy", "the disk is full"),
        (OSError(9999, "Odd thing"), "Odd thing", "Odd thing"),
        (ValueError("Odd thing"), "Odd thing", "Odd thing"),
    ],
)
def test_what_the_system_refuses_is_said_in_the_language_in_use(
    fault: Exception, vi: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ballot_scan.text._current", [])
    for language, words in (("vi", vi), ("en", en)):
        use(language)
        assert system(fault) == words


def test_what_sqlite_refuses_is_said_in_the_language_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ballot_scan.text._current", [])
    (tmp_path / "tally.db").write_bytes(b"something else " * 100)
    use("vi")
    with pytest.raises(UsageError, match="không phải là kho dữ liệu"):
        Store(tmp_path, now=lambda: "2026-01-01T00:00:00Z", actor="somebody")


def test_what_windows_calls_no_permission_though_another_program_has_it_open_is_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault = PermissionError(errno.EACCES, "The process cannot access the file because it is being used")
    fault.winerror = 32  # type: ignore[attr-defined, unused-ignore]
    monkeypatch.setattr("ballot_scan.text._current", [])
    use("en")
    assert system(fault) == "it is in use"
