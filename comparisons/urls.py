"""Every address a reader may visit."""

from __future__ import annotations

from django.urls import path

from comparisons.views import compare, home, leaderboard, pages, reviewers, tools

urlpatterns = [
    path("", home.home, name="home"),
    path("tools/", tools.tool_list, name="tools"),
    path("tools/<slug:slug>/", tools.tool_detail, name="tool"),
    path("categories/<slug:slug>/", tools.category_detail, name="category"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("leaderboard/divisive/", leaderboard.divisive, name="divisive"),
    path("leaderboard/overruled/", leaderboard.overruled, name="overruled"),
    path("compare/", compare.compare_pick, name="compare_pick"),
    path("compare/<slug:address>/", compare.compare, name="compare"),
    path("reviewers/", reviewers.reviewer_list, name="reviewers"),
    path("reviewers/<slug:slug>/", reviewers.reviewer_detail, name="reviewer"),
    path("about/", pages.page_detail, {"slug": "about"}, name="about"),
]
