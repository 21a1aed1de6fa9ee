"""What a reader sends with a vote. No Django form: building one costs as much as the vote's two queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from votes.models import Vote
from votes.services import WITHDRAW

CHOICES = {"ship": int(Vote.Choice.SHIP), "skip": int(Vote.Choice.SKIP), "none": WITHDRAW}
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON_TYPE = "application/json"
MOST_CHARACTERS = 500


class NoBallotError(Exception):
    """One sentence for the reader: what was sent is no vote."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A choice in its word, where to go back to (a page of ours, or nothing), and the confirm page's token."""

    word: str
    next: str = ""
    token: str = ""

    @property
    def choice(self) -> int:
        return CHOICES[self.word]


def is_json(request: HttpRequest) -> bool:
    return request.content_type == JSON_TYPE


def read_ballot(request: HttpRequest) -> Ballot:
    """From JSON or from form fields; NoBallotError when there is no choice in it, or no sense."""
    fields: Mapping[str, Any] = _json_fields(request.body) if is_json(request) else request.POST
    word, back, token = (fields.get(name) or "" for name in ("choice", "next", "token"))
    if word not in CHOICES:
        raise NoBallotError(_("Choose ship or skip, or none to take your vote back."))
    if len(back) > MOST_CHARACTERS or len(token) > MOST_CHARACTERS:
        raise NoBallotError(_("That request made no sense to us. Open the tool's page and vote there."))
    return Ballot(word, _own_page(back), token)


def _own_page(path: str) -> str:
    """A page of ours, else nothing: a form must not send a reader anywhere else."""
    is_ours = path.startswith("/") and "#" not in path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and path.isprintable() else ""


def _json_fields(body: bytes) -> Mapping[str, Any]:
    """Text fields of a JSON object. Numbers, lists and the like are no choice, whatever they would print as."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {name: text for name, text in sent.items() if isinstance(text, str)} if isinstance(sent, dict) else {}
