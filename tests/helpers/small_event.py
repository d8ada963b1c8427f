"""A small event and its papers: one A4 form with three persons, one A5 form with two."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

HALL = ("an", "binh", "chi")
ANNEX = ("dung", "giang")
LEVELS = ("high", "medium", "low")

#: What the twelve voters of the hall marked, person by person: plain rows only.
PLAIN = [tuple(LEVELS[(ballot + row * (1 + ballot % 2)) % 3] for row in range(3)) for ballot in range(12)]

EVENT = """\
[event]
id = "{id}"
title = "Lấy phiếu tín nhiệm thử nghiệm"
organ = "Hội đồng nhân dân tỉnh"
regulation = "96-2023-QH15"
style = "state"

[[poll]]
id = "hall"
name = "Hội trường lớn"
date = 2030-12-07

[[poll.member]]
name = "Tổ trưởng"
role = "head"

[[poll.member]]
name = "Thư ký"
role = "secretary"

[[poll.voters]]
group = "Đại biểu"
count = 12

[[poll.form]]
id = "main"
title = "Phiếu tín nhiệm"
paper = "A4"
candidate = [
  {{ id = "an", name = "Nguyễn Văn An", position = "Chủ tịch" }},
  {{ id = "binh", name = "Trần Thị Bình", position = "Phó Chủ tịch" }},
  {{ id = "chi", name = "Lê Chí", position = "Ủy viên" }},
]

[[poll]]
id = "annex"
name = "Phòng họp nhỏ"
date = 2030-12-07

[[poll.voters]]
group = "Ủy viên"
count = 4

[[poll.form]]
id = "main"
title = "Phiếu tín nhiệm của Ban"
paper = "A5"
candidate = [
  {{ id = "dung", name = "Phạm Dũng" }},
  {{ id = "giang", name = "Võ Giang" }},
]
"""


def write_event(folder: Path, id: str = "hdnd-thu") -> Path:
    """An event folder with the small event."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "event.toml").write_text(EVENT.format(id=id), encoding="utf-8")
    return folder


def write_council(folder: Path, regulation: str, voters: int, persons: Sequence[str]) -> Path:
    """An event folder of one poll ``hall`` with one form ``main``, for published results."""
    folder.mkdir(parents=True, exist_ok=True)
    people = "\n".join(f'  {{ id = "{p}", name = "Đại biểu {p}" }},' for p in persons)
    (folder / "event.toml").write_text(
        f'[event]\nid = "ky-hop"\ntitle = "Lấy phiếu tín nhiệm"\norgan = "Quốc hội"\nregulation = "{regulation}"\n\n'
        f'[[poll]]\nid = "hall"\nname = "Hội trường"\ndate = 2030-12-07\n\n'
        f'[[poll.voters]]\ngroup = "Đại biểu"\ncount = {voters}\n\n'
        f'[[poll.form]]\nid = "main"\ntitle = "Phiếu"\ncandidate = [\n{people}\n]\n',
        encoding="utf-8",
    )
    return folder


def write_keying(path: Path, persons: Sequence[str], ballots: Iterable[tuple[str, Sequence[str]]]) -> Path:
    """A keyed CSV: a label and one cell a person for each ballot."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ballot", *persons])
        writer.writerows([label, *cells] for label, cells in ballots)
    return path


def turnout_options(
    *, collected: int, issued: int | None = None, printed: int | None = None, **other: int
) -> list[str]:
    """Options of ``turnout`` that reconcile, but for what is given."""
    issued = collected if issued is None else issued
    printed = issued if printed is None else printed
    numbers = {
        "summoned": issued,
        "present": issued,
        "printed": printed,
        "issued": issued,
        "spoiled": 0,
        "unused": printed - issued,
        "collected": collected,
    } | other
    return [word for name, number in numbers.items() for word in (f"--{name}", str(number))]


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file as the contract says it is written: UTF-8 without BOM, comma."""
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(data.decode("utf-8").splitlines()))
