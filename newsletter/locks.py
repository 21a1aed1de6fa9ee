"""The advisory locks of the weekly email, by their first number (votes/locks.py has others)."""

from __future__ import annotations

TICK = 7041  # one beat at a time looks at what is due
SLOT = 7042  # with the slot's number: the session that holds it is the worker in that slot
WARMING = 7043  # with the number: claims come one after the other while an issue starts slowly
BOUNCES = 7044  # with four bytes of a mailbox's hash: its bounces are counted by one worker at a time
