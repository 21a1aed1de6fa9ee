from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComparisonsConfig(AppConfig):
    name = "comparisons"
    verbose_name = _("comparisons")

    def ready(self) -> None:
        from comparisons import cockpit
        from comparisons.previews import show_before
        from comparisons.receipts.ages import read_ages
        from editorial.previews.showing import show_by
        from reviews.ages import past_from

        past_from(read_ages)
        show_by(show_before)
        cockpit.watch()
