"""Every address a reader may visit."""

from __future__ import annotations

from django.urls import path

from comparisons.views import compare, home, leaderboard, pages, reviewers, search, tools

urlpatterns = [
    path("", home.home, name="home"),
    path("tools/", tools.tool_list, name="tools"),
    path("tools/<slug:slug>/", tools.tool_detail, name="tool"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("compare/", compare.compare_pick, name="compare_pick"),
    path("compare/<slug:address>/", compare.compare, name="compare"),
    path("reviewers/", reviewers.reviewer_list, name="reviewers"),
    path("reviewers/<slug:slug>/", reviewers.reviewer_detail, name="reviewer"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="search_suggest"),
    path("about/", pages.page_detail, {"slug": "about"}, name="about"),
]
