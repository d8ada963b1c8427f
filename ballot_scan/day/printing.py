"""Print: ballots, layout and guidance sheet of every form; the codes issued stand in the store first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballot_scan.day.book import paper_out
from ballot_scan.day.folder import BALLOTS, EventFolder, write_text
from ballot_scan.errors import UsageError
from ballot_scan.event.model import Form, Poll
from ballot_scan.paper import ballots, code, fonts, guidance, layout
from ballot_scan.store import Store

SPLIT = 500  # ballots in a file with --split


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What was printed of one form. ``before``: ballots of the same layout already out; ``void``: of another."""

    poll: str
    form: str
    copies: int
    pages: int
    files: tuple[Path, ...]
    guessed: bool
    before: int
    void: int
    shared: bool = False  # all ballots of a form carry one code: what can be found is less


Progress = Callable[[int, int], object]


def print_ballots(
    folder: EventFolder,
    poll: str | None = None,
    form: str | None = None,
    *,
    copies: int | None = None,
    split: bool = False,
    progress: Progress | None = None,
) -> list[PrintReport]:
    """Print the forms chosen. Raises UsageError where two forms cannot be told apart by their code."""
    chosen = folder.forms(poll, form)
    _refuse_collisions(folder)
    faces = fonts.choose(folder.event.head.font)
    key = folder.key()
    numbers = {(p.id, f.id): copies or folder.deputies(p) or 1 for p, f in chosen}
    planned = sum(numbers.values())
    reports = []
    with folder.store() as store:
        for the_poll, the_form in chosen:
            composed = ballots.compose(folder.event, the_poll, the_form, folder.regulation, faces)
            count = numbers[(the_poll.id, the_form.id)]
            guessed = copies is None and not folder.deputies(the_poll)
            reports.append(_print_form(folder, store, composed, key, count, split=split, guessed=guessed))
            guide = form_folder(folder, the_poll, the_form) / "guidance.pdf"
            guidance.write_guidance(guide, folder.event, the_poll, the_form, folder.regulation, faces)
            if progress is not None:
                progress(count, planned)
    return reports


def form_folder(folder: EventFolder, poll: Poll, form: Form) -> Path:
    """Where the paper of one form lies."""
    return folder.path / BALLOTS / poll.id / form.id


def _print_form(
    folder: EventFolder, store: Store, composed: ballots.ComposedForm, key: bytes, count: int, *, split: bool,
    guessed: bool,
) -> PrintReport:  # fmt: skip
    """Mint codes, keep them, then write the files: no ballot exists whose code is not in the store."""
    form = composed.layout
    target = folder.path / BALLOTS / form.poll / form.form
    shared = folder.event.head.codes == "shared"
    if shared:
        if len(form.pages) > 1:
            raise UsageError("day.one-sheet", form=f"{form.poll}/{form.form}", pages=len(form.pages))
        codes = [code.SHARED_BALLOT] * count
    else:
        codes = code.mint(count, store.issued_codes())
    text = layout.to_json(form)
    runs = [r for r in store.prints() if (r.poll, r.form, r.rehearsal) == (form.poll, form.form, False)]
    before = sum(r.copies for r in runs if r.layout == text)
    void = sum(r.copies for r in runs if r.layout != text)
    blank = ballots.blank_form_pdf(composed)
    store.add_print(form.poll, form.form, rehearsal=False, layout=text, ballots=codes, blank=blank)
    files = [write_text(target / "layout.json", text)]
    for old in target.glob("ballots*.pdf"):
        old.unlink()
    parts = list(ballots.pieces(codes, SPLIT if split else ballots.PIECE))
    for number, part in enumerate(parts, start=1):
        path = target / ("ballots.pdf" if len(parts) == 1 else f"ballots-{number:03d}.pdf")
        ballots.write_pdf(path, composed, part, key, rehearsal=False)
        files.append(path)
    files.append(target / "guidance.pdf")
    return PrintReport(
        form.poll, form.form, count, len(form.pages), tuple(files), guessed, before, void, shared
    )  # fmt: skip


def _refuse_collisions(folder: EventFolder) -> None:
    """Two forms with one tag (20 bits of a digest) could not be told apart by the reader."""
    seen: dict[str, str] = {}
    for poll, form in folder.forms(None, None):
        tag, name = code.form_tag(folder.event.head.id, poll.id, form.id), f"{poll.id}/{form.id}"
        if tag in seen:
            raise UsageError("day.tag-collision", first=seen[tag], second=name)
        seen[tag] = name


def discard(folder: EventFolder, poll: str | None, form: str | None) -> list[Path]:
    """Remove the printed files, whose order is an order of printing; layouts and codes stay."""
    gone = []
    for the_poll, the_form in folder.forms(poll, form):
        for path in sorted(form_folder(folder, the_poll, the_form).glob("ballots*.pdf")):
            path.unlink()
            gone.append(path)
    with folder.store() as store:
        store.record("print-discarded", files=len(gone), forms=len(paper_out(store).newest))
    return gone
