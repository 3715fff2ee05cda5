"""The Celery application; the schedule lists every periodic job of the portal."""

import logging
import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import after_setup_logger, after_setup_task_logger, beat_init
from django.conf import settings

from core.log_filters import BlankTokens

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.development")

app = Celery("tsb_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="tasks_editors")

app.conf.beat_schedule = {
    "heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": 30.0},
    "letter-bounces-erased": {
        "task": "newsletters.tasks_bounces.erase_old_mail",
        "schedule": crontab(hour=3, minute=40),
    },
    "letter-replies": {
        "task": "newsletters.tasks_bounces.forward_mail",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "due-deliveries": {"task": "newsletters.tasks.run_due_deliveries", "schedule": 20.0},
    "letter-standstills": {"task": "newsletters.tasks.tell_standstills", "schedule": 60.0},
    "letter-signups": {"task": "newsletters.tasks_statistics.mail_signups", "schedule": 60.0},
    "letter-signups-erased": {
        "task": "newsletters.tasks_statistics.erase_old_signups",
        "schedule": crontab(hour=3, minute=20),
    },
    "letter-hits": {"task": "newsletters.tasks_statistics.roll_up", "schedule": 60.0},
    "letter-statistics-close": {"task": "newsletters.tasks_statistics.close_statistics", "schedule": 600.0},
    "letter-receivers-erased": {
        "task": "newsletters.tasks_statistics.erase_receivers",
        "schedule": crontab(hour=3, minute=50),
    },
    "people-imports": {"task": "directory.tasks.run_imports", "schedule": 30.0},
    "people-imports-erased": {
        "task": "directory.tasks.erase_old_imports",
        "schedule": crontab(hour=3, minute=40),
    },
    "registration-mails": {"task": "events.tasks.send_waiting_registration_mails", "schedule": 60.0},
    "order-receipts": {"task": "publications.tasks.send_waiting_receipts", "schedule": 60.0},
    "needs-erased": {"task": "events.tasks.erase_needs", "schedule": crontab(hour=3, minute=30)},
    "publish-scheduled": {"task": "core.tasks_editors.publish_scheduled", "schedule": 60.0},
    "review-mails": {
        "task": "core.tasks_editors.send_review_mails",
        "schedule": crontab(day_of_week="mon", hour=7, minute=0),
    },
    "check-links": {"task": "core.tasks_editors.check_links", "schedule": crontab(hour=2, minute=10)},
    "security-contact": {
        "task": "accounts.tasks.warn_security_contact",
        "schedule": crontab(day_of_week="mon", hour=7, minute=10),
    },
    "write-views": {"task": "core.tasks.write_views", "schedule": 60.0},
}


@app.on_after_configure.connect
def read_bounce_mailbox(sender: Celery, **kwargs: object) -> None:
    """Put the bounce mailbox into the schedule where there is one; the settings cannot be read any earlier."""
    if settings.BOUNCE_MAILBOX not in {"", "pipe:"}:
        seconds = settings.BOUNCE_POLL_MINUTES * 60.0
        sender.conf.beat_schedule["letter-bounces"] = {
            "task": "newsletters.tasks_bounces.poll_bounces",
            "schedule": seconds,
            # A round that no worker has taken up by the next one is void.
            "options": {"expires": seconds},
        }


@after_setup_logger.connect
@after_setup_task_logger.connect
def blank_tokens(logger: logging.Logger, **kwargs: object) -> None:
    """Keep tokens out of the logs of worker and scheduler, which Celery writes by handlers of its own."""
    for handler in logger.handlers:
        handler.addFilter(BlankTokens())


@beat_init.connect
def beat_at_once(**kwargs: object) -> None:
    """Beat when the scheduler starts, so that the portal is ready as soon as worker and scheduler are."""
    app.send_task("core.tasks.beat_heartbeat")


__all__ = ["app", "crontab"]
