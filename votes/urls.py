"""The addresses of votes."""

from __future__ import annotations

from django.urls import path, register_converter

from editorial.converters import DayConverter
from votes.views import integrity, vote

register_converter(DayConverter, "day")

urlpatterns = [
    path("votes/", vote.my_votes, name="my_votes"),
    path("votes/<slug:slug>/", vote.vote, name="vote"),
    path("methodology/votes/", integrity.vote_integrity, name="vote_integrity"),
    path("methodology/votes/<day:day>.zip", integrity.vote_export, name="vote_export"),
]
