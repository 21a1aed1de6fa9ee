"""manage.py prepare_demo: what `make run` does with an empty database."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.services import prepare_editor
from tools.models import Tool

EDITOR = "editor@drydock.example"


class Command(BaseCommand):
    help = "Load the demo publication into an empty database and make its editor. Development only."

    def handle(self, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("The demo makes an editor whose password is printed: it is for LOCAL=1 only.")
        if not Tool.objects.exists():
            call_command("load_publication", settings.BASE_DIR / "demo", stdout=self.stdout, stderr=self.stderr)
        _, password = prepare_editor(email=EDITOR, name="Demo Editor")
        self.stdout.write(json.dumps({"editor_email": EDITOR, "editor_password": password}))
