"""Paths of named pages, looked up once a process: a page names dozens, and finding one costs more than printing it."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=10_000)
def path_of(name: str, *args: object) -> str:
    """The path of the page of this name.

    >>> path_of("tool", "mistral-3-1")
    '/tools/mistral-3-1/'
    """
    return reverse(name, args=args)
