"""What Celery is told, whatever the environment says: settings.py takes all of it over."""

from __future__ import annotations

from typing import Any

from config.rounds import ROUNDS

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Twice as long as any task may take; the shortest of the three would count.
CELERY_VISIBILITY_TIMEOUT = 1800
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.5,
    # Whoever wants to wake a worker does not wait for a broker that is not there; the next tick tries again.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_VISIBILITY_TIMEOUT}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# A blip of the broker kills no worker at the moment in which it waits for a mail server's answer; and on its way out a
# worker may finish its message.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # logs.py keeps tokens out of workers' lines as well
CELERY_IMPORTS = ["comparisons.opendata.tasks", "comparisons.webhooks.tasks"]  # not among an app's own tasks.py
CELERY_BEAT_SCHEDULE = ROUNDS
