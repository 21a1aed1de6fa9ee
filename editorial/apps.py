from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("pages")

    def ready(self) -> None:
        from accounts.registry import personal_records
        from editorial import reads  # noqa: F401  (registers the `any_of` lookup before anything asks for it)
        from editorial.previews.links import records_of_links

        personal_records("preview links", records_of_links)
