from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ToolsConfig(AppConfig):
    name = "tools"
    verbose_name = _("tools")

    def ready(self) -> None:
        from accounts.registry import personal_records
        from tools import cockpit
        from tools.asks import asking

        cockpit.watch()
        personal_records("asked inspections", asking.records_of_asks)
        personal_records("stopped mail about asked inspections", asking.records_of_mail_stops)
