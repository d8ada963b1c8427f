"""What passes between the rooms: one frozen dataclass per stage result.

Coordinates in pictures are pixels, origin top left, x right, y down; on paper millimetres likewise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PageStatus(StrEnum):
    """What a page image turned out to be; every page fed has exactly one."""

    READ = "read"
    UNREADABLE = "unreadable"
    NOT_A_BALLOT = "not-a-ballot"
    BLANK = "blank"


class Rule(StrEnum):
    """Names of findings, as they stand in files and on screen."""

    BLANK_ROW = "blank-row"
    MULTIPLE_ROW = "multiple-row"
    UNSURE_MARK = "unsure-mark"
    CORRECTED_ROW = "corrected-row"
    MARK_OFF_BOX = "mark-off-box"
    NAME_STRUCK = "name-struck"
    EXTRA_WRITING = "extra-writing"
    SEAL_MISSING = "seal-missing"
    CODE_UNREADABLE = "code-unreadable"
    UNKNOWN_CODE = "unknown-code"
    FOREIGN_BALLOT = "foreign-ballot"
    DUPLICATE_BALLOT = "duplicate-ballot"
    MISSING_PAGE = "missing-page"
    UNREGISTERED = "unregistered"
    POOR_IMAGE = "poor-image"
    POSSIBLE_DOUBLE_FEED = "possible-double-feed"
    SAME_FILE = "same-file"


#: Findings that inform and never wait for a person.
INFORMATIVE: frozenset[Rule] = frozenset({Rule.SAME_FILE})

#: Readings of a row beside the level ids of the layout.
BLANK, MULTIPLE, UNSURE = "blank", "multiple", "unsure"
NOT_A_LEVEL: frozenset[str] = frozenset({BLANK, MULTIPLE, UNSURE})


# ---------------------------------------------------------------- paper


@dataclass(frozen=True, slots=True)
class BallotCode:
    """What the Data Matrix of a page says, taken apart. ``rehearsal`` ballots (THỬ) never count officially."""

    rehearsal: bool
    event_tag: str
    form_tag: str
    page: int
    ballot: str
    check: str

    @property
    def printed(self) -> str:
        """The code as people read it, e.g. ``7K2QM-9XFD0`` or ``THU-7K2QM-9XFD0``."""
        return ("THU-" if self.rehearsal else "") + f"{self.ballot[:5]}-{self.ballot[5:]}"


def code_of(printed: str) -> str:
    """The ballot's code as it was issued, from the one that people read, see ``BallotCode.printed``."""
    return printed.removeprefix("THU-").replace("-", "")


# ---------------------------------------------------------------- scan


class Doubt(StrEnum):
    """Why the ink of a box is left to people: the reasons of ``unsure-mark``."""

    PALE = "pale"  # too pale for a mark
    TRACE = "trace"  # more ink than dust, and no mark
    FAINT_LINES = "faint-lines"  # lines paler than ink
    SMALL = "small"  # a pen's rest
    HESITANT = "hesitant"  # one stroke, short or pale
    BESIDE = "beside"  # its centre is at the frame or beyond
    LINE = "line"  # a mere line, upright, level or through the box
    GAPS = "gaps"  # in pieces
    HAIR = "hair"  # narrower than the printed lines
    STAIN = "stain"
    NO_FRAME = "no-frame"  # the printed frame was not found
    FADED_FRAME = "faded-frame"
    GONE_OVER = "gone-over"  # somebody drew over the frame
    TWO_BOXES = "two-boxes"  # ink that goes on from two boxes
    TWO_ROWS = "two-rows"
    PALER = "paler"  # than the ballot's other marks
    OTHER_PEN = "other-pen"  # narrower or broader than the ballot's other marks
    SIGN = "sign"  # ditto marks, a face, letters, a wave: drawn, and no mark
    HOLE = "hole"  # the scanner's bed, seen through a filing hole
    SCRIBBLED = "scribbled"  # over a mark, perhaps, to take it back
    GOES_ON = "goes-on"  # out of what is looked at, or in the line of its stroke
    BLACK_AND_WHITE = "black-and-white"  # of which the scan left dots


