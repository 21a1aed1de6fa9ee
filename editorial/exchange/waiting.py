"""A file that was brought for import and waits for its yes: the preview is made from it, and then the import."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

KEPT_FOR = timedelta(days=1)


class WaitingImport(models.Model):
    """In the database and not on a disk, so that whichever process is asked next has it; its bringer's alone."""

    key = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    ending = models.CharField(max_length=4)
    content = models.TextField()
    reason = models.CharField(max_length=500, blank=True)
    brought_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("waiting import"), _("waiting imports")
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"{self.kind}.{self.ending}"


def bring(person: User, *, kind: str, ending: str, content: str, reason: str) -> WaitingImport:
    """Put a file down until it is imported, thrown away, or a day old."""
    WaitingImport.objects.filter(brought_at__lt=timezone.now() - KEPT_FOR).delete()
    return WaitingImport.objects.create(person=person, kind=kind, ending=ending, content=content, reason=reason)


def waiting(person: User, key: str, kinds: list[str]) -> WaitingImport | None:
    """A person's own file by its key."""
    return WaitingImport.objects.filter(person=person, pk=key, kind__in=kinds).first()
