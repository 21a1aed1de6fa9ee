"""The messages of an issue, made of what was frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.utils import parseaddr

from django.conf import settings

from newsletter.models import Issue, Subscriber
from newsletter.rendering import Rendered, readers_of, skeleton
from newsletter.sending.envelopes import Prepared
from newsletter.sending.message_ids import message_id
from newsletter.sending.queue import Claim
from newsletter.sending.return_paths import return_path


class Letters:
    """What all readers get alike is made once; the rest a reader, in a fixed number of queries for each batch."""

    def __init__(self, issue: Issue) -> None:
        self._skeleton = skeleton(Rendered.of_frozen(issue))
        self._tail = issue.message_tail
        self.sender = parseaddr(settings.NEWSLETTER_FROM)[1]

    def sender_for(self, claim: Claim) -> str:
        """Where a failure of this message is reported to."""
        return return_path(message_id(claim.pk, self._tail), self.sender)

    def for_claims(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, bytes | Exception | None]]:
        """Each claim with its message, what went wrong with it, or None for a reader who is not there any more."""
        keys = {claim.subscriber_id for claim in claims}
        readers = {reader.pk: reader for reader in readers_of(Subscriber.objects.filter(pk__in=keys))}
        for claim in claims:
            reader = readers.get(claim.subscriber_id)
            if reader is None or reader.address != claim.address:
                yield claim, None
                continue
            try:
                yield claim, Prepared(self._skeleton.message(reader, message_id(claim.pk, self._tail)))
            except Exception as error:  # whatever it is, it is this reader's alone until it is several readers'
                yield claim, error
