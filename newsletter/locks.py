"""The advisory locks of the weekly email, by their first number (votes/locks.py has others)."""

from __future__ import annotations

TICK = 7041  # one beat at a time looks at what is due
