"""Addresses of what readers ask for."""

from __future__ import annotations

from django.urls import path

from tools import views

urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("ask/confirm/", views.ask_confirm, name="ask_confirm"),
    path("ask/mine/", views.my_asks, name="my_asks"),
    path("ask/mine/mail/", views.ask_mail, name="ask_mail"),
    path("ask/mine/<int:pk>/take-back/", views.take_back_ask, name="take_back_ask"),
    path("ask/unsubscribe/<str:token>/", views.ask_unsubscribe, name="ask_unsubscribe"),
]
