"""Lines of the log without what would open a door: whoever reads a log shall not read drafts with it, or
change what a subscriber follows."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/(?:preview|c|newsletter/(?:preferences|unsubscribe))/[\w:.-]{4})[\w:.-]{16,}")


def without_tokens(text: str) -> str:
    """The first letters of a token tell two links apart and open neither.

    >>> without_tokens("GET /preview/Jb2x0Qk6yq9h1Zr4nC7dLw/ HTTP/2")
    'GET /preview/Jb2x.../ HTTP/2'
    """
    return _TOKEN.sub(r"\1...", text)


class Line(logging.Formatter):
    """A line of our own log, and what follows it of an error."""

    def format(self, record: logging.LogRecord) -> str:
        return without_tokens(super().format(record))


class ShortPaths(logging.Filter):
    """For the web server's log of requests, which is not ours to format."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and isinstance(path := record.args.get("path"), str):
            record.args = {**record.args, "path": without_tokens(path)}
        return True


def shorten_access_log() -> None:
    """Called in each web process: Granian logs from where it calls the application."""
    log = logging.getLogger("granian.access")
    if not any(isinstance(known, ShortPaths) for known in log.filters):
        log.addFilter(ShortPaths())


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"class": "config.logs.Line", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Anybody can send a wrong Host header, as often as they like; the answer is 400 and no line in the log.
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "ERROR"},
        "fido2": {"level": "WARNING"},  # below that it names people's keys
    },
}
