from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = _("weekly email")

    def ready(self) -> None:
        from accounts.registry import before_closing, on_own_page, personal_records
        from newsletter import archive, checks, cockpit  # noqa: F401 - checks are registered once imported
        from newsletter.reading import account_records
        from newsletter.services import erase_account
        from newsletter.views.account import own_section

        before_closing(erase_account)
        personal_records("weekly email", account_records)
        archive.list_in_sitemap()
        on_own_page("newsletter/_account.html", own_section)
        cockpit.watch()
