"""What each mail that comes back changes: a corpus of mails as servers write them, handled for real."""

import pytest
from django.core.cache import cache

from directory.services import erase_person
from newsletters.bounces import outgoing, stray
from newsletters.bounces.handle import handle
from newsletters.bounces.outcomes import TryLater
from newsletters.closing import close_statistics
from newsletters.models import (
    DeliveryStatistics,
    HandledMail,
    Recipient,
    SoftBounce,
    StrayMail,
    Subscription,
    SuppressedAddress,
    address_hash,
)
from newsletters.return_keys import return_key
from newsletters.rollup import roll_up
from newsletters.statistics import LetterFigures
from tests.newsletters.factories import SeriesFactory
from tests.newsletters.returned import DOMAIN, comes_back, mail, returned_to, sent_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bounce_domain(site, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


@pytest.fixture
def recipient() -> Recipient:
    return sent_letters()[0]


def is_suppressed(recipient: Recipient) -> bool:
    return SuppressedAddress.objects.filter(hash=address_hash(recipient.email)).exists()


HARD = [
    "exchange-5.1.1",
    "exchange-5.1.10-nb",
    "exchange-5.4.1-access-denied",
    "postfix-5.1.1",
    "postfix-550-without-enhanced",
    "qmail",
    "exim",
    "no-verp-message-id",
    "broken-dsn",
]


@pytest.mark.parametrize("name", HARD)
def test_an_address_that_does_not_exist_is_never_mailed_again(recipient, name):
    assert comes_back(name, recipient) == "bounce"
    assert recipient.status == "bounced"
    assert recipient.smtp_reply
    assert SuppressedAddress.objects.get().reason == "hard_bounce"
    assert is_suppressed(recipient)


@pytest.mark.parametrize("name", ["gmail-5.2.2-full", "full-550-5.2.2-at-rcpt", "timeout-4.4.7"])
def test_what_an_address_cannot_take_for_now_counts_as_failed_and_the_address_stays(recipient, name):
    assert comes_back(name, recipient) == "bounce"
    assert recipient.status == "failed"
    assert not is_suppressed(recipient)
    assert SoftBounce.objects.get().hash == address_hash(recipient.email)


@pytest.mark.parametrize("name", ["policy-5.7.1", "spam-554", "too-big-5.3.4"])
def test_a_letter_that_is_refused_says_nothing_about_the_address(recipient, name):
    assert comes_back(name, recipient) == "bounce"
    assert recipient.status == "failed"
    assert not is_suppressed(recipient)
    assert not SoftBounce.objects.exists()


@pytest.mark.parametrize("name", ["delayed", "relayed", "delivered", "exim-warning"])
def test_a_report_of_delay_or_success_is_no_bounce(recipient, name):
    assert comes_back(name, recipient) == "notice"
    assert recipient.status == "sent"
    assert not StrayMail.objects.exists()


@pytest.mark.parametrize(
    "name", ["out-of-office-nb", "out-of-office-nn", "out-of-office-en", "out-of-office-exchange"]
)
def test_an_absence_notice_is_left(recipient, sink, name):
    assert comes_back(name, recipient) == "auto_reply"
    assert recipient.status == "sent"
    assert sink.received == []
    assert not StrayMail.objects.exists()


def test_an_absence_notice_to_the_unsubscribe_address_ends_nothing(recipient):
    assert comes_back("out-of-office-to-unsubscribe", recipient) == "auto_reply"
    assert Subscription.objects.get().status == "active"


@pytest.mark.parametrize("name", ["unsubscribe-verp", "unsubscribe-subject"])
def test_an_unsubscribe_mail_ends_the_series_as_the_button_does(recipient, name):
    assert comes_back(name, recipient) == "unsubscribe"
    assert Subscription.objects.get().status == "unsubscribed"
    assert recipient.unsubscribed_at
    assert recipient.status == "sent"


def test_a_complaint_ends_every_letter_to_the_reader(recipient):
    other = Subscription.objects.create(person=recipient.person, series=SeriesFactory(), status="active")
    assert comes_back("arf", recipient) == "complaint"
    other.refresh_from_db()
    assert other.status == "unsubscribed"
    assert SuppressedAddress.objects.get().reason == "complaint"
    assert recipient.status == "sent"


@pytest.mark.parametrize(
    ("before", "after"), [("hard_bounce", "complaint"), ("manual", "complaint"), ("erased", "erased")]
)
def test_a_complaint_weighs_more_than_a_bounce_or_a_block(before, after, recipient):
    SuppressedAddress.objects.create(hash=address_hash(recipient.email), reason=before)
    assert comes_back("arf", recipient) == "complaint"
    assert SuppressedAddress.objects.get().reason == after


def test_a_feedback_report_of_another_kind_is_nobodys_complaint(recipient):
    raw = mail("arf", recipient).replace(b"Feedback-Type: abuse", b"Feedback-Type: auth-failure")
    assert handle(raw) == "notice"
    assert not is_suppressed(recipient)


@pytest.mark.parametrize("name", ["forged-key", "forged-message-id", "unsubscribe-forged"])
def test_a_forged_mail_does_nothing_to_anybody_and_is_kept(recipient, name):
    before = Recipient.objects.values().get()
    assert comes_back(name, recipient) == "unknown"
    assert Recipient.objects.values().get() == before
    assert Subscription.objects.get().status == "active"
    assert not SuppressedAddress.objects.exists()
    assert StrayMail.objects.count() == 1


def test_a_key_at_another_domain_is_not_believed(recipient, settings):
    settings.BOUNCE_DOMAIN = "annen.example"
    raw = mail("postfix-5.1.1", recipient).replace(recipient.message_id.encode(), b"<x@example>")
    assert returned_to("bounce", recipient).encode() in raw
    assert handle(raw) == "unknown"
    assert not is_suppressed(recipient)


def only_by_key(name: str, recipient: Recipient, key: str) -> bytes:
    """A mail that names the receiver by a key and nothing else."""
    return mail(name, recipient, key=key).replace(recipient.message_id.encode(), b"<x@example>")


@pytest.mark.parametrize("name", ["postfix-5.1.1", "unsubscribe-verp"])
def test_the_key_of_one_purpose_is_good_for_no_other(recipient, name):
    right, wrong = return_key("bounce", recipient), return_key("unsubscribe", recipient)
    if name == "unsubscribe-verp":
        right, wrong = wrong, right
    assert handle(only_by_key(name, recipient, wrong)) == "unknown"
    recipient.refresh_from_db()
    assert (recipient.status, recipient.unsubscribed_at) == ("sent", None)
    assert not is_suppressed(recipient)
    assert handle(only_by_key(name, recipient, right)) != "unknown"


def test_a_complaint_is_not_believed_by_the_key_for_leaving(recipient):
    raw = only_by_key("arf", recipient, "x")
    to_leave = f"Delivered-To: {returned_to('unsubscribe', recipient)}\n".encode()
    assert handle(to_leave + raw) == "unknown"
    assert not is_suppressed(recipient)
    to_bounce = f"Delivered-To: {returned_to('bounce', recipient)}\n".encode()
    assert handle(to_bounce + raw) == "complaint"


def test_a_key_of_one_receiver_is_nobody_elses(recipient):
    other = sent_letters()[0]
    number, hashed = f"{other.pk:x}", return_key("bounce", recipient).partition("-")[2]
    assert handle(only_by_key("postfix-5.1.1", recipient, f"{number}-{hashed}")) == "unknown"
    assert not SuppressedAddress.objects.exists()


def test_nobody_leaves_by_the_message_id_that_goes_with_every_answer(recipient):
    raw = b"In-Reply-To: " + recipient.message_id.encode() + b"\n" + mail("unsubscribe-forged", recipient)
    assert handle(raw) == "unknown"
    assert Subscription.objects.get().status == "active"


@pytest.mark.parametrize("name", ["postfix-5.1.1", "unsubscribe-verp", "unsubscribe-subject"])
def test_letters_sent_before_each_purpose_had_its_own_key_still_come_back(recipient, name):
    assert handle(only_by_key(name, recipient, recipient.key.hex)) in ("bounce", "unsubscribe")


def test_keys_made_before_the_secret_changed_still_count(recipient, settings):
    raw = only_by_key("postfix-5.1.1", recipient, return_key("bounce", recipient))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "en ny hemmelighet", [settings.SECRET_KEY]
    assert handle(raw) == "bounce"


def test_nothing_comes_back_of_a_letter_that_never_left(recipient):
    Recipient.objects.update(status="skipped", sent_at=None)
    assert comes_back("postfix-5.1.1", recipient) == "unknown"
    assert recipient.status == "skipped"
    assert not is_suppressed(recipient)


def test_a_bounce_that_is_faster_than_the_workers_own_record_waits_for_it(recipient):
    Recipient.objects.update(status="sending")
    with pytest.raises(TryLater):
        handle(mail("postfix-5.1.1", recipient))
    assert not HandledMail.objects.exists()
    Recipient.objects.update(status="sent")
    assert comes_back("postfix-5.1.1", recipient) == "bounce"


def test_a_letter_that_was_to_be_sent_once_more_is_not_when_the_first_came_back(recipient):
    Recipient.objects.update(status="pending", is_uncertain=True, sent_at=None)
    comes_back("postfix-5.1.1", recipient)
    assert recipient.status == "bounced"


def test_other_letters_that_wait_for_a_bounced_address_are_skipped(recipient):
    waiting = sent_letters(0, series=recipient.delivery.series)[0]
    Recipient.objects.filter(pk=waiting.pk).update(status="pending", sent_at=None)
    comes_back("postfix-5.1.1", recipient)
    waiting.refresh_from_db()
    assert waiting.status == "skipped"


def test_the_same_mail_twice_is_handled_once(recipient):
    assert comes_back("gmail-5.2.2-full", recipient) == "bounce"
    Recipient.objects.update(status="sent")
    assert comes_back("gmail-5.2.2-full", recipient) == "duplicate"
    assert recipient.status == "sent"


def test_line_ends_and_trace_headers_do_not_make_another_mail_of_it(recipient):
    raw = mail("qmail", recipient)
    handle(raw)
    assert handle(b"Received: from a by b\r\n" + raw.replace(b"\n", b"\r\n")) == "duplicate"


def test_three_soft_bounces_in_a_row_are_a_hard_one():
    series = SeriesFactory()
    letters = [sent_letters(1 if days == 30 else 0, series=series, days_ago=days)[0] for days in (30, 20, 10)]
    for letter in letters[:2]:
        comes_back("timeout-4.4.7", letter)
    assert not is_suppressed(letters[0])
    comes_back("gmail-5.2.2-full", letters[2])
    assert letters[2].status == "bounced"
    assert is_suppressed(letters[0])


def test_several_reports_of_one_letter_count_once():
    series = SeriesFactory()
    first = sent_letters(1, series=series, days_ago=30)[0]
    second = sent_letters(0, series=series, days_ago=10)[0]
    for letter in (first, second):
        comes_back("timeout-4.4.7", letter)
        comes_back("gmail-5.2.2-full", letter)
    assert not is_suppressed(first)


def test_a_letter_that_got_through_breaks_the_run():
    series = SeriesFactory()
    letters = [
        sent_letters(1 if days == 40 else 0, series=series, days_ago=days)[0] for days in (40, 30, 20, 10)
    ]
    for letter in (letters[0], letters[1], letters[3]):
        comes_back("timeout-4.4.7", letter)
    assert not is_suppressed(letters[0])
    assert letters[3].status == "failed"


def test_a_persons_question_about_an_error_is_no_bounce(recipient, sink):
    assert comes_back("human-reply-by-message-id", recipient) == "reply"
    assert recipient.status == "sent"
    assert outgoing.forward_waiting() == len(sink.received) == 1


def test_what_nobody_can_place_is_kept(recipient):
    assert comes_back("advertisement") == "unknown"
    kept = StrayMail.objects.get()
    assert (kept.subject, kept.reason) == ("Billige bøker", "unknown")
    assert bytes(kept.body) == mail("advertisement")


def test_a_broken_mail_is_read_as_far_as_it_goes_and_never_lost(recipient, sink):
    assert comes_back("broken-mime", recipient) == "reply"
    outgoing.forward_waiting()
    assert b"%%%not base64%%%" in sink.received[0].raw
    kept = handle(mail("broken-mime", recipient, key="e" * 32))
    assert kept == "unknown"
    assert StrayMail.objects.filter(state="kept").count() == 1


def test_a_huge_mail_is_kept_up_to_a_limit(recipient):
    raw = mail("advertisement") + b"A" * 76 + b"\n"
    raw += (b"A" * 76 + b"\n") * 20_000
    assert handle(raw) == "unknown"
    kept = StrayMail.objects.get()
    assert kept.is_cut
    assert len(kept.body) == stray.BODY_LIMIT


def test_late_bounces_move_the_figures_of_a_letter_whose_figures_are_open(recipient):
    roll_up()
    assert LetterFigures(recipient.delivery).totals.delivered == 1
    comes_back("postfix-5.1.1", recipient)
    roll_up()
    totals = LetterFigures(recipient.delivery).totals
    assert (totals.recipients, totals.delivered, totals.bounced) == (1, 0, 1)


def test_late_bounces_move_the_figures_of_a_letter_whose_figures_are_closed():
    rows = sent_letters(7)
    delivery = rows[0].delivery
    close_statistics(delivery.pk)
    comes_back("postfix-5.1.1", rows[0])
    comes_back("policy-5.7.1", rows[1])
    comes_back("timeout-4.4.7", rows[2])
    comes_back("exchange-5.1.1", rows[2])
    totals = DeliveryStatistics.objects.get(delivery=delivery)
    assert (totals.recipients, totals.delivered, totals.bounced, totals.failed) == (7, 4, 2, 1)
    assert totals.breakdown["region"][""]["delivered"] == 4


def test_a_bounce_of_somebody_who_is_erased_brings_no_address_back(recipient):
    address, raw = recipient.email, mail("postfix-5.1.1", recipient)
    erase_person(recipient.person)
    before = SuppressedAddress.objects.count()
    assert handle(raw) == "bounce"
    recipient.refresh_from_db()
    assert recipient.status == "bounced"
    assert address not in recipient.smtp_reply
    assert SuppressedAddress.objects.count() == before


def test_whoever_is_erased_is_erased_from_kept_mail_too(recipient):
    person = recipient.person
    comes_back("forged-key", recipient)
    comes_back("advertisement")
    comes_back("timeout-4.4.7", recipient)
    assert [row["reason"] for row in stray.stored_about(person)] == [
        "En leveringsrapport som ikke hører til noe brev herfra"
    ]
    erase_person(person)
    assert [kept.subject for kept in StrayMail.objects.all()] == ["Billige bøker"]
    assert not SoftBounce.objects.exists()


def test_a_person_reads_what_they_wrote_but_not_what_others_wrote_about_them(recipient):
    raw = mail("unsubscribe-forged", recipient).replace(b"\n\n", b"\n\nSlett meg!", 1)
    handle(raw)
    comes_back("forged-key", recipient)
    told = {row["subject"]: row["text"] for row in stray.stored_about(recipient.person)}
    assert told == {"unsubscribe": "Slett meg!", None: None}


def test_kept_mail_and_marks_are_erased_after_ninety_days(recipient):
    from datetime import timedelta

    from django.utils import timezone

    from newsletters.tasks_bounces import erase_old_mail

    comes_back("advertisement")
    comes_back("timeout-4.4.7", recipient)
    long_ago = timezone.now() - timedelta(days=91)
    StrayMail.objects.update(received_at=long_ago)
    HandledMail.objects.update(at=long_ago)
    assert erase_old_mail() == 1
    assert not HandledMail.objects.exists()
    assert SoftBounce.objects.count() == 1
