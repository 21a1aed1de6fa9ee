from django.apps import AppConfig


class VotesConfig(AppConfig):
    name = "votes"
    verbose_name = "readers' votes"

    def ready(self) -> None:
        from accounts.registry import after_sign_in, personal_records
        from votes.reading import records_of
        from votes.visitors import adopt_browser_votes

        after_sign_in(adopt_browser_votes)
        personal_records("votes", records_of)
