"""The OpenAPI 3.1 document of the API, made from the shapes that its records have."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from comparisons.models import Receipt
from comparisons.opendata import shapes
from comparisons.opendata.collections import COLLECTIONS, Collection
from comparisons.opendata.parameters import CURSOR, MOST, USUAL
from comparisons.opendata.plain import address
from comparisons.opendata.problems import MEDIA_TYPE

ROOT = "/api/v1/"
_NAMES = {
    "categories": "Category",
    "criteria": "Criterion",
    "tools": "Tool",
    "reviewers": "Reviewer",
    "reviews": "Review",
    "comparisons": "Comparison",
    "tallies": "Tally",
    "leaderboard": "Leader",
    "receipts": "Receipt",
}
_ITEMS = {
    "tools": ("slug", shapes.SLUG),
    "reviewers": ("slug", shapes.SLUG),
    "reviews": ("id", {**shapes.ID, "maximum": 10**18 - 1}),
    "receipts": ("id", {**shapes.ID, "maximum": 10**18 - 1}),
    "comparisons": ("address", {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 412}),
}
_FILTERS = {
    "kind": ("Only receipts of this kind.", shapes.one_of(Receipt.Kind.values)),
    "tool": ("Only what is about the tool at this address.", shapes.SLUG),
    "reviewer": ("Only what this reviewer wrote.", shapes.SLUG),
    "since": (
        "Only what became known from this moment on: a receipt counts by `recorded_at` and by `effective_at`.",
        shapes.MOMENT,
    ),
}
_FRESH = {"description": "What the asker has is still right."}
_INDEX = shapes.record(
    name=shapes.TEXT,
    site=shapes.ADDRESS,
    language=shapes.told(shapes.TEXT, "of the texts that are ours"),
    licence=shapes.record(name=shapes.TEXT, url=shapes.ADDRESS),
    about=shapes.ADDRESS,
    openapi=shapes.ADDRESS,
    dump=shapes.ADDRESS,
    collections=shapes.record(**dict.fromkeys(_NAMES, shapes.ADDRESS)),
)


def openapi() -> dict[str, Any]:
    """The whole document."""
    names = {_NAMES[name]: shape for name, shape in shapes.RECORDS.items()}
    pages = {f"{_NAMES[name]}Page": _page(_NAMES[name]) for name in shapes.RECORDS}
    schemas = {**names, "PastTool": shapes.PAST_TOOL, **pages, "Index": _INDEX, "Problem": shapes.PROBLEM}
    licence = {"name": settings.DATA_LICENCE, "url": settings.DATA_LICENCE_URL}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Drydock open data",
            "version": "1",
            "summary": "Everything that the public pages say, to read and to recompute.",
            "description": _ABOUT,
            "license": licence,
        },
        "servers": [{"url": settings.SITE_URL}],
        "externalDocs": {"url": address("/data/"), "description": "About this data, and all of it as files"},
        "paths": _paths(),
        "components": {"schemas": schemas},
    }


def _paths() -> dict[str, Any]:
    found = {
        ROOT: _reading("index", "What there is", "Index", []),
        f"{ROOT}openapi.json": _reading("openapi", "This document", None, []),
    }
    for collection in COLLECTIONS.values():
        found |= _paths_of(collection)
    return found


def _paths_of(collection: Collection) -> dict[str, Any]:
    name, kind = collection.name, _NAMES[collection.name]
    asked = [_cursor(), _limit(), *(_parameter(filter_, *_FILTERS[filter_]) for filter_ in collection.filters)]
    found = {f"{ROOT}{name}/": _reading(f"list_{name}", f"{name.capitalize()}, page by page", f"{kind}Page", asked)}
    if collection.item:
        part, shape = _ITEMS[name]
        asked = [{"name": part, "in": "path", "required": True, "schema": shape}]
        kinds = [kind]
        if name == "tools":
            words = "The tool as it was shown at the end of this day (UTC), rebuilt from receipts."
            asked.append(_parameter("as_of", words, shapes.DAY))
            kinds.append("PastTool")
        found[f"{ROOT}{name}/{{{part}}}/"] = _reading(f"get_{kind}", f"One of the {name}", kinds, asked)
    return found


def _reading(name: str, summary: str, kinds: str | list[str] | None, asked: list[Any]) -> dict[str, Any]:
    """GET and HEAD of one address."""
    named = [kinds] if isinstance(kinds, str) else kinds or []
    schemas = [{"$ref": f"#/components/schemas/{kind}"} for kind in named]
    schema = {"oneOf": schemas} if len(schemas) > 1 else schemas[0] if schemas else shapes.CONTENT
    headers = {"ETag": {"required": True, "schema": shapes.TEXT}, "Cache-Control": {"schema": shapes.TEXT}}
    good = {"description": "Here it is.", "headers": headers}
    answers = {"304": _FRESH, "400": _problem("The request says something that cannot be answered.")}
    if any(parameter["name"] in ("slug", "address") for parameter in asked):
        answers["301"] = {"description": "It has another address: see Location."}
    if any(parameter["in"] == "path" or parameter["name"] == "cursor" for parameter in asked):
        answers["404"] = _problem("There is no such record, or no such place to go on from.")
    answers["429"] = _problem("Somebody before this site asks for a pause: see Retry-After.")
    answers["500"] = _problem("Something broke on our side.")
    told = {"summary": summary, "parameters": asked}
    full = {**good, "content": {"application/json": {"schema": schema}}}
    return {
        "get": {"operationId": name, **told, "responses": {"200": full, **answers}},
        "head": {"operationId": f"head_{name}", **told, "responses": {"200": good, **answers}},
    }


def _page(kind: str) -> shapes.Shape:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{kind}"}, "maxItems": MOST}
    following = shapes.told(shapes.maybe(shapes.ADDRESS), "the address of the next page; null on the last")
    return shapes.record(items=items, next=following)


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _parameter(name: str, words: str, schema: shapes.Shape) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _cursor() -> dict[str, Any]:
    words = "Where to go on. Opaque: take it from `next`, never make one."
    return _parameter("cursor", words, {"type": "string", "pattern": CURSOR})


def _limit() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    return _parameter("limit", "How many records at most.", schema)


_ABOUT = """\
Read-only, no key, the same answer for everyone. Follow `next` until it is null. An answer may be kept for a minute; ask
again with If-None-Match. Unknown and repeated parameters are refused. For everything at once take the nightly dump.
"""
