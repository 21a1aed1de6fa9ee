"""The front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comparisons.forms import PickForm
from comparisons.reading import load_home
from tools.models import Tool


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {"home": load_home(), "form": PickForm(), "names": Tool.objects.published().names()}
    return render(request, "comparisons/home.html", context)