@dataclass(frozen=True, slots=True)
class BoxReading:
    """One box of a row. ``coverage``: share of the frame's inside covered by ink, 0-1."""

    level: str
    coverage: float
    state: str  # "empty" | "marked" | "unsure"
    quad_mm: tuple[float, ...] = ()  # fitted frame: corners x0,y0 … x3,y3 clockwise from top left, sheet millimetres
    doubts: tuple[Doubt, ...] = ()  # why it is left to people; a marked box may have some, too


@dataclass(frozen=True, slots=True)
class RowReading:
    """One contest row of one page: a level id, ``blank``, ``multiple`` or ``unsure``."""

    row: int
    candidate: str
    reading: str
    boxes: tuple[BoxReading, ...]
    findings: tuple[Rule, ...] = ()


#: Kinds of ink off the boxes.
WRITING, NAME_STRUCK = "writing", Rule.NAME_STRUCK.value


@dataclass(frozen=True, slots=True)
class InkPlace:
    """Ink off the boxes: ``kind`` is ``writing`` or ``name-struck``; ``rect_mm`` x, y, width, height on the sheet."""

    kind: str
    rect_mm: tuple[float, float, float, float]
    row: int = 0  # of a struck name; 0 for writing


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything the reader says of one page image; depends on that image, layout and profile only."""

    source: str
    source_page: int
    sha256: str
    status: PageStatus
    poll: str = ""
    form: str = ""
    ballot: str = ""  # printed code; "" where unknown
    page: int = 0  # page of the ballot, from 1; 0 where unknown
    rehearsal: bool = False
    genuine: bool = False  # the keyed check of the code holds
    rows: tuple[RowReading, ...] = ()
    findings: tuple[Rule, ...] = ()  # those that the page alone shows
    reason: str = ""  # text key of what was wrong, with its figures after "|"
    residual_mm: float | None = None
    evidence: str = ""  # SHA-256 of the picture kept of a flagged page; "" where none is
    elsewhere: tuple[InkPlace, ...] = ()  # ink off the boxes, masked places left out
    fingerprint: bytes = b""  # what its marks look like; only where all ballots of a form carry one code


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page reading as the store keeps it, with its batch; withdrawn pages stay but never count."""

    id: int
    batch: str
    reading: PageReading
    withdrawn: bool = False


# ---------------------------------------------------------------- keying


@dataclass(frozen=True, slots=True)
class KeyedBallot:
    """One ballot as one operator keyed it: candidate id → level id, ``blank`` or ``multiple``."""

    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Keying:
    """One operator's keying of one form."""

    poll: str
    form: str
    operator: str
    sha256: str
    source: str
    ballots: tuple[KeyedBallot, ...]


# ---------------------------------------------------------------- rules


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one member of the counting team says on one doubtful matter; kept for good, superseded by a later one.

    A matter is a row of a ballot (``row`` set, ``rule`` empty) or a finding on the whole ballot or page (``row``
    None). ``digests`` are the SHA-256 of the pages it was said about: scanned again, it no longer holds.
    """

    poll: str
    form: str
    ballot_key: str
    rule: str
    row: int | None
    verdict: str  # row: level id, "blank", "multiple" or "invalid"; ballot: "valid", "invalid" or "not-counted"
    grounds: str
    member: str
    digests: tuple[str, ...]

    @property
    def matter(self) -> tuple[str, str, str, str, int | None]:
        return (self.poll, self.form, self.ballot_key, self.rule, self.row)


@dataclass(frozen=True, slots=True)
class Decision:
    """What two members of the counting team concluded alike; see Opinion for its fields."""

    poll: str
    form: str
    ballot_key: str
    rule: str
    row: int | None
    verdict: str
    grounds: str
    members: tuple[str, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BallotRow:
    """One row of a ballot as read or keyed, with what is doubtful about it."""

    row: int
    candidate: str
    reading: str
    findings: tuple[Rule, ...] = ()
    settled: bool = False  # people's reading already: two operators keyed it alike


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot: ``key`` names it within its form; ``pages`` are the store's page ids (empty where keyed)."""

    poll: str
    form: str
    key: str
    rehearsal: bool
    rows: tuple[BallotRow, ...]
    findings: tuple[Rule, ...] = ()
    pages: tuple[int, ...] = ()
    digests: tuple[str, ...] = ()  # SHA-256 of its pages or keyings, sorted
    keyed: bool = False
    waits_for_second: bool = False  # keyed by one operator only
    alike: tuple[int, ...] = ()  # page ids of other ballots that look like scans of the same sheet (shared codes)

    @property
    def doubtful(self) -> bool:
        """Whether a person must see it."""
        return self.waits_for_second or bool(self.findings) or any(r.findings for r in self.rows)


