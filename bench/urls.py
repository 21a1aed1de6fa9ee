"""The project's addresses and the yardstick: a bare view that answers with the bytes of the comparison page."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from bench.pages import COMPARISON
from config.urls import handler404, handler500
from config.urls import urlpatterns as project

__all__ = ["handler404", "handler500", "urlpatterns"]


@cache
def _bytes_of_the_comparison() -> bytes:
    return bytes(Client(headers={"host": "127.0.0.1"}).get(COMPARISON).content)


def reference(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_bytes_of_the_comparison())


urlpatterns = [path("__reference__/", reference), *project]
