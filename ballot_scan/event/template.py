"""The text a new ``event.toml`` starts from: the commented template, or an earlier event's file."""

from __future__ import annotations

from pathlib import Path

from ballot_scan import data, text
from ballot_scan.errors import EventError
from ballot_scan.event.source import EncodingFault, decode

FILE = "event.toml"


def template(language: str) -> str:
    """A commented ``event.toml`` to fill in, valid TOML: ``check`` then names what is missing.

    ``vi``: comments in Vietnamese with English under them; any other language: English.
    """
    name = f"event-template.{'vi' if language == 'vi' else 'en'}.toml"
    return data.files("forms").joinpath(name).read_text(encoding="utf-8")


def copy_from(old_folder: Path) -> str:
    """The ``event.toml`` of an earlier event as it stands, without BOM, under a note of what to change.

    Line ends stay as they are: write the text with ``newline=""``. The file need not be free of problems.
    Raises EventError where there is none or it is no text.
    """
    path = old_folder / FILE
    try:
        old = decode(path.read_bytes()).removeprefix("\ufeff")
    except FileNotFoundError as fault:
        raise EventError([text.t("event.no_file", file=path)]) from fault
    except EncodingFault as fault:
        raise EventError([f"{path}:{fault.line}: {text.t('event.encoding')}"]) from fault
    except OSError as fault:
        raise EventError([text.t("event.no_read", file=path, detail=text.system(fault))]) from fault
    end = "\r\n" if "\r\n" in old else "\n"
    note = "".join(f"# {text.t('event.copied', lang)}{end}" for lang in ("vi", "en"))
    return f"{note}{end}{old}"
