"""Report: the cases as one HTML page that needs no server; its data, and the page around it.

The page loads nothing but the pictures beside it (``../evidence/<sha256>.jpg``). Cases are drawn by its script from
compact data, a handful at a time; keys of that data are explained at ``page_data``.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from ballot_scan import text
from ballot_scan.event.model import Event
from ballot_scan.event.regulation import Regulation
from ballot_scan.paper.layout import FormLayout, PageLayout
from ballot_scan.records import BLANK, MULTIPLE, UNSURE, BallotState, Doubt, RowKind, Rule
from ballot_scan.review import pictures
from ballot_scan.review.cases import BALLOT_VERDICTS, INVALID, NOT_COUNTED, Case, CasePage, Choice, LayoutKey, Matter
from ballot_scan.review.decisions import FORMAT, LONGEST_GROUNDS, canonical, teams
from ballot_scan.review.effects import TallyChange

SCRIPTS = ("sha256.js", "seal.js", "dom.js", "state.js", "pictures.js", "cards.js", "app.js")
PAGE_CASES = 25  # cases drawn at once
_TEXTS = "review.page."


def page(
    event: Event,
    cases: Sequence[Case],
    *,
    regulation: Regulation,
    layouts: Mapping[LayoutKey, FormLayout],
    changes: Iterable[TallyChange] = (),
    lang: str | None = None,
    evidence_path: str = "../evidence/",
) -> str:
    """The whole page as HTML. ``evidence_path``: where the pictures lie, from the page's own place, with ``/``."""
    lang = lang or text.language()
    data = page_data(event, cases, regulation=regulation, layouts=layouts, changes=changes, lang=lang)
    data["evidence"] = evidence_path
    script = "\n".join(_static(name) for name in SCRIPTS)
    style = _static("review.css")
    policy = (
        "default-src 'none'; img-src 'self' file: data:; "
        f"style-src {_source(style)}; script-src {_source(script)}; base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        lang=lang,
        t=lambda key, **values: text.t(f"review.{key}", lang, **values),
        event=event,
        regulation=regulation,
        policy=policy,
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        data=Markup(_embedded(data)),  # noqa: S704 - every "<" is escaped
        changes=data["changes"],
        count=len(cases),
    )


def page_data(
    event: Event,
    cases: Sequence[Case],
    *,
    regulation: Regulation,
    layouts: Mapping[LayoutKey, FormLayout],
    changes: Iterable[TallyChange] = (),
    lang: str,
) -> dict[str, Any]:
    """What the page's script draws from.

    Tables first (polls, members, forms, rules, choices), then the cases, which point into them by number: ``p`` poll
    (-1 unknown), ``f`` form (-1 unknown), ``k`` ballot key, ``d`` digests, ``t`` 1 where it stops the count, ``y`` 1
    where keyed, ``s`` state, ``o`` outcome, ``g`` pages, ``m`` matters. A page: ``n`` source, ``q`` page of it, ``b``
    batch, ``c`` printed code, ``e`` evidence, ``a`` page of the ballot, ``w`` why it was not read, and where it is
    placed ``x`` box states, ``z`` box shifts, ``v`` flagged rows with coverage in thousandths and frame,
    ``j`` 1 where it is of another ballot that looks like the same sheet,
    ``k`` ink off the boxes: row of a struck name or 0, then x, y, width, height in millimetres. A matter:
    ``r`` row or 0, ``u`` rule, ``h`` findings, ``i`` machine reading, ``c`` choices, ``v`` opinions, ``s`` state,
    ``a`` verdict that stands, ``g`` its grounds, ``b`` its members, ``d`` why marks are unclear: level, doubts,
    ``w`` what else is known of it.
    """
    tables = _Tables(event, regulation, layouts, lang)
    shown = [tables.case(case) for case in cases]
    named = {level.id: _in(lang, level.vi, level.en) for level in regulation.levels}
    data: dict[str, Any] = {
        "event": event.head.id,
        "format": FORMAT,
        "lang": lang,
        "batch": PAGE_CASES,
        "longest": LONGEST_GROUNDS,
        "digits": pictures.DIGITS,
        "polls": [p.name for p in event.polls],
        "pollIds": [p.id for p in event.polls],
        "members": [[name, [event.polls.index(p) for p in polls]] for name, polls in teams(event)],
        "forms": tables.forms,
        "readings": {**named, **{r: text.t(f"review.reading.{r}", lang) for r in (BLANK, MULTIPLE, UNSURE)}},
        "verdicts": {f"0/{v}": text.t(f"review.verdict.ballot.{v}", lang) for v in BALLOT_VERDICTS},
        "rules": {rule.value: tables.rule(rule) for rule in Rule},
        "doubts": {doubt.value: text.t(f"review.doubt.{doubt.value}", lang) for doubt in Doubt},
        "choices": tables.choices,
        "cases": shown,
        "changes": [_change(c, event, named, lang) for c in changes],
    }
    data["review"] = hashlib.sha256(canonical(data)).hexdigest()
    data["text"] = {k[len(_TEXTS) :]: v for k, v in _texts(lang).items()}
    return data


