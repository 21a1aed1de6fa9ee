"""The addresses of votes."""

from __future__ import annotations

from django.urls import path

from votes.views import vote

urlpatterns = [
    path("votes/", vote.my_votes, name="my_votes"),
    path("votes/<slug:slug>/", vote.vote, name="vote"),
]
