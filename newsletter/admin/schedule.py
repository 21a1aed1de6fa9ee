"""The schedule of the weekly email: one page with one form, and the moments that it leads to."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.models import Schedule
from newsletter.outlook import look_ahead, moments
from newsletter.schedule import zone_names
from newsletter.services.ticking import schedule_kept, set_schedule

PAGE = "admin:newsletter_schedule_changelist"


class _Time(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ScheduleForm(forms.ModelForm):
    """Zones are offered as somebody types: there are some six hundred."""

    class Meta:
        model = Schedule
        fields = ("is_on", "weekday", "local_time", "zone", "mode", "veto_hours")
        widgets = {  # noqa: RUF012
            "local_time": _Time,
            "zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
            "mode": forms.RadioSelect,
        }
        help_texts = {  # noqa: RUF012
            "is_on": gettext_lazy("Off, no issue is made and nothing goes out by itself."),
            "local_time": gettext_lazy("As clocks in the zone below read it, in summer and in winter."),
            "zone": gettext_lazy("Such as Europe/Lisbon or America/New_York."),
        }
        error_messages = {  # noqa: RUF012
            "local_time": {"invalid": gettext_lazy("Give a time such as 09:00.")},
        }


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    """There is one schedule, so its list is its page."""

    class Media:
        css: ClassVar = {"all": ["editorial/desk.css", "newsletter/desk/issues.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Schedule | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(PAGE))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The form; a post saves it, or shows what it would lead to."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        schedule = schedule_kept()
        if request.method != "POST":
            return self._page(request, ScheduleForm(instance=schedule), schedule)
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = ScheduleForm(request.POST, instance=schedule)
        if not form.is_valid():
            return self._page(request, form, schedule_kept())
        if "_look" in request.POST:
            return self._page(request, form, form.instance, is_trial=True)
        return self._save(request, form)

    def _save(self, request: HttpRequest, form: ScheduleForm) -> HttpResponse:
        changed: Any = form
        set_schedule(form.instance)
        self.log_change(request, form.instance, self.construct_change_message(request, changed, [], add=False))
        self.message_user(request, _("The schedule is saved. It counts from now on."), messages.SUCCESS)
        return HttpResponseRedirect(reverse(PAGE))

    def _page(
        self, request: HttpRequest, form: ScheduleForm, shown: Schedule, *, is_trial: bool = False
    ) -> HttpResponse:
        may_change = self.has_change_permission(request)
        names = list(form.fields)
        fieldsets: Any = [(None, {"fields": names})]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Schedule of the weekly email"),
            "opts": self.opts,
            "adminform": AdminForm(
                form,
                fieldsets,
                {},
                () if may_change else names,
                model_admin=self,
            ),
            "errors": form.errors,
            "media": self.media + form.media,
            "may_change": may_change,
            "zones": sorted(zone_names()),
            "shown": shown,
            "is_trial": is_trial,
            "moments": moments(shown),
            "outlook": look_ahead(),
        }
        return TemplateResponse(request, "admin/newsletter/schedule/page.html", context)
