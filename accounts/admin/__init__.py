"""The desk for people, and the log of what they do there."""

from accounts.admin import log, people

__all__ = ["log", "people"]
