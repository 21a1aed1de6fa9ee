from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("pages")

    def ready(self) -> None:
        from editorial import reads, waiting_mail  # noqa: F401  (registers the `any_of` lookup before anything asks for it)

        waiting_mail.watch()
