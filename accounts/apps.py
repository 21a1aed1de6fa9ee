from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("people")

    def ready(self) -> None:
        from accounts import audit, checks, reading, registry, signals  # noqa: F401 - signals are received once imported
        from accounts.roles import follow_roles

        post_migrate.connect(follow_roles, dispatch_uid="roles")
        registry.personal_records("account", reading.account_records)
        registry.personal_records("passkeys", reading.passkey_records)
        registry.personal_records("providers", reading.provider_records)
        registry.personal_records("second factors", reading.factor_records)
        registry.personal_records("log of the desk", audit.records_of)
