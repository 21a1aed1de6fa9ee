"""The integrity page and the exports it lists; the same for everyone, and safe in a shared cache."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from votes import rules
from votes.integrity import STATES, load_integrity_page
from votes.models import Export, Moderation


@require_safe
def vote_integrity(request: HttpRequest) -> HttpResponse:
    context = {
        "page": load_integrity_page(),
        "states": STATES,
        "figures": rules,
        "actions": dict(Moderation.Action.choices),
    }
    return render(request, "votes/integrity.html", context)


@require_safe
def vote_export(request: HttpRequest, day: date) -> HttpResponse:
    """The zip file of one day. It never changes, so whoever has it may keep it."""
    export = get_object_or_404(Export, day=day)
    headers = {
        "Content-Disposition": f'attachment; filename="votes-{day.isoformat()}.zip"',
        "ETag": f'"{export.sha256}"',
        "Cache-Control": "public, max-age=86400, immutable",
    }
    return HttpResponse(bytes(export.content), content_type="application/zip", headers=headers)
