"""One subscriber as the desk's page shows them: the state in words, the steps of the consent, and what limits hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter import limits
from newsletter.addresses import address_hmacs
from newsletter.models import Consent, MailLimit, Subscriber, SubscriberToken, Suppression
from newsletter.services import LIFTED_BY_THEMSELVES, suppression_of
from newsletter.wording import agreed_words
from tools.figures import day, minute, number

State = Subscriber.State
# In order: the first that fits is what the list calls somebody.
STANDINGS: dict[str, Promise] = {
    "suppressed": gettext_lazy("suppressed"),
    "waiting": gettext_lazy("waiting for confirmation"),
    "unsubscribed": gettext_lazy("unsubscribed"),
    "paused": gettext_lazy("paused"),
    "active": gettext_lazy("active"),
}
_LEFT = (Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.ERASED)


def standing_of(name: str) -> Q:
    """The condition of one of STANDINGS; each subscriber fits exactly one."""
    stopped = Suppression.objects.filter(address_hmac=OuterRef("address_hmac"))
    # Whoever left has a suppression, too, which says no more than their state does.
    suppressed = Q(Exists(stopped.exclude(reason__in=_LEFT))) | (Q(state=State.ACTIVE) & Q(Exists(stopped)))
    is_paused = Q(state=State.ACTIVE, paused_until__gt=timezone.now().date())
    conditions = {
        "suppressed": suppressed,
        "waiting": Q(state=State.PENDING) & ~suppressed,
        "unsubscribed": Q(state=State.UNSUBSCRIBED) & ~suppressed,
        "paused": is_paused & ~suppressed,
        "active": Q(state=State.ACTIVE)
        & (Q(paused_until=None) | Q(paused_until__lte=timezone.now().date()))
        & ~suppressed,
    }
    return conditions[name]


def with_standing(subscribers: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
    """Each with the name of its standing, worked out for the rows that are shown."""
    whens = [When(standing_of(name), then=Value(name)) for name in STANDINGS if name != "active"]
    return subscribers.annotate(standing=Case(*whens, default=Value("active"), output_field=CharField()))


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a consent, in words; `details` are pairs of what and how."""

    at: datetime
    what: str
    details: Sequence[tuple[str, str]]


def sentence_of(subscriber: Subscriber, suppression: Suppression | None) -> str:
    """How a subscription stands."""
    said = {
        State.PENDING: _("Waiting for confirmation: asked %(asked)s, and nobody has pressed the button yet."),
        State.UNSUBSCRIBED: _("Unsubscribed since %(ended)s."),
        State.ACTIVE: _("On the list since %(confirmed)s."),
    }[State(subscriber.state)]
    moments = {
        "asked": minute(subscriber.asked_at),
        "ended": minute(subscriber.ended_at) if subscriber.ended_at else "",
        "confirmed": minute(subscriber.confirmed_at) if subscriber.confirmed_at else "",
    }
    told = [said % moments]
    if subscriber.state == State.ACTIVE and suppression:
        told.append(_("Gets nothing: the address is suppressed."))
    elif subscriber.state == State.ACTIVE and subscriber.is_paused and subscriber.paused_until:
        told.append(_("Paused until %(day)s.") % {"day": day(subscriber.paused_until)})
    if subscriber.state == State.PENDING:
        told.append(_("Forgotten by itself seven days after asking."))
    return " ".join(told)


def suppression_sentence(suppression: Suppression | None) -> str:
    """What is suppressed and why, and who may take it back."""
    if suppression is None:
        return _("None: weekly email may go to this address.")
    words = {"reason": suppression.get_reason_display(), "moment": minute(suppression.at)}
    said = _("%(reason)s, %(moment)s.") % words
    if suppression.source:
        said = _("%(said)s Noted with it: %(source)s.") % {"said": said, "source": suppression.source.rstrip(".")}
    if suppression.reason in LIFTED_BY_THEMSELVES:
        lifted = _("The reader takes it back by subscribing anew and pressing the button in the mail; no import does.")
    else:
        lifted = _("Only an editor takes it back.")
    return f"{said[:1].upper()}{said[1:]} {lifted}"


def timeline_of(subscriber: Subscriber) -> list[Moment]:
    """Every step of the consent, those of the address before it had this number included; oldest first."""
    about = Q(subscriber_id=subscriber.pk) | Q(address_hmac__in=address_hmacs(subscriber.address_key))
    steps = Consent.objects.filter(about).order_by("at", "pk")
    return [Moment(step.at, str(step.get_kind_display()), _details(step, subscriber)) for step in steps]


def wishes_of(subscriber: Subscriber) -> list[tuple[str, list[str]]]:
    """What is followed, by kind; three queries."""
    kinds = (
        (_("Classes"), subscriber.categories),
        (_("Tools"), subscriber.tools),
        (_("Reviewers"), subscriber.reviewers),
    )
    return [(label, list(rows.order_by("name").values_list("name", flat=True))) for label, rows in kinds]


def limits_of(subscriber: Subscriber) -> list[str]:
    """What the form's limits hold against this mailbox now, and which links are open."""
    since = timezone.now() - limits.MAILS.span
    keys = address_hmacs(subscriber.address_key)
    found = MailLimit.objects.filter(scope=limits.MAILS.scope, key__in=keys).values_list("times", flat=True)
    count = sum(1 for times in found for at in times if at > since)
    mails = _("Mails of the form to this mailbox in the last 24 hours: %(count)s of at most %(most)s.")
    links = SubscriberToken.objects.filter(subscriber=subscriber, used_at=None, expires_at__gt=timezone.now()).count()
    said = ngettext("%(count)s link in a mail is still open.", "%(count)s links in mails are still open.", links)
    return [
        mails % {"count": number(count), "most": number(limits.MAILS.most)},
        said % {"count": number(links)},
    ]


def done_at_the_desk(subscriber: Subscriber) -> list[LogEntry]:
    """The newest steps of editors with this subscriber."""
    kind = ContentType.objects.get_for_model(Subscriber)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(subscriber.pk)).select_related("user")
    return list(entries.order_by("-action_time", "-pk")[:50])


def page_of(subscriber: Subscriber) -> dict[str, Any]:
    """What the page of one subscriber shows besides its buttons."""
    suppression = suppression_of(subscriber.address_key)
    return {
        "subscriber": subscriber,
        "suppression": suppression,
        "said": sentence_of(subscriber, suppression),
        "suppressed": suppression_sentence(suppression),
        "wishes": wishes_of(subscriber),
        "timeline": timeline_of(subscriber),
        "limits": limits_of(subscriber),
        "done": done_at_the_desk(subscriber),
    }


def _details(step: Consent, subscriber: Subscriber) -> list[tuple[str, str]]:
    told = [
        (_("By"), step.form),
        (_("Agreed to"), _wording(step)),
        (_("Source"), step.source),
        (_("Agreed at, as the source says"), minute(step.agreed_at) if step.agreed_at else ""),
        (_("As subscriber"), number(step.subscriber_id) if step.subscriber_id != subscriber.pk else ""),
    ]
    return [(label, text) for label, text in told if text]


def _wording(step: Consent) -> str:
    words = agreed_words(step.wording)
    return _("“%(words)s” (wording %(version)s)") % {"words": words, "version": step.wording} if words else ""
