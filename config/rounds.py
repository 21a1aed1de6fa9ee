"""What the worker does by the clock (CELERY_BEAT_SCHEDULE): each is safe to run twice, and by any number of beats."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

# What may take minutes has workers of its own, so that no mail that somebody waits for ever waits for it.
AT_LENGTH = "cron"

ROUNDS: dict[str, dict[str, Any]] = {
    "forget expired sessions": {
        "task": "accounts.tasks.clear_expired_sessions_task",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"queue": AT_LENGTH},
    },
    # What waits in the broker while nobody takes it is of no use: who comes late has not been there.
    "hear from the workers": {
        "task": "newsletter.tasks.heartbeat_task",
        "schedule": 60,
        "args": ("celery",),
        "options": {"expires": 60},
    },
    "hear from the workers for what takes long": {
        "task": "newsletter.tasks.heartbeat_task",
        "schedule": 60,
        "args": (AT_LENGTH,),
        "options": {"queue": AT_LENGTH, "expires": 60},
    },
    "hear from the senders": {
        "task": "newsletter.tasks.heartbeat_task",
        "schedule": 60,
        "args": ("send",),
        "options": {"queue": "send", "expires": 60},
    },
    "forget old rate limits": {
        "task": "accounts.tasks.clear_expired_cache_task",
        "schedule": crontab(minute="47"),
        "options": {"queue": AT_LENGTH},
    },
    "send mail that is still waiting": {"task": "accounts.tasks.send_waiting_mail_task", "schedule": 60},
    "watch for bursts, destroy old keys": {"task": "votes.tasks.sweep_task", "schedule": 60},
    "look at forms for the weekly email": {"task": "newsletter.tasks.settle_sign_ups_task", "schedule": 60},
    "make the weekly email when it is due": {
        "task": "newsletter.tasks.tick_task",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "act upon bounces and complaints": {"task": "newsletter.tasks.settle_events_task", "schedule": 60},
    "read the mailbox for bounces": {
        "task": "newsletter.tasks.read_bounces_task",
        "schedule": 300,
        "options": {"queue": AT_LENGTH, "expires": 300},
    },
    "forget unconfirmed subscribers": {
        "task": "newsletter.tasks.tidy_task",
        "schedule": crontab(hour="4", minute="7"),
        "options": {"queue": AT_LENGTH},
    },
    "tell those who asked for a tool": {"task": "tools.tasks.tell_askers_task", "schedule": 180},
    "look for likely duplicates": {
        "task": "tools.tasks.compare_tools_task",
        "schedule": 120,
        "options": {"queue": AT_LENGTH},
    },
    "take votes into the order of lists": {"task": "comparisons.tasks.count_votes_task", "schedule": 60},
    # A round is over before the next one begins; what waited in the broker meanwhile is of no use.
    "send receipts to webhooks": {
        "task": "comparisons.webhooks.tasks.send_webhooks_task",
        "schedule": 60,
        "options": {"queue": AT_LENGTH, "expires": 60},
    },
    # An hour's part of the week's links. It is over before the next one begins; what waited meanwhile is of no use.
    "visit the websites and sources of tools": {
        "task": "tools.tasks.check_links_task",
        "schedule": crontab(minute="23"),
        "options": {"queue": AT_LENGTH, "expires": 1800},
    },
    "compare standings with what they count": {
        "task": "comparisons.tasks.check_standings_task",
        "schedule": crontab(hour="3", minute="47"),
        "options": {"queue": AT_LENGTH},
    },
    "write the open data as files": {
        "task": "comparisons.opendata.tasks.dump_data_task",
        "schedule": crontab(hour="2", minute="37"),
        "options": {"queue": AT_LENGTH},
    },
    "compare tallies with their votes": {
        "task": "votes.tasks.check_tallies_task",
        "schedule": crontab(hour="3", minute="37"),
        "options": {"queue": AT_LENGTH},
    },
}
