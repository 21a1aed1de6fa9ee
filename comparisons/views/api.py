"""The read-only API. Its document is comparisons/opendata/schema.py, its words are docs/open-data.md."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from comparisons.opendata.collections import COLLECTIONS, Collection
from comparisons.opendata.parameters import read_as_of, read_once, read_page
from comparisons.opendata.past import past_tool_record
from comparisons.opendata.plain import address
from comparisons.opendata.problems import Problem
from comparisons.opendata.records import Record
from comparisons.opendata.schema import openapi
from comparisons.receipts.days import PARAMETER, NoSuchPageError, load_past
from comparisons.standings import catch_up
from comparisons.views.open_answers import endpoint, json_answer

_MINUTE, _HOUR = 60, 3600
_PLAIN = re.compile("[a-z0-9-]{1,412}")


@endpoint
def index(request: HttpRequest) -> HttpResponse:
    read_once(request.GET, ())
    record = {
        "name": "Drydock open data",
        "site": address("/"),
        "language": settings.LANGUAGE_CODE,
        "licence": {"name": settings.DATA_LICENCE, "url": settings.DATA_LICENCE_URL},
        "about": address(reverse("open_data")),
        "openapi": address(reverse("openapi")),
        "dump": address(reverse("open_data_file", args=["manifest.json"])),
        "collections": {name: address(reverse("api_list", args=[name])) for name in COLLECTIONS},
    }
    return json_answer(request, record, seconds=_HOUR)


@endpoint
def document(request: HttpRequest) -> HttpResponse:
    read_once(request.GET, ())
    return json_answer(request, openapi(), seconds=_HOUR)


@endpoint
def record_list(request: HttpRequest, name: str) -> HttpResponse:
    """A page of a collection."""
    collection = _collection(name)
    asked = read_page(request.GET, collection.filters)
    if collection.is_counted:
        catch_up(records=True)
    page = collection.page(asked.after, asked.limit, asked.filters)
    if page.items is None:
        raise Problem(404, "What this cursor stands at is not on the list any more. Begin anew without a cursor.")
    following = address(f"{request.path}?{asked.query(page.last)}") if page.last else None
    body = {"items": page.items, "next": following}
    return json_answer(request, body, seconds=_MINUTE, following=following or "")


@endpoint
def record_detail(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One record. An address that it has left, or the other order of a pair, leads to the one address it has."""
    collection = _collection(name)
    given = read_once(request.GET, (PARAMETER,) if name == "tools" else ())
    is_plain = bool(collection.item and _PLAIN.fullmatch(key))
    try:
        if PARAMETER in given:
            day = read_as_of(given[PARAMETER])
            return json_answer(request, _past_tool(day, key if is_plain else ""), seconds=_MINUTE)
        record = _record(collection, key if is_plain else "")
    except Problem as problem:
        today = collection.moved(key) if is_plain and problem.status == 404 else None
        if today is None:
            raise
        return _moved(request, name, today)
    if record.get("address", key) != key:
        return _moved(request, name, record["address"])
    return json_answer(request, record, seconds=_MINUTE)


def _record(collection: Collection, key: str) -> Record:
    if collection.is_counted:
        catch_up(records=True)
    record = collection.item(key) if collection.item else None
    if record is None:
        everything = address(reverse("api_list", args=[collection.name]))
        raise Problem(404, f"There is nothing public at this address. {everything} lists all.")
    return record


def _moved(request: HttpRequest, name: str, key: str) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(reverse("api_detail", args=[name, key]) + (f"?{query}" if query else ""), permanent=True)


def _past_tool(day: str, slug: str) -> Record:
    try:
        past = load_past(day, slug)
    except NoSuchPageError as reason:
        raise Problem(404, str(reason)) from reason
    if past is None:
        raise Problem(404, "No tool has ever been shown at this address.")
    return past_tool_record(past)


def _collection(name: str) -> Collection:
    if name not in COLLECTIONS:
        raise Problem(404, f"There is no collection {name[:50]!r}. There are {', '.join(COLLECTIONS)}.")
    return COLLECTIONS[name]
