"""What readers say. A vote is a state, my choice on this tool, and the row is the truth.

Tallies and events are written by triggers in the transaction that changes a vote (migrations/0002, 0005), never by
Python: a count can be rebuilt from the rows at any time and `recount_votes --check` proves that it agrees.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tools.models import Tool
from votes.querysets import TallyQuerySet


class Crowd(models.TextChoices):
    """Who is counted together. Only accounts make the community's number; passers-by are shown apart."""

    ACCOUNT = "account", _("accounts")
    PASSING = "passing", _("readers passing by")


class Voter(models.Model):
    """One reader: an account, or a browser that keeps a random secret of which we keep the hash.

    Votes of a held reader wait for review. A browser is adopted when its reader signs in: it never votes again.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        HELD = "held", _("held")
        ADOPTED = "adopted", _("adopted by an account")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="voter"
    )
    secret_hash = models.BinaryField(max_length=32, null=True, blank=True, unique=True)
    first_vote_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=7, choices=State, default=State.OPEN, db_default="open")
    is_young = models.BooleanField(
        default=False, db_default=False, help_text=_("An account whose votes count among passers-by until it is older.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("voter"), _("voters")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="young_voters", condition=Q(is_young=True)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, secret_hash__isnull=True)
                | Q(user__isnull=True, secret_hash__isnull=False),
                name="voter_is_an_account_or_a_browser",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "held", "adopted")),
                name="voter_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return gettext("voter %(number)s") % {"number": self.pk}


class Vote(models.Model):
    """One reader's SHIP or SKIP on one tool.

    Defence changes the state and never deletes: counted, pending (received, counted after review), quarantined (held
    with a burst), void (a moderator's no). Withdrawn is the reader's own.
    """

    class Choice(models.IntegerChoices):
        SHIP = 1, _("SHIP")
        SKIP = -1, _("SKIP")

    class State(models.TextChoices):
        COUNTED = "counted", _("counted")
        PENDING = "pending", _("pending")
        QUARANTINED = "quarantined", _("quarantined")
        VOID = "void", _("void")
        WITHDRAWN = "withdrawn", _("withdrawn")

    pk = models.CompositePrimaryKey("tool_id", "voter_id")
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="votes", db_index=False)
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="votes")
    choice = models.SmallIntegerField(choices=Choice)
    crowd = models.CharField(max_length=7, choices=Crowd)
    state = models.CharField(max_length=11, choices=State, default=State.COUNTED)
    revision = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=120, default="cast")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="moderated_votes",
        db_index=False,
    )
    cast_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    # Where it came from, as tags that mean nothing once the key of their day is destroyed (votes/network.py).
    net_tag = models.BinaryField(max_length=32, null=True, editable=False)
    net_group_tag = models.BinaryField(max_length=32, null=True, editable=False)
    tag_day = models.DateField(null=True, editable=False)
    case = models.ForeignKey(
        "votes.Case", on_delete=models.SET_NULL, null=True, blank=True, related_name="votes", db_index=False
    )

    class Meta:
        verbose_name, verbose_name_plural = _("vote"), _("votes")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["changed_at", "tool"], name="votes_by_time"),
            # Most votes have none of these, and an index that they are not in costs them nothing.
            models.Index(fields=["tag_day"], name="votes_with_tags", condition=Q(tag_day__isnull=False)),
            models.Index(fields=["case"], name="votes_with_case", condition=Q(case__isnull=False)),
            models.Index(fields=["actor"], name="votes_with_actor", condition=Q(actor__isnull=False)),
            models.Index(fields=["state"], name="votes_that_wait", condition=Q(state__in=("pending", "quarantined"))),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(choice__in=(1, -1)), name="vote_is_ship_or_skip"),
            models.CheckConstraint(condition=Q(crowd__in=("account", "passing")), name="vote_crowd_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=("counted", "pending", "quarantined", "void", "withdrawn")),
                name="vote_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        said = gettext("%(choice)s on tool %(tool)s by voter %(voter)s")
        return said % {"choice": self.get_choice_display(), "tool": self.tool_id, "voter": self.voter_id}


class VoteEvent(models.Model):
    """What happened to a vote, revision by revision. Written by the trigger; can be neither changed nor deleted.

    The numbers of tool and voter are kept without a constraint: the event outlives both. A choice of 0 is no vote.
    """

    tool_id = models.BigIntegerField()
    voter_id = models.BigIntegerField()
    revision = models.PositiveIntegerField()
    old_choice = models.SmallIntegerField()
    new_choice = models.SmallIntegerField()
    old_state = models.CharField(max_length=11, blank=True)
    new_state = models.CharField(max_length=11, blank=True)
    crowd = models.CharField(max_length=7)
    reason = models.CharField(max_length=120)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("vote event"), _("vote events")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["tool_id", "at"], name="vote_events_of_a_tool")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool_id", "voter_id", "revision"], name="one_event_per_vote_and_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: tool {self.tool_id}, voter {self.voter_id}, revision {self.revision}"


class Tally(models.Model):
    """Counted votes on a tool by crowd, in slots: one hot tool must not make all its voters wait for one row."""

    SLOTS = 16

    pk = models.CompositePrimaryKey("tool_id", "crowd", "slot")
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    crowd = models.CharField(max_length=7, choices=Crowd)
    slot = models.SmallIntegerField()
    ship = models.IntegerField(default=0)
    skip = models.IntegerField(default=0)

    objects: ClassVar[TallyQuerySet] = TallyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("tally"), _("tallies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(ship__gte=0, skip__gte=0), name="tally_is_never_negative"),
        ]

    def __str__(self) -> str:
        said = gettext("tool %(tool)s, %(crowd)s: %(ship)s ship, %(skip)s skip")
        crowd = self.get_crowd_display()
        return said % {"tool": self.tool_id, "crowd": crowd, "ship": self.ship, "skip": self.skip}
