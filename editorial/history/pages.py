"""The desk's pages of history: the list of versions, two of them side by side, and the way back to an older one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from editorial.history.collisions import TOKEN, read_token, token_of
from editorial.history.comparing import Differing, compared
from editorial.history.contents import Kept, Part, Position, is_kept
from editorial.history.posting import Fields
from editorial.history.restoring import as_form, what_is_gone
from editorial.history.versions import PER_PAGE, RESTORED, Saved, describe, load_versions
from editorial.reasons import LONGEST


class HistoryPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever may look at a piece may look at its past; whoever may change it as it stands may restore."""

    @property
    def kept(self) -> Kept:
        parts = []
        for inline in self.inlines:
            if is_kept(inline.model):
                named = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
                prefix = named.remote_field.get_accessor_name(model=inline.model)
                parts.append(Part(inline.model, named.name, prefix))
        return Kept(self.model, tuple(parts))

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        view = self.admin_site.admin_view(self.restore_view)
        return [path("<path:object_id>/restore/", view, name=name), *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        piece = self.get_object(request, unquote(object_id))
        if piece is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not self.has_view_or_change_permission(request, piece):
            raise PermissionDenied
        everything = load_versions(self.kept, piece.pk)
        page = Paginator(everything, PER_PAGE).get_page(request.GET.get("p"))
        newer, older = _chosen(request, everything)
        shown = [saved for saved in everything if saved in page.object_list or saved in (newer, older)]
        describe(self.kept, piece, shown, everything)
        context = {
            **self._about(request, piece, _("History of %(piece)s")),
            "page": page,
            "newer": newer,
            "older": older,
            "newest": everything[0] if everything else None,
            "differing": self._differing(request, piece, older.position, newer.position) if newer and older else [],
            "may_restore": self.has_change_permission(request, piece),
        }
        return TemplateResponse(request, "admin/editorial/history.html", context)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What restoring a version would change, and the button that does."""
        with transaction.atomic():
            piece = self._held(request, object_id)
            if piece is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
            if not self.has_change_permission(request, piece):
                raise PermissionDenied
            everything = load_versions(self.kept, piece.pk)
            asked = request.POST.get("version") or request.GET.get("version")
            saved = next((saved for saved in everything if saved.key == asked), None)
            if saved is None:
                return HttpResponseRedirect(self._way_to("history", piece))
            describe(self.kept, piece, [saved], everything)
            problems = self._restore(request, piece, saved) if request.method == "POST" else []
            if request.method == "POST" and not problems:
                return HttpResponseRedirect(self._way_to("change", piece))
            transaction.set_rollback(bool(problems))
        return self._restore_page(request, piece, saved, problems)

    def _restore_page(self, request: HttpRequest, piece: Any, saved: Saved, problems: Sequence[str]) -> HttpResponse:
        piece.refresh_from_db()  # a form that was refused has left its texts on it
        now = self.kept.position(piece.pk)
        differing = self._differing(request, piece, now, saved.position)
        context = {
            **self._about(request, piece, _("Restore a version of %(piece)s")),
            "saved": saved,
            "problems": problems,
            "differing": differing,
            "token": token_of(now),
            "takes_reason": "reason" in self._form(request, piece).base_fields,
            "longest": LONGEST,
            "reason": request.POST.get("reason", ""),
        }
        return TemplateResponse(request, "admin/editorial/restore.html", context)

    def _restore(self, request: HttpRequest, piece: Any, saved: Saved) -> list[str]:
        """Save an older version through the desk's own form, under its rules; why not, as sentences."""
        kept = self.kept
        now = kept.position(piece.pk)
        then, stored = kept.read(piece.pk, saved.position), kept.read(piece.pk, now)
        if not stored.says_the_same(kept.read(piece.pk, read_token(request.POST.get(TOKEN, ""), len(now)))):
            return [_("Somebody saved meanwhile. Look at what restoring would change now, then decide.")]
        if gone := what_is_gone(kept, then, kept.names([then], self._find(request, piece))):
            return gone
        sent = as_form(
            self._form(request, piece)(instance=piece), kept, then, stored, self._part_fields(request, piece)
        )
        for formset, _inline in self.get_formsets_with_inlines(request, piece):
            for count in ("TOTAL_FORMS", "INITIAL_FORMS"):  # of tables that keep no history, or are another's to change
                sent.setdefault(f"{formset.get_default_prefix()}-{count}", "0")
        sent.update({"reason": request.POST.get("reason", ""), "_continue": "1"})
        request.POST = sent  # type: ignore[assignment]
        answer: Any = self.changeform_view(request, str(piece.pk))
        if answer.status_code != 302:
            return _problems(answer.context_data)
        self.log_change(request, piece, f"{RESTORED}{saved.at:%Y-%m-%d %H:%M} UTC")
        self.message_user(request, _("The older version is back, as a new one."), messages.SUCCESS)
        return []

    def _held(self, request: HttpRequest, object_id: str) -> Any:
        """The piece; while somebody saves, held until that is done."""
        piece = self.get_object(request, unquote(object_id))
        if piece is not None and request.method == "POST":
            self.model._base_manager.select_for_update(of=("self",)).filter(pk=piece.pk).first()
            piece.refresh_from_db()
        return piece

    def _form(self, request: HttpRequest, piece: Any) -> Any:
        return self.get_form(request, piece, change=True, fields=flatten_fieldsets(self.get_fieldsets(request, piece)))

    def _part_fields(self, request: HttpRequest, piece: Any) -> dict[str, Fields]:
        """What the form asks of each kind of part, as far as the person may change those."""
        tables = self.get_formsets_with_inlines(request, piece)
        return {
            formset.get_default_prefix(): formset.form.base_fields
            for formset, inline in tables
            if inline.has_change_permission(request, piece)
        }

    def _find(self, request: HttpRequest, piece: Any) -> Callable[[type[Model]], QuerySet[Any]]:
        """Where to look up what versions name: what the person finds at the desk, and what the piece names now."""

        def find(kind: type[Model]) -> QuerySet[Any]:
            related = self.admin_site._registry.get(kind)
            everything: QuerySet[Any] = kind._base_manager.all()
            if related is None:
                return everything
            fields = [field for field in self.opts.local_fields if isinstance(field, ForeignKey)]
            named = [getattr(piece, field.attname) for field in fields if field.related_model is kind]
            return everything.filter(Q(pk__in=related.get_queryset(request).values("pk")) | Q(pk__in=named))

        return find

    def _differing(self, request: HttpRequest, piece: Any, older: Position, newer: Position) -> list[Differing]:
        before, after = (self.kept.read(piece.pk, position) for position in (older, newer))
        return compared(self.kept, before, after, self.kept.names([before, after], self._find(request, piece)))

    def _about(self, request: HttpRequest, piece: Any, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title % {"piece": piece},
            "opts": self.opts,
            "original": piece,
            "media": self.media,
        }

    def _way_to(self, page: str, piece: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[piece.pk])


def _chosen(request: HttpRequest, everything: Sequence[Saved]) -> tuple[Saved | None, Saved | None]:
    """The two to set side by side, the newer one first: those that were asked for, or the last two."""
    by_key = {saved.key: place for place, saved in enumerate(everything)}
    asked = sorted({by_key[key] for key in (request.GET.get("newer"), request.GET.get("older")) if key in by_key})
    places = asked if len(asked) == 2 else [0, 1]
    found = [everything[place] if place < len(everything) else None for place in places]
    return found[0], found[1]


def _problems(context: dict[str, Any]) -> list[str]:
    """What the desk's form refused, each with the name of its field or table."""
    form = context["adminform"].form
    labels = {name: f"{asked.label}: " for name, asked in form.fields.items()}
    told = [f"{labels.get(name, '')}{error}" for name, errors in form.errors.items() for error in errors]
    for table in context["inline_admin_formsets"]:
        told += [str(error) for error in table.formset.non_form_errors()]
        wrong = [error for row in table.formset.errors for errors in row.values() for error in errors]
        told += [f"{capfirst(str(table.opts.verbose_name))}: {error}" for error in wrong]
    return told
