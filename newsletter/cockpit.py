"""What the desk's first page shows of the weekly email: who came and who left, by the day."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Chart, Counts, may_look, register_chart
from newsletter import figures
from newsletter.models import Subscriber

DAYS_SHOWN = 30
# The class is that of a colour which votes have as well: came is the strong one.
_CAME, _LEFT = ("account", _("Confirmed")), ("passing", _("Left"))


def count_days() -> Counts:
    """Subscribers who came and who left, by UTC day, from the record of consents, over 30 days."""
    days = figures.count_days(DAYS_SHOWN)
    return Counts((_CAME, _LEFT), [(day.day, [day.came, day.gone]) for day in days])


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    register_chart(
        Chart(key="subscribers", title=_("Subscribers by day"), may_see=may_look(Subscriber), count=count_days)
    )
