"""Every write about subscribers; those about issues and their schedule stand in issues.py and ticking.py."""

from newsletter.services.consents import proof_of, records_of
from newsletter.services.joining import Joined, link_account, look_at_account, subscribe_account
from newsletter.services.settling import settle_sign_ups, wake_settling
from newsletter.services.subscribing import (
    CannotAddError,
    Confirmed,
    Proved,
    Standing,
    add_by_hand,
    ask_for_address,
    change_preferences,
    confirm,
    erase,
    erase_account,
    look_at,
    pause,
    resume,
    subscribe,
    unsubscribe,
    unsubscribe_number,
)
from newsletter.services.suppressing import LIFTED_BY_THEMSELVES, lift_hash, suppress, suppression_of, unsuppress
from newsletter.services.tending import tidy

__all__ = [
    "LIFTED_BY_THEMSELVES",
    "CannotAddError",
    "Confirmed",
    "Joined",
    "Proved",
    "Standing",
    "add_by_hand",
    "ask_for_address",
    "change_preferences",
    "confirm",
    "erase",
    "erase_account",
    "lift_hash",
    "link_account",
    "look_at",
    "look_at_account",
    "pause",
    "proof_of",
    "records_of",
    "resume",
    "settle_sign_ups",
    "subscribe",
    "subscribe_account",
    "suppress",
    "suppression_of",
    "tidy",
    "unsubscribe",
    "unsubscribe_number",
    "unsuppress",
    "wake_settling",
]
