"""How failure reports are judged, in one table; no database."""

import pytest

from newsletters.bounces.verdicts import judge


@pytest.mark.parametrize(
    ("status", "diagnostic", "verdict", "code"),
    [
        ("5.1.1", "", "hard", None),
        ("5.1.1", "smtp; 550 5.1.1 User unknown", "hard", 550),
        ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard", 550),
        ("5.0.0", "smtp; 550 No such user here", "hard", 550),
        ("5.0.0", "smtp; 550 x (in reply to RCPT TO command)", "hard", 550),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "hard", 550),
        ("5.2.1", "smtp; 550 5.2.1 disabled (in reply to RCPT TO command)", "hard", 550),
        ("", "Mottakeren finnes ikke", "hard", None),
        ("5.2.2", "", "soft", None),
        ("5.2.2", "smtp; 550-5.2.2 Mailbox full (in reply to RCPT TO command)", "soft", 550),
        ("4.4.7", "smtp;550 4.4.7 QUEUE.Expired", "soft", 550),
        ("5.2.2", "smtp; 550 5.2.2 Over quota (in reply to end of DATA command)", "soft", 550),
        ("5.0.0", "smtp; 550 4.2.2 full (in reply to RCPT TO command)", "soft", 550),
        ("4.4.1", "", "soft", None),
        ("4.7.1", "smtp; 451 4.7.1 Greylisted", "refused", 451),
        ("5.4.4", "Host or domain name not found", "soft", None),
        ("5.0.0", "smtp; 550 x (in reply to end of DATA command)", "soft", 550),
        ("", "", "soft", None),
        ("5.0.0", "", "soft", None),
        ("5.7.1", "", "refused", None),
        ("5.7.1", "smtp; 550 5.7.1 user unknown to our reputation list", "refused", 550),
        ("5.7.606", "smtp; 550 5.7.606 Access denied, banned sending IP", "refused", 550),
        ("5.0.0", "smtp; 554 looks like spam", "refused", 554),
        ("5.0.0", "smtp; 550 SPF check failed (in reply to RCPT TO command)", "refused", 550),
        ("5.1.8", "smtp; 550 5.1.8 Sender rejected (in reply to MAIL FROM command)", "refused", 550),
        ("5.3.4", "smtp; 552 5.3.4 Message too big", "refused", 552),
        ("5.6.0", "smtp; 554 5.6.0 Cannot convert", "refused", 554),
    ],
)
def test_what_a_report_says_decides_what_follows(status, diagnostic, verdict, code):
    failure = judge(status, diagnostic)
    assert (failure.verdict.value, failure.code) == (verdict, code)
