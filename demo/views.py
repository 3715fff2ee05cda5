"""The demo's outbox: every mail the portal has sent, as its receiver would see it."""

import re

from csp.decorators import csp_replace
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo import mailbox

PER_PAGE = 50
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)\]]")
# A mail is a foreign document: nothing in it may run, and its links open outside the frame.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:"],
    "style-src": ["'unsafe-inline'"],
}


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the mails, newest first."""
    query = request.GET.get("q", "")
    page = Paginator(mailbox.mails(query), PER_PAGE).get_page(request.GET.get("side"))
    return render(request, "demo/mail_list.html", {"mails": page, "query": query})


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: HTML in a frame, then text and headers."""
    path = mailbox.path_of(name)
    if path is None:
        raise Http404
    message = mailbox.message(path)
    context = {
        "name": name,
        "subject": str(message.get("Subject", "")),
        "has_html": bool(mailbox.part(message, "html")),
        "text": with_links(mailbox.part(message, "plain")),
        "headers": mailbox.headers(message),
        "attachments": [part.get_filename() for part in message.iter_attachments()],
    }
    return render(request, "demo/mail.html", context)


@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a mail's HTML part for the sandboxed frame."""
    path = mailbox.path_of(name)
    html = mailbox.part(mailbox.message(path), "html") if path else ""
    if not html:
        raise Http404
    return HttpResponse(_opening_outside(html))


@require_safe
def mail_raw(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the mail as it came, for a mail program or a look at the headers."""
    path = mailbox.path_of(name)
    if path is None:
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def with_links(text: str) -> SafeString:
    """Return plain text with its addresses as links."""
    pieces, end = [], 0
    for match in ADDRESS.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        pieces.append(format_html('<a class="ds-link" href="{0}">{0}</a>', match.group()))
        end = match.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308 - every piece is escaped above


def _opening_outside(html: str) -> str:
    """Have links open in a new tab, which the frame's sandbox allows, so that the outbox stays where it is."""
    base = '<base target="_blank">'
    changed, count = re.subn(r"(<head[^>]*>)", r"\1" + base, html, count=1, flags=re.IGNORECASE)
    return changed if count else base + html
