from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("pages")

    def ready(self) -> None:
        from accounts.registry import personal_records
        from editorial import reads, waiting_mail  # noqa: F401  (reads: its lookup, before anything asks for it)
        from editorial.history.people import records_of_saves
        from editorial.previews.links import records_of_links

        personal_records("saves at the desk", records_of_saves)
        personal_records("preview links", records_of_links)
        waiting_mail.watch()
        # After the library's own tables: rights are made app by app, in the order of INSTALLED_APPS.
        post_migrate.connect(_forget_rights, sender=apps.get_app_config("auth"), dispatch_uid="rights on history")


def _forget_rights(using: str, **options: Any) -> None:
    """Nothing is kept in django-pghistory's own tables and nobody opens them: no list of rights shall offer them."""
    from django.contrib.auth.models import Permission

    Permission.objects.using(using).filter(content_type__app_label="pghistory").delete()
