"""The mail that ends the wait: a tool that readers asked for is public now."""

from __future__ import annotations

import contextlib

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from accounts.services import post_mail
from tools.asks.asking import PublicTool, Shelf, ledger
from tools.figures import day, number
from tools.models import Ask, AskMailStop, WantedTool

_signer = Signer(salt="tools.ask-mail", algorithm="sha256")


def tell_after_commit() -> None:
    """Have those who asked told soon after this transaction; without a broker the next round of beat does it."""
    from tools.tasks import tell_askers_task

    def wake() -> None:
        if WantedTool.objects.unsettled().exists():
            with contextlib.suppress(OSError, OperationalError):
                tell_askers_task.apply_async(retry=False)

    transaction.on_commit(wake)


def tell_askers() -> int:
    """Write to everybody whose tool is public now, each ask once; returns how many mails were written.

    It asks what is public, not how it became so: by hand, from files, or because its time had come. Harmless twice
    and in parallel.
    """
    return sum(_tell(wanted, tool) for wanted, tool in _arrivals().items())


def _arrivals() -> dict[int, PublicTool]:
    """Wanted tools that are public now. A tool that an editor linked is the only one that counts."""
    waiting = list(WantedTool.objects.unsettled())
    if not waiting:
        return {}
    shelf, links = Shelf(), {row.pk: row.tool_id for row in waiting if row.tool_id}
    found = {}
    for row in waiting:
        target = row.merged_into_id or row.pk
        if target in links:
            tool = shelf.by_pk.get(links[target])
        else:
            tool = shelf.by_name.get(row.name_key) or shelf.by_website.get(row.website_key)
        if tool:
            found[target] = tool
    return found


def _tell(pk: int, tool: PublicTool) -> int:
    with ledger():
        wanted = WantedTool.objects.unmerged().unsettled().filter(pk=pk).first()
        if wanted is None:
            return 0  # another worker was quicker
        asks = Ask.objects.filter(wanted_tool=wanted, told_at=None)
        stopped = AskMailStop.objects.values("user")
        to_mail = list(
            asks.filter(wants_mail=True, user__is_active=True).exclude(user__in=stopped).select_related("user")
        )
        others = asks.count() - 1
        for ask in to_mail:
            _post(ask, tool, others)
        asks.update(told_at=timezone.now())
        wanted.state = WantedTool.State.PUBLISHED
        wanted.tool_id = tool.pk
        wanted.save(update_fields=["state", "tool"])
    return len(to_mail)


def _post(ask: Ask, tool: PublicTool, others: int) -> None:
    name = " ".join(tool.name.split())
    stop = f"{settings.SITE_URL}{reverse('ask_unsubscribe', args=[token_of(ask.user_id)])}"
    address = f"{settings.SITE_URL}{reverse('tool', args=[tool.slug])}"
    asked = _("You asked for an inspection of %(name)s on %(day)s.") % {"name": name, "day": day(ask.asked_at)}
    company = ngettext("So did %(number)s other reader.", "So did %(number)s other readers.", others)
    company = company % {"number": number(others)} if others else ""
    lead = " ".join(filter(None, [asked, company, _("It is published:")]))
    end = _("No more mail about tools you ask for, with one click:")
    post_mail(
        to=ask.user.email,
        subject=_("%(name)s is here, as you asked") % {"name": name},
        text=f"{lead}\n\n{address}\n\n{_('This is the only mail about it.')}\n\n-- \n{end}\n{stop}\n",
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def token_of(user_pk: int) -> str:
    """What the unsubscribe link carries. It can do nothing else, and works as long as the account and the key."""
    return _signer.sign(str(user_pk))


def user_of(token: str) -> int | None:
    """The account's key that a link was made for; None when we did not make it."""
    try:
        return int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
