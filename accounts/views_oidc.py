"""The way to an organisation's log-in service."""

import logging

from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser on to the organisation by a page of our own instead of a redirect.

    Our Content Security Policy lets forms go to ourselves alone, and browsers hold redirects after a form to it too.
    """
    try:
        response = openid_connect.login(request, provider_id)
    except OSError:  # so are all faults of the library that asks the organisation where its log-in page is
        logger.exception("The log-in service %s does not answer", provider_id)
        return render(request, "accounts/organisation_is_away.html", status=503)
    if response.status_code == 302:
        return render(request, "accounts/to_organisation.html", {"address": response.headers["Location"]})
    return response
