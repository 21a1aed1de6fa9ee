from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("pages")

    def ready(self) -> None:
        from accounts.registry import personal_records
        from editorial import reads  # noqa: F401  (registers the `any_of` lookup before anything asks for it)
        from editorial.history.people import records_of_saves

        personal_records("saves at the desk", records_of_saves)
        _leave_no_rights_on_the_librarys_own_tables()


def _leave_no_rights_on_the_librarys_own_tables() -> None:
    """Nothing is kept in them and nobody opens them: no list of rights shall offer them."""
    from pghistory.models import Context, Events, MiddlewareEvents

    for model in (Context, Events, MiddlewareEvents):
        model._meta.default_permissions = ()
