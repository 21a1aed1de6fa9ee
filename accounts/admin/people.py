from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask_first
from accounts.audit import Action, note
from accounts.factors import reset_factors
from accounts.models import OutgoingMail, User
from accounts.services import close_account

# A person's keys are theirs, and providers are configured by the environment: neither is an editor's business.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


class WaitingFilter(admin.SimpleListFilter):
    title = _("waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("long", _("For more than ten minutes"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.waiting_long() if self.value() == "long" else queryset


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """Who is not reached, and since when. What a mail says is nobody's business: it may hold a code or a link."""

    list_display = ("recipient", "waiting_since")
    list_filter = (WaitingFilter,)
    fields = readonly_fields = ("recipient", "waiting_since")
    ordering = ("written_at",)

    @admin.display(description=_("recipient"), ordering="to")
    def recipient(self, mail: OutgoingMail) -> str:
        return mail.to

    @admin.display(description=_("waiting since (UTC)"), ordering="written_at")
    def waiting_since(self, mail: OutgoingMail) -> str:
        return f"{mail.written_at:%Y-%m-%d %H:%M}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ("email", "name", "is_staff", "is_active", "joined_at")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("joined_at", "verified_at", "last_login")
    actions = ("reset_selected",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("joined_at", "verified_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.action(description=_("Take away second factors"), permissions=["reset"])
    def reset_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """For somebody whose device and recovery codes are lost; whoever asks for it must be known by voice or face."""
        people, question = (
            list(queryset),
            gettext(
                "Take every second factor from these people, passkeys and recovery codes too, and end their sessions? "
                "Be sure that it is they who ask: afterwards their mailbox alone makes new ones. They are told by mail."
            ),
        )
        if asked := ask_first(self, request, people, question=question):
            return asked
        for user in people:
            reset_factors(user)
            note(by=request.user if isinstance(request.user, User) else None, action=Action.RESET, about=user)
        words = ngettext("Done for %(count)s person.", "Done for %(count)s people.", len(people))
        self.message_user(request, words % {"count": len(people)}, messages.SUCCESS)
        return None

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        """Nobody has proved a new address yet."""
        if "email" in form.changed_data:
            obj.verified_at = None
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """As when people close their own account."""
        close_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            close_account(user)
