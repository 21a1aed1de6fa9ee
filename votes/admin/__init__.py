"""The moderation desk in the admin: cases with their evidence, pauses, announced waves, and the log."""

from votes.admin import cases, freezes, records

__all__ = ["cases", "freezes", "records"]
