"""Periodic and queued jobs of the letters. Whatever is due is found by query; a lost message costs a few seconds."""

from celery import shared_task
from django.conf import settings

from newsletters import (
    outside_checks,
    queue,
    sending,
    standstill,
    tasks_bounces,  # noqa: F401 - its tasks are found through this module
    tasks_statistics,  # noqa: F401 - the same
)
from newsletters.models import Delivery, LetterPage
from newsletters.services import approval, control, deliver, trial
from newsletters.services.freeze import latest_letter

# The schedule looks this often (seconds); what a worker has not taken up by then is asked for anew.
ROUND_SECONDS = 20


@shared_task
def run_due_deliveries() -> None:
    """Start what is due, take over from vanished workers, finish what is done, wake workers for the rest."""
    deliver.start_due()
    queue.recover_expired()
    control.skip_cancelled()
    for delivery_id in Delivery.objects.running().values_list("pk", flat=True):
        if not queue.finish_if_done(delivery_id) and queue.has_work(delivery_id):
            for _place in range(settings.LETTER_SENDERS):
                send_delivery.apply_async([delivery_id], expires=ROUND_SECONDS)


@shared_task
def send_delivery(delivery_id: int) -> None:
    """Send a running delivery's letters, unless enough workers are at it."""
    sent = 0
    with sending.sender_slot(delivery_id, settings.LETTER_SENDERS) as free:
        if free:
            sent = sending.send_delivery(delivery_id)
    if sent and queue.has_work(delivery_id, within=sending.SOON):
        # To the end of the queue: what else waits for a worker comes first.
        deliver.wake_workers(delivery_id)


@shared_task
def tell_standstills() -> None:
    """Mail those who may approve about each delivery that awaits it, and about each that stands still; each once."""
    approval.ask_waiting()
    standstill.tell()


@shared_task
def check_outside(letter_id: int, addresses: list[str], scores: bool) -> None:
    """Ask a letter's links to other sites, and have its spam score worked out."""
    letter = latest_letter(LetterPage.objects.get(pk=letter_id))
    outside_checks.find_out(letter, addresses, scores)


@shared_task
def send_test_letter(letter_id: int, addresses: list[str], user_id: int = 0, number: str = "") -> None:
    """Send a test letter to the addresses an adviser wrote; they see each answer on the send page."""
    trial.send_ordered(LetterPage.objects.get(pk=letter_id), addresses, user_id, number)
