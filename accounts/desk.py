"""The admin site of this product: who has not shown a second factor is not in, and what is done there is on record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest

from accounts import audit
from accounts.factors import may_open_desk


class Audited(admin.ModelAdmin):  # type: ignore[type-arg]
    """What changed in the fields goes into the log with the note that Django makes of it."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        vars(request)["audited"] = {} if add else audit.changes_of(form, formsets)
        return super().construct_change_message(request, form, formsets, add)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A press of Save that changed nothing is no entry."""
        changes = vars(request).pop("audited", {})
        if not message and not changes:
            return None
        with audit.telling(changes):
            return super().log_change(request, obj, message)


class GuardedSite(AdminSite):
    """Every admin class that is registered is audited, whoever wrote it."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _has_shown(request)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        given = admin_class or admin.ModelAdmin
        audited = type(given.__name__, (Audited, given), {"__module__": given.__module__, "__doc__": given.__doc__})
        super().register(model_or_iterable, audited, **options)


def _has_shown(request: HttpRequest) -> bool:
    """Asked more than once for a page, looked up once."""
    known = vars(request)
    if "may_open_desk" not in known:
        known["may_open_desk"] = may_open_desk(request)
    return bool(known["may_open_desk"])
