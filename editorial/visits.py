"""From a piece at the desk to its page: Django's own way there asks no right, and an address tells a draft's name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect


def visit(request: HttpRequest, kind: int, key: str) -> HttpResponse:
    """To the page of whatever the person finds at the desk; 404 for anything else."""
    found = ContentType.objects.filter(pk=kind).first()
    model = found.model_class() if found else None
    desk: Any = admin.site._registry.get(model) if model else None
    if desk is None or not hasattr(model, "get_absolute_url") or not desk.has_view_permission(request):
        raise Http404
    piece = desk.get_object(request, key)
    if piece is None:
        raise Http404
    return HttpResponseRedirect(piece.get_absolute_url())
