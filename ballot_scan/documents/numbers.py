"""Numbers, shares, dates and hours as official papers write them, in Vietnamese and English.

Regulations: percentages have two decimals, rounded half up, with a decimal comma in Vietnamese (40,43%); they
are for people only, thresholds are decided in integers elsewhere. Days under 10 and the months January and
February carry a leading zero (Nghị định 30/2020/NĐ-CP, phụ lục I; the same in Party papers).
"""

from __future__ import annotations

import datetime as dt

#: What stands where a number, a name or an hour is to be filled in by hand.
DOTS = "…………"
SHORT_DOTS = "……"
NO_SHARE = "–"

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu", "tỷ")
# fmt: off
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS_EN = ("", "thousand", "million", "billion")
_LIMIT = 1000**4


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in per cent: two decimals, half up, a point; "" where the base is 0."""
    if whole <= 0:
        return ""
    hundredths = (part * 20000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def percent(value: str, lang: str, sign: bool = True) -> str:
    """A share as ``share`` and ``LevelCount.percent`` write it ("40.43") for readers: "40,43%" or "40.43%"."""
    if not value:
        return NO_SHARE
    shown = value.replace(".", ",") if lang == "vi" else value
    return shown + "%" if sign else shown


def grouped(number: int, lang: str) -> str:
    """Thousands set apart: 12.345 in Vietnamese, 12,345 in English."""
    return f"{number:,}".replace(",", "." if lang == "vi" else ",")


def count(number: int | None, lang: str) -> str:
    """A number of things: in Vietnamese two digits from 1 to 9 (03); dots where it is not known."""
    if number is None:
        return DOTS
    return f"{number:02d}" if lang == "vi" and 0 < number < 10 else grouped(number, lang)


def date(day: dt.date, lang: str) -> str:
    """``ngày 05 tháng 02 năm 2026`` or ``5 February 2026``."""
    if lang != "vi":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def hour(clock: str | None, lang: str) -> str:
    """``08 giờ 30 phút`` or ``08:30`` of ``08:30``; dots where it is not known."""
    hours, _, minutes = clock.partition(":") if clock else (SHORT_DOTS, "", SHORT_DOTS)
    if lang != "vi":
        return f"{hours}:{minutes}"
    return f"{hours} giờ {minutes} phút"


def words(number: int | None, lang: str) -> str:
    """The number in words, as hand-over papers give it beside the figures; dots where it is not known."""
    if number is None:
        return DOTS
    if not 0 <= number < _LIMIT:
        return grouped(number, lang)
    return _words_vi(number) if lang == "vi" else _words_en(number)


def _thousands(number: int) -> list[int]:
    """The groups of three digits, the smallest first."""
    groups = []
    while number:
        number, rest = divmod(number, 1000)
        groups.append(rest)
    return groups


def _words_vi(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    groups = _thousands(number)
    parts: list[str] = []
    for place in range(len(groups) - 1, -1, -1):
        if groups[place]:
            parts += _group_vi(groups[place], full=bool(parts))
            parts.append(_GROUPS[place])
    return " ".join(part for part in parts if part)


def _group_vi(number: int, full: bool) -> list[str]:
    """Up to 999; ``full`` reads the hundreds even where they are zero, as after a higher group."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = [_DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens == 0:
        if ones and parts:
            parts.append("linh")
        return parts + ([_DIGITS[ones]] if ones else [])
    parts += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        parts.append("mốt")
    elif ones == 5:
        parts.append("lăm")
    elif ones:
        parts.append(_DIGITS[ones])
    return parts


def _words_en(number: int) -> str:
    if number == 0:
        return _ONES[0]
    groups = _thousands(number)
    parts = [
        f"{_group_en(groups[place])} {_GROUPS_EN[place]}".strip()
        for place in range(len(groups) - 1, -1, -1)
        if groups[place]
    ]
    return " ".join(parts)


def _group_en(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest and rest < 20:
        parts.append(_ONES[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        parts.append(_TENS[tens] + (f"-{_ONES[ones]}" if ones else ""))
    return " ".join(parts)
