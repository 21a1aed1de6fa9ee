"""The addresses of the weekly email."""

from __future__ import annotations

from django.urls import path

from newsletter.views import account, archive, events, preferences, subscribing

_OWN = "newsletter/preferences/<str:token>/"

urlpatterns = [
    path("newsletter/", archive.issue_list, name="newsletter"),
    path("newsletter/<int:number>/", archive.issue_detail, name="newsletter_issue"),
    path("feeds/newsletter.atom", archive.issue_feed, name="issue_feed"),
    path("newsletter/subscribe/", subscribing.subscribe_form, name="newsletter_subscribe"),
    path("newsletter/subscribe/again/", subscribing.subscribe_again, name="newsletter_subscribe_again"),
    path("newsletter/sent/", subscribing.sent, name="newsletter_sent"),
    path("c/<str:token>/", subscribing.link, name="newsletter_link"),
    path("newsletter/confirm/", subscribing.confirm_page, name="newsletter_confirm"),
    path("newsletter/account/", account.subscribe_own, name="newsletter_account"),
    path("newsletter/preferences/", subscribing.own, name="newsletter_own"),
    path(_OWN, preferences.preferences, name="newsletter_preferences"),
    path(f"{_OWN}pause/", preferences.pause_mail, name="newsletter_pause"),
    path(f"{_OWN}address/", preferences.address, name="newsletter_address"),
    path(f"{_OWN}export/", preferences.export, name="newsletter_export"),
    path(f"{_OWN}erase/", preferences.erase_page, name="newsletter_erase"),
    path("newsletter/events/<slug:provider>/", events.events, name="newsletter_events"),
    path("newsletter/unsubscribe/<str:token>/", preferences.unsubscribe_page, name="newsletter_unsubscribe"),
]
