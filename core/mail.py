"""Mail of the portal itself: everything that no person wrote says so, whichever part of the portal sends it."""

from collections.abc import Sequence
from email.utils import make_msgid, parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp


class EmailBackend(smtp.EmailBackend):
    """Django's, with two headers for all: log-in codes, notices of the workflow, receipts, reports."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Mark each mail as a machine's (RFC 3834), so that no absence notice answers it, and name it by its sender."""
        for message in email_messages:
            message.extra_headers.setdefault("Auto-Submitted", "auto-generated")
            # Django would put the machine's own name there, which is nobody's business outside.
            domain = parseaddr(message.from_email)[1].rpartition("@")[2]
            if domain:
                message.extra_headers.setdefault("Message-ID", make_msgid(domain=domain))
        return super().send_messages(email_messages)
