"""The desk's page on which a whole panel is written: every reviewer's review of one tool, saved together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from editorial.deskpages import DeskPage
from editorial.forms import ReasonedStepForm
from editorial.permissions import OUT, Step, has_right
from editorial.stepping import reader_of
from reviews.forms import BerthForm
from reviews.leaning import leaning, leanings
from reviews.models import Review
from reviews.panel import Bench, Berth, read_bench
from reviews.services import save_review
from tools.models import Tool

_STEPS = {
    Step.SUBMIT: (Review.Status.DRAFT,),
    Step.PUBLISH: (Review.Status.DRAFT, Review.Status.IN_REVIEW),
}


def panel_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """One page for whoever finds the tool and any review of it; what is sent is saved whole or not at all."""
    tools: Any = admin.site.get_model_admin(Tool)
    if not _looks(request):
        raise PermissionDenied
    with transaction.atomic():
        tool = tools.get_object(request, unquote(object_id))
        if tool is None:
            return tools._get_obj_does_not_exist_redirect(request, tools.opts, object_id)  # type: ignore[no-any-return]
        person, is_sent = reader_of(request), request.method == "POST"
        bench = read_bench(tool, person, hold=is_sent)
        if is_sent and not _may_send(request):
            raise PermissionDenied
        for berth in bench.berths:
            _bind(berth, tool, request.POST if is_sent else None)
        typed = [berth for berth in bench.berths if is_sent and berth.form and berth.form.has_changed()]
        wrong = [berth for berth in typed if not _holds(berth)]
        if wrong or not is_sent:
            return _page(request, bench, wrong)
        _save(request, typed, by=person)
    _say(request, typed)
    if request.POST.get("_step"):
        _take_all(request, read_bench(tool, person))
    return HttpResponseRedirect(request.path)


def _looks(request: HttpRequest) -> bool:
    return any(has_right(request.user, verb, Review) for verb in ("view", "change"))


def _may_send(request: HttpRequest) -> bool:
    """Whether the page has such a button for them; a forged one saves nothing."""
    step = request.POST.get("_step", "")
    rights = ("change", "publish") if step == Step.PUBLISH else ("change",)
    return step in ("", *_STEPS) and all(has_right(request.user, right, Review) for right in rights)


PANEL = DeskPage("panel", gettext_lazy("The panel on one page"), gettext_lazy("Panel"), panel_view, _looks)


def _bind(berth: Berth, tool: Tool, sent: Any) -> None:
    """The form of a place that is this person's to write, or was when they opened the page and typed there."""
    prefix = f"r{berth.reviewer.pk}"
    if berth.may_write or (sent and f"{prefix}-headline" in sent):
        review = berth.review or Review(tool=tool, reviewer=berth.reviewer)
        berth.form = BerthForm(sent, instance=review, prefix=prefix, is_seen=berth.is_seen)


def _holds(berth: Berth) -> bool:
    """Whether what was typed can be saved over what is stored; else the form says why not."""
    form: BerthForm = berth.form
    problems = [] if form.is_valid() else [""]
    opened = form.data.get(f"{form.prefix}-opened") or ""
    if not berth.may_write:
        problems.append(_("This review is not yours to change as it stands now. What you typed is here to be copied."))
    elif berth.review and berth.opened_at != opened:
        berth.theirs = Review.objects.select_related("changed_by").get(pk=berth.review.pk)
        problems.append(
            _("Somebody has saved this review since you opened the page. Save again to put yours in its place.")
        )
    elif opened and not berth.review:
        problems.append(_("This review was withdrawn since you opened the page. Save again to begin a new one."))
    elif not berth.review and form.instance.rivals().exists():
        problems.append(_("This reviewer already has a review of this tool: change or withdraw that one."))
    for problem in filter(None, problems):
        form.add_error(None, problem)
    return not problems


def _save(request: HttpRequest, berths: Iterable[Berth], *, by: User) -> None:
    desk = admin.site.get_model_admin(Review)
    for berth in berths:
        review: Review = berth.form.instance
        is_new = review.pk is None
        review.changed_by = by
        if is_new:
            review.author = by
        save_review(review, reason=berth.form.cleaned_data["reason"])
        told = _("Written on the panel’s page.") if is_new else _("Changed on the panel’s page.")
        (desk.log_addition if is_new else desk.log_change)(request, review, told)


def _say(request: HttpRequest, saved: list[Berth]) -> None:
    if not saved:
        admin.site.get_model_admin(Review).message_user(request, _("Nothing was typed, so nothing is saved."))
        return
    names = _(", ").join(str(berth.reviewer) for berth in saved)
    words = ngettext("%(count)s review saved: %(names)s.", "%(count)s reviews saved: %(names)s.", len(saved))
    messages.success(request, words % {"count": len(saved), "names": names})


def _take_all(request: HttpRequest, bench: Bench) -> None:
    """Each review by itself, as from the list: one that cannot is named, and the others go on."""
    step = Step(request.POST["_step"])
    reviews = [review for review in bench.reviews if review.status in _STEPS[step]]
    if step == Step.PUBLISH and bench.tool.status not in OUT:
        said = _("%(tool)s is not published. Publish the tool first, then its reviews.")
        messages.error(request, said % {"tool": bench.tool})
        return
    if not reviews:
        messages.info(request, _("No review waits for that."))
    desk: Any = admin.site.get_model_admin(Review)
    form = ReasonedStepForm({"_step": step})
    form.is_valid()
    for review in reviews:
        desk._take_one(request, review, step, form)


def _page(request: HttpRequest, bench: Bench, wrong: list[Berth]) -> HttpResponse:
    desk, person = admin.site.get_model_admin(Review), reader_of(request)
    context = {
        **admin.site.each_context(request),
        "title": _("The panel on %(tool)s") % {"tool": bench.tool},
        "opts": Tool._meta,
        "original": bench.tool,
        "bench": bench,
        "wrong": wrong,
        "is_out": bench.tool.status in OUT,
        "seen": leaning(bench.seen),
        "told": leaning(bench.all_told),
        "word": bench.all_told.word,
        "leanings": leanings(len(bench.berths)),
        "may_publish": has_right(person, "publish", Review) and not bench.tool.is_closed,
        "sprite": mark_safe(get_template("components/sprite.html", using="jinja2").render({})),  # noqa: S308 (a file)
        "media": desk.media + BerthForm.base_fields["body"].widget.media,
        "typed_key": f"{Review._meta.label_lower}:panel-{bench.tool.pk}:{person.pk}",
    }
    return TemplateResponse(request, "admin/reviews/panel.html", context)