class _Tables:
    """What cases point to, filled while they are written down."""

    def __init__(
        self, event: Event, regulation: Regulation, layouts: Mapping[LayoutKey, FormLayout], lang: str
    ) -> None:
        self._event, self._regulation, self._layouts, self._lang = event, regulation, layouts, lang
        self._polls = {p.id: i for i, p in enumerate(event.polls)}
        self._forms = {(p.id, f.id): f for p in event.polls for f in p.forms}
        self._form_at: dict[LayoutKey, int] = {}
        self._choice_at: dict[tuple[object, ...], int] = {}
        self.forms: list[dict[str, Any]] = []
        self.choices: list[dict[str, Any]] = []

    def rule(self, rule: Rule) -> dict[str, str]:
        """A finding in words, with what the regulation says of it."""
        effect = self._regulation.effects.get(rule.value)
        shared = rule is Rule.DUPLICATE_BALLOT and self._event.head.codes == "shared"
        words_of = f"review.rule.{rule.value}{'-shared' if shared else ''}"
        found = {
            "name": text.t(f"{words_of}.name", self._lang),
            "why": text.t(f"{words_of}.why", self._lang),
            "scope": effect.scope if effect is not None else "people",
        }
        if effect is not None:
            ground = _in(self._lang, effect.ground_vi, effect.ground_en)
            found["ground"] = text.t(f"{words_of}.ground", self._lang) if shared else ground
            found["clause"] = "" if effect.clause == "unverified" else effect.clause
        return found

    def case(self, case: Case) -> dict[str, Any]:
        layout = self._layouts.get((case.poll, case.form, case.rehearsal))
        flagged = {m.row for m in case.matters if m.row is not None}
        entry = {
            "p": self._polls.get(case.poll, -1),
            "pi": case.poll if case.poll not in self._polls else None,
            "f": self._form(case, layout),
            "fi": case.form,
            "k": case.key,
            "d": list(case.digests),
            "t": int(case.stopped),
            "y": int(case.keyed),
            "s": case.state,
            "o": case.outcome.value,
            "g": [self._page(p, layout, flagged) for p in case.pages],
            "m": [self._matter(m, case) for m in case.matters],
        }
        return {k: v for k, v in entry.items() if v not in (0, None) or k in ("p", "f")}

    def _form(self, case: Case, layout: FormLayout | None) -> int:
        form = self._forms.get((case.poll, case.form))
        key = (case.poll, case.form, case.rehearsal)
        if form is None:
            return -1
        if key not in self._form_at:
            self._form_at[key] = len(self.forms)
            self.forms.append(
                {
                    "title": form.title,
                    "test": int(case.rehearsal),
                    "people": [[c.name, c.position] for c in form.candidates],
                    "size": list(layout.page_size_mm) if layout else [],
                    "pages": [_page_shape(p) for p in layout.pages] if layout else [],
                }
            )
        return self._form_at[key]

    def _page(self, page: CasePage, layout: FormLayout | None, flagged: set[int]) -> dict[str, Any]:
        entry: dict[str, Any] = {"n": page.source, "q": page.source_page, "b": page.batch, "e": page.evidence}
        entry |= {"a": page.page, "c": page.code, "w": text.stored(page.reason, self._lang), "j": int(page.twin)}
        paper = next((p for p in layout.pages if p.page == page.page), None) if layout and page.placed else None
        rows = {row.row: row for row in page.rows}
        if paper is not None and (page.evidence or flagged & rows.keys()):
            entry |= {"x": pictures.box_states(paper, rows), "z": pictures.box_shifts(paper, rows)}
            entry["k"] = [[place.row, *place.rect_mm] for place in page.elsewhere]
            places = {row.row: {box.level: box.rect_mm for box in row.boxes} for row in paper.rows}
            entry["v"] = {
                str(n): [
                    [round(b.coverage * 1000), *pictures.quad(b, places[n][b.level])]
                    for b in rows[n].boxes
                    if b.level in places[n]
                ]
                for n in sorted(flagged & rows.keys() & places.keys())
            }
        return {k: v for k, v in entry.items() if v not in ("", 0, [])}

    def _matter(self, matter: Matter, case: Case) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "r": matter.row or 0,
            "u": matter.rule,
            "h": [f.value for f in matter.findings],
            "i": matter.reading,
            "c": [self._choice(c, case) for c in matter.choices],
            "v": [[v.member, v.verdict, v.grounds] for v in matter.opinions],
            "s": matter.state,
            "a": matter.after,
            "d": [[box.level, *(doubt.value for doubt in box.doubts)] for box in matter.boxes if box.doubts],
            "w": text.stored(matter.note, self._lang),
        }
        if matter.decision is not None:
            entry |= {"g": matter.decision.grounds, "b": list(matter.decision.members)}
        return {k: v for k, v in entry.items() if v not in ("", 0, [])}

    def _choice(self, choice: Choice, case: Case) -> int:
        key = (choice, case.stopped)
        if key not in self._choice_at:
            self._choice_at[key] = len(self.choices)
            name, means = self._choice_words(choice, case.stopped)
            entry: dict[str, Any] = {"v": choice.verdict, "name": name, "means": means}
            self.choices.append({**entry, "grounds": int(choice.needs_grounds), "spoils": int(choice.spoils)})
        return self._choice_at[key]

    def _choice_words(self, choice: Choice, stopped: bool) -> tuple[str, str]:
        level = next((x for x in self._regulation.levels if x.id == choice.verdict), None)
        called = _in(self._lang, level.vi, level.en) if level is not None else choice.verdict
        if choice.kind is None:
            name = text.t(f"review.verdict.{'page' if stopped else 'ballot'}.{choice.verdict}", self._lang)
        elif choice.verdict in (BLANK, MULTIPLE, INVALID):
            name = text.t(f"review.verdict.row.{choice.verdict}", self._lang)
        else:
            name = called
        return name, text.t(f"review.means.{_meaning(choice, stopped)}", self._lang, level=called)


