"""Parts of addresses that are more than text."""

from __future__ import annotations

from datetime import date

from editorial.media.names import NAME


class PictureConverter:
    """The name of a picture in the library; anything else is an unknown address, so that no path leads out of it."""

    regex = NAME

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class DayConverter:
    """A day as 2026-11-25; anything that is no day of the calendar is an unknown address."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()
