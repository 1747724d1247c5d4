"""HTTP dates (RFC 9110, 5.6.7) as epoch seconds."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}

_IMF_FIXDATE = re.compile(r"[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
_RFC850 = re.compile(r"[A-Z][a-z]+day, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
_ASCTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})", re.ASCII)


@lru_cache(maxsize=64)
def _format_second(epoch: int) -> str:
    at = datetime.fromtimestamp(epoch, UTC)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} GMT"


def format_date(epoch: float) -> str:
    """The IMF-fixdate of epoch seconds (fractions are cut), as `Thu, 01 Jan 2026 00:00:00 GMT`."""
    return _format_second(int(epoch))


def parse_date(text: str) -> int | None:
    """Epoch seconds of an HTTP date in any of its three forms, or None when it is not one."""
    text = text.strip()
    if match := _IMF_FIXDATE.fullmatch(text):
        day, month, year, hour, minute, second = match.groups()
    elif match := _RFC850.fullmatch(text):
        day, month, short_year, hour, minute, second = match.groups()
        # A two-digit year names no century; an HTTP date is never before the epoch, so 1970 is the pivot.
        year = f"{'19' if int(short_year) >= 70 else '20'}{short_year}"
    elif match := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, year = match.groups()
    else:
        return None
    number = _MONTH_NUMBER.get(month)
    if number is None:
        return None
    try:
        # A leap second is allowed in the grammar and rolls over; everything else must be a real date.
        datetime(int(year), number, int(day), int(hour), int(minute), 59 if second == "60" else int(second), tzinfo=UTC)
    except ValueError:
        return None
    return timegm((int(year), number, int(day), int(hour), int(minute), int(second)))
