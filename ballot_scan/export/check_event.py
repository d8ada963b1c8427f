"""Checks of what the count stands on: event, regulation, layouts."""

from __future__ import annotations

from ballot_scan.export.manifest import Manifest
from ballot_scan.export.reading import Bundle
from ballot_scan.export.strict import Fault, Table, alike, shown


def check_event(bundle: Bundle) -> dict[str, object]:
    """Event and regulation belong together, and manifest and tally name this event."""
    head = bundle.definition.table("event")
    event = alike(head.text("id"))
    for where, told in (("manifest.json", bundle.manifest.event), ("tally.json", bundle.tally.text("event"))):
        if told != event:
            raise Fault("export.fault.differs", where=where, what="event", told=shown(told), counted=shown(event))
    regulation = bundle.regulation.text("id")
    if alike(head.text("regulation")) != regulation:
        told = shown(head.text("regulation"))
        raise Fault("export.fault.differs", where="event.toml", what="regulation", told=told, counted=shown(regulation))
    if not bundle.levels or len(set(bundle.levels)) != len(bundle.levels):
        raise bundle.regulation.fault("levels")
    rules = bundle.definition.table("rules") if "rules" in bundle.definition.data else Table({}, "event.toml: rules")
    for rule in rules.data:
        if alike(rules.text(rule)) != bundle.scope(alike(rule)):
            raise Fault(
                "export.fault.differs", where="regulation.json", what=shown(rule),
                told=shown(bundle.scope(alike(rule))), counted=shown(rules.text(rule)),
            )  # fmt: skip
    _check_forms(bundle)
    return {"event": shown(event), "regulation": shown(regulation)}


def _check_forms(bundle: Bundle) -> None:
    """The tally tells every form of every poll it covers, and no other."""
    if not bundle.tallies:
        raise Fault("export.fault.field", where="tally.json", field="polls")
    covered = {poll for poll, _ in bundle.tallies}
    for poll in sorted(covered):
        if poll not in bundle.polls:
            raise Fault("export.fault.unknown-form", form=shown(poll))
    expected = {(poll, form) for poll in covered for form in bundle.polls[poll].forms}
    for poll, form in sorted(expected ^ bundle.tallies.keys()):
        raise Fault("export.fault.unknown-form", form=shown(f"{poll}/{form}"))
    if bundle.turnouts.keys() != covered:
        raise Fault("export.fault.field", where="turnout.json", field="polls")
    for name in bundle.files:
        area, *rest = name.split("/")
        if area == "records" and tuple(rest[:2]) not in expected:
            raise Fault("export.fault.more", file=shown(name))
        if area == "layouts" and (rest[0], rest[1].removesuffix(".json")) not in expected:
            raise Fault("export.fault.more", file=shown(name))


def check_layouts(bundle: Bundle) -> dict[str, object]:
    """Each printed form has the persons of the event, in its order, with the levels of the regulation."""
    found = 0
    for poll, form in bundle.tallies:
        name = f"layouts/{poll}/{form}.json"
        if name not in bundle.files:
            if any(not ballot.keyed for ballot in bundle.records[(poll, form)].ballots):
                raise Fault("export.fault.missing", file=name)
            continue
        found += 1
        layout = bundle.json(name)
        told = (layout.text("event"), layout.text("poll"), layout.text("form"), *layout.texts("levels"))
        wanted = (bundle.manifest.event, poll, form, *bundle.levels)
        if told != wanted:
            raise Fault("export.fault.layout", file=name, told=shown(told), wanted=shown(wanted))
        _check_persons(bundle, layout, poll, form)
    return {"count": found}


def _check_persons(bundle: Bundle, layout: Table, poll: str, form: str) -> None:
    rows = [row for page in layout.tables("pages") for row in page.tables("rows")]
    told = [(alike(row.text("candidate")), alike(row.text("name"))) for row in rows]
    wanted = [(candidate, name) for candidate, name, _ in bundle.polls[poll].forms[form]]
    if told != wanted or [row.number("row") for row in rows] != list(range(1, len(rows) + 1)):
        odd = next((w for t, w in zip(told, wanted, strict=False) if t != w), (len(told), len(wanted)))
        raise Fault("export.fault.layout", file=layout.where, told=len(told), wanted=shown(odd))
    for row in rows:
        if tuple(box.text("level") for box in row.tables("boxes")) != bundle.levels:
            raise row.fault("boxes")


def check_documents(bundle: Bundle) -> dict[str, object]:
    """An official result comes with its counting minutes, and what is named .pdf is one."""
    documents = [name for name in bundle.files if name.startswith("documents/")]
    for name in documents:
        if name.endswith(".pdf") and not bundle.files[name].startswith(b"%PDF-"):
            raise Fault("export.fault.no-pdf", file=shown(name))
    if not bundle.manifest.provisional:
        for poll in sorted({poll for poll, _ in bundle.tallies}):
            if f"documents/{poll}/minutes.pdf" not in bundle.files:
                raise Fault("export.fault.missing", file=f"documents/{poll}/minutes.pdf")
    return {"count": len(documents)}


def summary(manifest: Manifest) -> dict[str, object]:
    """What the manifest's check tells."""
    return {"event": shown(manifest.event), "code": shown(manifest.result_code)}
