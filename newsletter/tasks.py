"""Doors from the queue."""

from celery import shared_task

from newsletter import heartbeats
from newsletter.sending.carriers import new_transport
from newsletter.sending.draining import drain
from newsletter.sending.rounds import attempt, look_after
from newsletter.sending.stopping import usual_orders
from newsletter.sending.waking import wake_drains
from newsletter.services import settle_sign_ups, tidy
from newsletter.services.bouncing import look_for_bounces
from newsletter.services.events import settle_events
from newsletter.services.ticking import tick


@shared_task
def settle_sign_ups_task() -> None:
    settle_sign_ups()


@shared_task
def settle_events_task() -> None:
    settle_events()


@shared_task
def read_bounces_task() -> None:
    look_for_bounces()


@shared_task
def tidy_task() -> None:
    tidy()


@shared_task
def tick_task() -> None:
    """Every minute; what there is to do stands in the database, so one tick too many or too few does no harm."""
    for step in (heartbeats.listen, tick, look_after, heartbeats.warn):
        attempt(step)


@shared_task
def heartbeat_task(queue: str) -> None:
    """In each queue once a minute."""
    heartbeats.note(queue)


# A minute of claims, one for what was begun then, and as long as a server may take to answer (600 s); shorter than half
# of what the broker waits before it asks another.
@shared_task(queue="send", soft_time_limit=720, time_limit=780, reject_on_worker_lost=True)
def drain_task() -> None:
    """A wake-up: what there is to send stands in the database. Harmless twice, lost, or late."""
    attempt(lambda: heartbeats.note(heartbeats.SEND))  # meanwhile nobody may take the task that asks
    if drain(new_transport(), usual_orders()).has_more:
        wake_drains()
