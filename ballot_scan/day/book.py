"""What paper is out: the layouts in force and the codes issued with them."""

from __future__ import annotations

from dataclasses import dataclass

from ballot_scan.day.folder import EventFolder
from ballot_scan.paper import raster
from ballot_scan.paper.layout import FormLayout, from_json
from ballot_scan.rules.ballots import Identity
from ballot_scan.scan.ink import BLANK_DPI, blank_of
from ballot_scan.scan.reader import FormBook
from ballot_scan.store import PrintRun, Store


@dataclass(frozen=True, slots=True)
class PaperOut:
    """The newest printing of each form (official and rehearsal) and every code issued under a layout in force."""

    newest: dict[tuple[str, str, bool], PrintRun]
    issued: frozenset[str]

    def layout(self, poll: str, form: str, *, rehearsal: bool) -> FormLayout | None:
        """The layout in force of one form, or None where it was never printed."""
        run = self.newest.get((poll, form, rehearsal))
        return from_json(run.layout) if run is not None else None


def paper_out(store: Store) -> PaperOut:
    """Look up what was printed. Ballots of an older layout are void: their codes are no longer issued."""
    runs = store.prints()
    newest = {(r.poll, r.form, r.rehearsal): r for r in runs}
    in_force = {r.id for r in runs if r.layout == newest[(r.poll, r.form, r.rehearsal)].layout}
    return PaperOut(newest, frozenset(c for c, run in store.issued_codes().items() if run in in_force))


def form_book(folder: EventFolder, out: PaperOut, store: Store) -> FormBook:
    """What the reader knows of the event's paper: layouts, blank forms, the secret of the codes, and whether
    it asks for seals."""
    official = tuple(from_json(r.layout) for (_, _, rehearsal), r in out.newest.items() if not rehearsal)
    practice = tuple(from_json(r.layout) for (_, _, rehearsal), r in out.newest.items() if rehearsal)
    blanks = {}
    for (poll, form, rehearsal), run in out.newest.items():
        pdf = store.blank(run)
        pictures = raster.render_pages(pdf, BLANK_DPI) if pdf else []
        for page, picture in zip(from_json(run.layout).pages, pictures, strict=False):
            blanks[(poll, form, page.page, rehearsal)] = blank_of(picture, page)
    head = folder.event.head
    return FormBook(
        head.id, official, practice, folder.key(), blanks, fingerprints=head.codes == "shared", seal=head.seal
    )


def identity(folder: EventFolder, out: PaperOut) -> Identity:
    """What the rules know of the event's paper."""
    pages = {(poll, form): len(from_json(r.layout).pages) for (poll, form, _), r in out.newest.items()}
    return Identity(out.issued, pages, folder.event.head.codes == "unique")
