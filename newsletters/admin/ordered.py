"""What a delivery that has not begun will be: to whom and how many, and the letter as it was ordered."""

from dataclasses import replace
from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from newsletters.admin.saved_audiences import offered, summary
from newsletters.audience import Audience
from newsletters.models import Delivery, LetterPage
from newsletters.services.deliver import require_right
from newsletters.services.freeze import ordered_letter
from newsletters.views.browser_copy import MAIL_POLICY
from newsletters.views.preview import preview

SAMPLE = 8


def order_of(delivery: Delivery) -> dict[str, Any] | None:
    """Return what is ordered, with today's number; None once the delivery is frozen, or will never be."""
    if delivery.frozen_at or not delivery.is_open:
        return None
    letter = ordered_letter(delivery)
    audience = replace(Audience.from_dict(delivery.audience), is_important=letter.is_important)
    return {
        "letter": letter,
        "audience": summary(audience, offered()),
        "count": audience.count(),
        "held_back": audience.held_back(),
        "sample": audience.sample(SAMPLE),
        "previews": [(mode, label) for mode, label in LetterPage.PREVIEWS if mode],
        "is_edited": bool(delivery.revision_id)
        and delivery.letter.latest_revision_id != delivery.revision_id,
    }


@require_safe
@csp_replace(MAIL_POLICY)
def ordered_preview(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """Show the letter as it was ordered in one of the mail modes."""
    require_right(request.user)
    delivery = get_object_or_404(Delivery.objects.select_related("letter", "revision"), pk=pk)
    if mode not in dict(LetterPage.PREVIEWS) or not mode:
        raise Http404
    return preview(ordered_letter(delivery), mode)
