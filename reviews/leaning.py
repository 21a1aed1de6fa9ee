"""How a panel leans, in one sentence, as the public page of its tool says it."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _

from reviews.verdicts import Panel, word_text


def leaning(panel: Panel) -> str:
    """`3 of 4 ship: Ship. 1 of 4 on the panel disagrees, 25%.` Rule and words are those of reviews/verdicts.py."""
    if not panel.review_count:
        return _("No review yet: %(word)s.") % {"word": word_text(panel.word)}
    said = _("%(count)s ship: %(word)s.") % {"count": panel.count_text, "word": word_text(panel.word)}
    return f"{said} {panel.division_text}".rstrip()


def leanings(seats: int) -> str:
    """All that a panel of so many can say, as JSON for the desk's script: `{"3/4": ["ship", "3 of 4 ship: ..."]}`."""
    panels = [Panel(ship, total) for total in range(seats + 1) for ship in range(total + 1)]
    return json.dumps({f"{one.ship_count}/{one.review_count}": [one.word, leaning(one)] for one in panels})
