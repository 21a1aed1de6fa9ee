"""Ask for an inspection, and what a reader has asked for."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_callable, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guard import Origin, origin_of
from accounts.models import User
from tools.asks.asking import (
    AlreadyHereError,
    TooManyAsksError,
    ask_for,
    find_wanted,
    is_mail_stopped,
    resume_mail,
    stop_mail,
    take_back,
)
from tools.asks.telling import user_of
from tools.forms import AskForm
from tools.models import Ask, WantedTool

LISTED = 50


class ReaderRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


@csrf_exempt  # the page is cached and carries no token: the guard looks at where the form was sent from
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form and the public list, the same bytes for everyone; and the place the form is sent to."""
    if request.method != "POST":
        return _page(request, AskForm.opened_with(request.GET))
    match origin_of(request):
        case Origin.SAME:
            return _take(request)
        case Origin.UNKNOWN:
            return _confirm(request, AskForm(request.POST))
    return _refuse(request)


@never_cache
@require_POST
def ask_confirm(request: HttpRequest) -> HttpResponse:
    """The same from a page with a token, for a browser that does not say where a form comes from."""
    return _take(request)


@never_cache
@login_required
@require_safe
def my_asks(request: ReaderRequest) -> HttpResponse:
    """What a reader has asked for; `?asked=` or `?again=` names the one they come from."""
    asks = list(Ask.objects.for_reader(request.user))
    named = {name: request.GET.get(name) for name in ("asked", "again")}
    context = {
        "asks": asks,
        "asked": next((ask for ask in asks if str(ask.pk) == named["asked"]), None),
        "again": next((ask for ask in asks if str(ask.pk) == named["again"]), None),
        "is_mail_stopped": is_mail_stopped(request.user),
    }
    return render(request, "tools/my_asks.html", context)


@never_cache
@login_required
@require_POST
def take_back_ask(request: ReaderRequest, pk: int) -> HttpResponse:
    if not take_back(user=request.user, pk=pk):
        raise Http404
    return redirect("my_asks")


@never_cache
@login_required
@require_POST
def ask_mail(request: ReaderRequest) -> HttpResponse:
    """Stop all mail about what this reader asks for, or have it again."""
    if request.POST.get("mail") == "on":
        resume_mail(request.user)
    else:
        stop_mail(request.user.pk)
    return redirect("my_asks")


@csrf_exempt  # the signed link is the permission; mail programs send the form themselves, without a cookie (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One button that ends the mail. Looking at the page changes nothing: programs follow links in mails."""
    user_pk = user_of(token)
    is_done = user_pk is not None and request.method == "POST"
    if user_pk is not None and is_done:
        stop_mail(user_pk)
    context = {"is_known": user_pk is not None, "is_done": is_done}
    return render(request, "tools/ask_unsubscribe.html", context, status=404 if user_pk is None else 200)


def _take(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        if not isinstance(request.user, User):
            find_wanted(form.wish)  # what is here already needs no account to be told
            return redirect_to_login(form.address)
        asked, is_new = ask_for(user=request.user, wish=form.wish)
    except AlreadyHereError as here:
        return _page(request, form, here=here)
    except TooManyAsksError as problem:
        return _page(request, form, problem=str(problem), status=429)
    return redirect(f"{reverse('my_asks')}?{urlencode({'asked' if is_new else 'again': asked.pk})}")


def _page(
    request: HttpRequest,
    form: AskForm,
    *,
    here: AlreadyHereError | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    wanted = WantedTool.objects.most_asked()[:LISTED]
    context = {"form": form, "wanted": wanted, "here": here, "problem": problem}
    return render(request, "tools/ask.html", context, status=status)


@never_cache
def _confirm(request: HttpRequest, form: AskForm) -> HttpResponse:
    return render(request, "tools/ask_confirm.html", {"form": form})


def _refuse(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = get_callable(settings.CSRF_FAILURE_VIEW)(request)
    return answer
