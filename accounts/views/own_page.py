"""What a person sees of their own account, takes along, and deletes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import reading
from accounts.factors import factors_of
from accounts.proof import SignedInRequest, factor_required, recent_proof_required
from accounts.registry import records_of, sections_of
from accounts.services import close_account, disconnect
from accounts.views.answers import page


@login_required
@require_safe
def own_page(request: SignedInRequest) -> HttpResponse:
    factors = factors_of(request.user) if request.user.is_staff else None
    names: dict[str, Any] = {"own": reading.own_page(request.user), "sections": sections_of(request.user)}
    return page(request, "own_page", user=request.user, factors=factors, **names)


@factor_required
@require_safe
def export(request: SignedInRequest) -> HttpResponse:
    return JsonResponse(
        records_of(request.user),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="drydock-my-data.json"'},
    )


@login_required
@require_POST
def provider_disconnect(request: SignedInRequest, provider: str) -> HttpResponse:
    if disconnect(request.user, provider=provider):
        messages.success(request, _("Disconnected. An emailed code still signs you in."))
    return redirect("account")


@recent_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: SignedInRequest) -> HttpResponse:
    """Staff cannot: their part of the admin's log would go with them."""
    if request.method == "POST" and not request.user.is_staff:
        close_account(request.user)
        logout(request)
        return redirect("account_closed")
    return page(request, "close", user=request.user)


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    return page(request, "closed")