class RowKind(StrEnum):
    """What a row counts for."""

    LEVEL = "level"
    NONE_MARKED = "none"
    SEVERAL_MARKED = "several"
    OTHER_INVALID = "other"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    candidate: str
    kind: RowKind
    level: str = ""


class BallotState(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    PENDING = "pending"
    NOT_COUNTED = "not-counted"


@dataclass(frozen=True, slots=True)
class BallotOutcome:
    """What one ballot counts for. A ballot whose rows wait is PENDING; its settled rows still show."""

    poll: str
    form: str
    ballot_key: str
    state: BallotState
    rows: tuple[RowOutcome, ...] = ()
    grounds: tuple[str, ...] = ()


# ---------------------------------------------------------------- turnout


@dataclass(frozen=True, slots=True)
class Turnout:
    """The hand-counted numbers of one poll, in persons and ballots. ``spoiled``: returned and exchanged."""

    summoned: int
    present: int
    printed: int
    issued: int
    spoiled: int
    unused: int
    collected: int

    @property
    def not_returned(self) -> int:
        """Ballots issued that came back neither into the box nor as spoiled."""
        return self.issued - self.spoiled - self.collected


@dataclass(frozen=True, slots=True)
class Equation:
    """A named check of numbers: holds when ``left`` equals ``right``."""

    name: str  # text key, e.g. "printed-issued-unused"
    left: int
    right: int

    @property
    def holds(self) -> bool:
        return self.left == self.right


# ---------------------------------------------------------------- tally


@dataclass(frozen=True, slots=True)
class LevelCount:
    level: str
    votes: int
    percent: str  # two decimals, point: "40.43"; "" where the base is 0


@dataclass(frozen=True, slots=True)
class CandidateCount:
    """One person's result. high + medium + low + none + several + other invalid (+ pending) = valid ballots."""

    candidate: str
    name: str
    position: str
    valid: int
    invalid: int
    none_marked: int
    several_marked: int
    other_invalid: int
    pending: int
    levels: tuple[LevelCount, ...]
    threshold: str | None  # None | "first" | "second"


@dataclass(frozen=True, slots=True)
class FormTally:
    """The count of one form of one poll."""

    poll: str
    form: str
    regulation: str
    base: int
    base_rule: str  # "collected" | "deputies" | "valid"
    turnout: Turnout | None
    ballots_read: int
    valid: int
    invalid: int
    pending_review: int
    candidates: tuple[CandidateCount, ...]
    invalid_grounds: tuple[tuple[str, int], ...] = ()
    equations: tuple[Equation, ...] = ()
    rehearsal: bool = False
    blocked: bool = False  # something waits beyond the form's own numbers, e.g. a page that could not be read

    @property
    def final(self) -> bool:
        """Nothing waits, turnout is there and every equation holds."""
        reconciled = self.turnout is not None and all(e.holds for e in self.equations)
        return reconciled and self.pending_review == 0 and not self.blocked


@dataclass(frozen=True, slots=True)
class LogHead:
    """Length and head of the hash chain: what the paper binds the file with."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Tally:
    event: str
    forms: tuple[FormTally, ...]
    result_code: str = ""
    blocked: tuple[str, ...] = ()  # text lines: what still waits, for all forms
    poll_codes: tuple[tuple[str, str], ...] = ()  # poll → result code of that poll alone

    @property
    def final(self) -> bool:
        return bool(self.forms) and not self.blocked and all(f.final for f in self.forms)
