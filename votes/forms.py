"""What a reader sends with a vote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from votes.models import Vote
from votes.services import WITHDRAW

CHOICES = {"ship": int(Vote.Choice.SHIP), "skip": int(Vote.Choice.SKIP), "none": WITHDRAW}
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON_TYPE = "application/json"


class BallotForm(forms.Form):
    """A choice, and for a plain form where to go back to."""

    choice = forms.ChoiceField(choices=[(name, name) for name in CHOICES])
    next = forms.CharField(required=False, max_length=500)
    token = forms.CharField(required=False, max_length=500)

    def clean_choice(self) -> int:
        return CHOICES[self.cleaned_data["choice"]]

    def clean_next(self) -> str:
        """A page of ours, else nothing: a form must not send a reader anywhere else."""
        path = str(self.cleaned_data["next"])
        is_ours = path.startswith("/") and "#" not in path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if is_ours else ""


def is_json(request: HttpRequest) -> bool:
    return request.content_type == JSON_TYPE


def read_ballot(request: HttpRequest) -> BallotForm:
    """The form of a request, from JSON or from form fields; JSON that is no object leaves it empty."""
    return BallotForm(_json_fields(request.body) if is_json(request) else request.POST)


def _json_fields(body: bytes) -> Mapping[str, Any]:
    """Text fields of a JSON object. Numbers, lists and the like are no choice, whatever they would print as."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {name: text for name, text in sent.items() if isinstance(text, str)} if isinstance(sent, dict) else {}
