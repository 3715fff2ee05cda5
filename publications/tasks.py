"""Jobs of the publications: receipts of print orders."""

from celery import shared_task

from publications import services


@shared_task
def send_order_receipt(order_id: int) -> bool:
    """Mail the receipt of one order."""
    return services.send_receipt(order_id)


@shared_task
def send_waiting_receipts() -> int:
    """Send what the broker or the mail server could not take at once."""
    return services.send_waiting_receipts()
