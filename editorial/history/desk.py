"""The desk's guard against saving over what somebody else has written meanwhile."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from editorial.history.collisions import THEIRS, TOKEN, Collision, Merging, read_token, token_of
from editorial.history.pages import HistoryPages
from editorial.history.posting import with_plain_line_ends
from editorial.history.versions import Saved, describe, load_versions


class _Refused:
    """A form that is shown again whole, because somebody else has saved meanwhile."""

    def clean(self) -> Any:
        form: Any = self
        given = super().clean()  # type: ignore[misc]
        form.add_error(None, _("A newer version was saved while you wrote. Compare it with your words, then save."))
        return given


class KeptHistory(HistoryPages):
    """A piece's form, which refuses to save over a version that its writer has not seen; and its pages of history."""

    change_form_template = "admin/editorial/kept_form.html"

    class Media:
        css: ClassVar = {"all": ["editorial/desk/history.css"]}
        js: ClassVar = ["editorial/desk/autosave.js"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method != "POST":
            self._look(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)
        request.POST = with_plain_line_ends(request.POST)  # type: ignore[assignment]
        with transaction.atomic():
            if object_id and TOKEN in request.POST:
                self._meet(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _look(self, request: HttpRequest, object_id: str | None) -> None:
        """How far the history has come, before the piece is read: what is saved in between is a collision then."""
        with suppress(ValidationError):
            if object_id:
                pk = self.model._meta.pk.to_python(unquote(object_id))
                vars(request)["position"] = self.kept.position(pk)

    def _meet(self, request: HttpRequest, object_id: str) -> None:
        """Settle what was sent with what others have saved since the form was opened. The row is held from here on."""
        piece = self._held(request, object_id)
        if piece is None or not self.has_change_permission(request, piece):
            return
        kept, sent = self.kept, request.POST
        now = kept.position(piece.pk)
        opened = read_token(sent[TOKEN], len(now))
        if now == opened and THEIRS not in sent:
            return
        base = kept.read(piece.pk, opened)
        own, parts = self._form(request, piece).base_fields, self._part_fields(request, piece)
        merging = Merging(kept, sent, own, parts)
        merging.take(sent.getlist(THEIRS), base)
        if now != opened:
            stored = kept.read(piece.pk, now)
            if merging.meet(base, stored):
                vars(request)["collision"] = merging.told(stored, self._find(request, piece))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        if "collision" in vars(request):
            options["form"] = type("Refused", (_Refused, self.form), {})
        return super().get_form(request, obj, change, **options)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        piece = context["original"]
        collision: Collision | None = vars(request).get("collision")
        position = vars(request).get("position") or (self.kept.position(piece.pk) if piece else ())
        context["token"] = token_of(position)
        context["collision"] = collision
        if collision:
            context["since"] = self._since(request, piece)
        context["typed_key"] = f"{self.opts.label_lower}:{piece.pk if piece else 'add'}:{request.user.pk}"
        return super().render_change_form(request, context, *args, **options)

    def _since(self, request: HttpRequest, piece: Any) -> list[Saved]:
        """Who has saved since the form was opened."""
        everything = load_versions(self.kept, piece.pk)
        opened = read_token(request.POST[TOKEN], 1 + len(self.kept.parts))
        newer = [saved for saved in everything if any(a > b for a, b in zip(saved.position, opened, strict=True))]
        describe(self.kept, piece, newer[:3], everything)
        for saved in newer[:3]:
            saved.person = _("you, in another window") if saved.by == request.user.pk else saved.person
        return newer[:3]

    def is_behind(self, request: HttpRequest, piece: Any) -> bool:
        """Whether somebody takes a step with a piece whose words have changed since they looked; says so."""
        now = self.kept.position(piece.pk)
        opened = read_token(request.POST.get(TOKEN) or token_of(now), len(now))
        if now == opened:
            return False
        if self.kept.read(piece.pk, opened).says_the_same(self.kept.read(piece.pk, now)):
            return False
        self.message_user(request, _("This was changed while you looked. Read it again, then decide."), messages.ERROR)
        return True
