from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComparisonsConfig(AppConfig):
    name = "comparisons"
    verbose_name = _("comparisons")

    def ready(self) -> None:
        from comparisons import cockpit

        cockpit.watch()
