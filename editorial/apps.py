from django.apps import AppConfig


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = "pages"

    def ready(self) -> None:
        from editorial import reads  # noqa: F401  (registers the `any_of` lookup before anything asks for it)
