"""Every address below /accounts/. Of django-allauth's own pages only the providers' are here; it knows ours by name."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import path

from accounts.views import factors, own_page, passkeys, sign_in

urlpatterns = [
    path("", own_page.own_page, name="account"),
    path("login/", sign_in.sign_in, name="account_login"),
    path("login/code/", sign_in.enter_code, name="account_confirm_login_code"),
    path("login/again/", sign_in.sign_in_again, name="account_reauthenticate"),
    path("login/inactive/", sign_in.inactive, name="account_inactive"),
    path("login/cancelled/", sign_in.cancelled, name="socialaccount_login_cancelled"),
    path("login/passkey/", passkeys.sign_in_by_passkey, name="account_login_passkey"),
    path("login/passkey/challenge/", passkeys.challenge, name="account_passkey_challenge"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("passkeys/add/", passkeys.passkey_add, name="account_passkey_add"),
    path("passkeys/<int:pk>/", passkeys.passkey, name="account_passkey"),
    path("factor/", factors.factor, name="account_factor"),
    path("factor/app/", factors.app, name="account_app"),
    path("factor/codes/", factors.codes, name="account_codes"),
    path("factor/codes/file/", factors.codes_file, name="account_codes_file"),
    path("disconnect/<slug:provider>/", own_page.provider_disconnect, name="account_disconnect"),
    path("data/", own_page.export, name="account_export"),
    path("close/", own_page.close, name="account_close"),
    path("closed/", own_page.closed, name="account_closed"),
]
for provider in settings.SOCIAL_ORIGINS:
    views = import_module(f"allauth.socialaccount.providers.{provider}.views")
    urlpatterns += [
        path(f"{provider}/login/", views.oauth2_login, name=f"{provider}_login"),
        path(f"{provider}/login/callback/", views.oauth2_callback, name=f"{provider}_callback"),
    ]