def _meaning(choice: Choice, stopped: bool) -> str:
    """Name of the text that says what a choice would mean."""
    if stopped:
        return "page-aside"
    if choice.state is BallotState.INVALID:
        return "ballot-invalid"
    if choice.state is BallotState.NOT_COUNTED:
        return NOT_COUNTED
    kinds = {
        RowKind.LEVEL: "level", RowKind.NONE_MARKED: "none", RowKind.SEVERAL_MARKED: "several",
        RowKind.OTHER_INVALID: "other",
    }  # fmt: skip
    return kinds.get(choice.kind, "ballot-valid") if choice.kind is not None else "ballot-valid"


def _page_shape(page: PageLayout) -> dict[str, Any]:
    """A page of a form: for each row its number, its window, and the boxes' places."""
    rows = [
        [row.row, list(pictures.row_window(row)), [[round(v, 2) for v in box.rect_mm] for box in row.boxes]]
        for row in page.rows
    ]
    return {"page": page.page, "levels": [box.level for box in page.rows[0].boxes] if page.rows else [], "rows": rows}


def _change(change: TallyChange, event: Event, levels: Mapping[str, str], lang: str) -> dict[str, Any]:
    poll = next((p.name for p in event.polls if p.id == change.poll), change.poll)
    forms = {f.id: f.title or f.id for p in event.polls if p.id == change.poll for f in p.forms}
    what = levels.get(change.what) or text.t(f"review.effect.{change.what}", lang)
    many = len(forms) > 1
    return {
        "poll": f"{poll} – {forms.get(change.form, change.form)}" if many else poll,
        "name": change.name or text.t("review.effect.all", lang),
        "what": what,
        "before": change.before,
        "after": change.after,
        "difference": f"{change.after - change.before:+d}".replace("-", "−"),
    }


def _texts(lang: str) -> dict[str, str]:
    return {k: text.t(k, lang) for k in sorted(text.catalogue("en")) if k.startswith(_TEXTS)}


def _in(lang: str, vi: str, en: str) -> str:
    return vi if lang == "vi" else en


# ---------------------------------------------------------------- the page's parts


def _static(name: str) -> str:
    """A file that is put into the page as it is."""
    content = resources.files("ballot_scan.review").joinpath("static", name).read_text(encoding="utf-8")
    return content.replace("\r\n", "\n").strip("\n")


def _template() -> jinja2.Template:
    source = resources.files("ballot_scan.review").joinpath("templates", "review.html").read_text(encoding="utf-8")
    room = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return room.from_string(source)


def _source(content: str) -> str:
    """How a content security policy names the one style or script that may be there."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _embedded(data: Mapping[str, Any]) -> str:
    """Data as JSON that no content can break out of."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        plain = plain.replace(character, f"\\u{ord(character):04x}")
    return plain
