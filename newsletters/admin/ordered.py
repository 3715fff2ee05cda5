"""What was ordered: to whom and when; before it begins, how many and the letter itself."""

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


def order_of(delivery: Delivery) -> dict[str, Any]:
    """Return what is ordered: the subject and to whom; of a delivery that is yet to begin, today's number and more."""
    # A frozen letter has its own subject, and needs no page to be read.
    letter = None if delivery.frozen_at else ordered_letter(delivery)
    audience = Audience.from_dict(delivery.audience)
    order = {
        "subject": letter.subject_line if letter else delivery.subject,
        "audience": summary(audience, offered()),
    }
    if letter and delivery.is_open:
        order |= _to_come(delivery, replace(audience, is_important=letter.is_important))
    return order


def _to_come(delivery: Delivery, audience: Audience) -> dict[str, Any]:
    return {
        "is_to_come": True,
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
