from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VotesConfig(AppConfig):
    name = "votes"
    verbose_name = _("readers' votes")

    def ready(self) -> None:
        from accounts.registry import after_sign_in, before_closing, personal_records
        from votes import cockpit
        from votes.reading import records_of
        from votes.services import hold_still
        from votes.visitors import adopt_browser_votes

        cockpit.watch()
        after_sign_in(adopt_browser_votes)
        before_closing(hold_still)
        personal_records("votes", records_of)
