"""Every address a reader may visit."""

from __future__ import annotations

from django.urls import path

from comparisons.views import compare, embeds, home, leaderboard, machines, pages, receipts, reviewers, search, tools

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
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="search_suggest"),
    path("receipts/", receipts.receipt_list, name="receipts"),
    path("receipts/<int:number>/", receipts.receipt_detail, name="receipt"),
    path("about/", pages.page_detail, {"slug": "about"}, name="about"),
    path("methodology/", pages.page_detail, {"slug": "methodology"}, name="methodology"),
    path("privacy/", pages.page_detail, {"slug": "privacy"}, name="privacy"),
    path("og/site.png", machines.site_picture, name="site_picture"),
    path("og/tools/<slug:slug>.png", machines.tool_picture, name="tool_picture"),
    path("og/compare/<slug:address>.png", machines.pair_picture, name="pair_picture"),
    path("badge/<slug:slug>.svg", embeds.badge, name="badge"),
    path("embed/<slug:slug>/", embeds.embed, name="embed"),
    path("feeds/verdicts.atom", machines.verdict_feed, name="verdict_feed"),
    path("feeds/receipts.atom", machines.receipt_feed, name="receipt_feed"),
    path("feeds/receipts.xml", machines.receipt_feed_moved, name="receipt_feed_moved"),
    path("feeds/categories/<slug:slug>.atom", machines.category_feed, name="category_feed"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("sitemaps/<slug:section>-<int:number>.xml", machines.sitemap_section, name="sitemap_section"),
    path("robots.txt", machines.robots, name="robots_txt"),
    path("llms.txt", machines.llms, name="llms_txt"),
    path(".well-known/security.txt", machines.security, name="security_txt"),
    path("site.webmanifest", machines.web_manifest, name="web_manifest"),
]
