"""Where sessions are kept (SESSION_ENGINE): Django's own way, in rows that say whose they are (decision 0018)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from accounts.models import OwnedSession


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[OwnedSession]:
        return OwnedSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row to write; a sign-in that was begun holds an address and has no user yet."""
        row: Any = super().create_model_instance(data)
        owner = str(data.get(SESSION_KEY) or "")
        row.user_id = int(owner) if owner.isdecimal() else None
        row.address = str((data.get("account_login") or {}).get("email") or "").lower()[:254]
        return row
