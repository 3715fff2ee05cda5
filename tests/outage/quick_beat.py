"""The portal's Celery with the schedule's round for letters each second, so that tests do not wait for it."""

from tsb_portal.celery import app

app.conf.beat_schedule = {
    "due-deliveries": {"task": "newsletters.tasks.run_due_deliveries", "schedule": 1.0},
}
