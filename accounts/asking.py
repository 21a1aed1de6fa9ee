"""The page between an action of a list and what it does: it names what was chosen and asks once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

CONFIRMED = "confirmed"


def ask_first(
    desk: admin.ModelAdmin[Any], request: HttpRequest, chosen: Sequence[Model], *, question: str, form: Any = None
) -> HttpResponse | None:
    """The page that asks; None once its button has been pressed, and `form` (if the page has one) is in order.

    An action begins with it:

        if asked := ask_first(self, request, list(queryset), question=_("Decline these?")):
            return asked
    """
    is_pressed = CONFIRMED in request.POST
    if is_pressed and (form is None or form.is_valid()):
        return None
    name = request.POST.get("action", "")
    offered: Any = desk.get_actions(request)
    label = offered[name].description
    context = {
        **desk.admin_site.each_context(request),
        "title": label,
        "opts": desk.opts,
        "question": question,
        "chosen": chosen,
        "hidden": [*((ACTION_CHECKBOX_NAME, piece.pk) for piece in chosen), ("action", name)],
        "label": label,
        "form": form,
        "media": desk.media + (form.media if form else forms.Media()),
    }
    return TemplateResponse(request, "admin/accounts/ask.html", context)
