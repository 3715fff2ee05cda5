""" "Send again to the failed", by real requests: who gets the letter, who is left out, and that twice is once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters import sending
from newsletters.bounces.outcomes import SUPPRESSED_REPLY
from newsletters.bounces.stray import BY_HAND
from newsletters.forgetting import SKIPPED_REPLY
from newsletters.models import Delivery, LeftAllLetters, Recipient, SuppressedAddress, address_hash
from newsletters.prepared import NOT_ASCII
from newsletters.queue import TWICE_UNCERTAIN
from newsletters.subscriptions import unsubscribe
from newsletters.wishes import PAUSED_REPLY, Wish, set_wish
from tests.newsletters.factories import make_letter, make_running, make_sender, statuses

pytestmark = pytest.mark.django_db
REFUSED = "552 5.2.2 Postkassen er full"


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.MFA_REQUIRED = False


@pytest.fixture
def failed(site, sink, client) -> Delivery:
    """A finished delivery: one sent, one bounced, four failed; an adviser looks at it."""
    client.force_login(make_sender())
    delivery = make_running(6, letter=make_letter())
    rows = list(delivery.recipients.order_by("pk"))
    sink.refuse_receivers = {row.email: REFUSED for row in rows[2:]} | {rows[1].email: "550 5.1.1 Borte"}
    sending.send_delivery(delivery.pk)
    delivery.refresh_from_db()
    assert statuses(delivery) == ["bounced", *["failed"] * 4, "sent"]
    sink.refuse_receivers = {}
    return delivery


def url(delivery: Delivery, name: str = "again") -> str:
    return reverse(f"newsletters_admin:{name}", args=[delivery.pk])


def rows_of(delivery: Delivery) -> list[Recipient]:
    return list(delivery.recipients.order_by("pk"))


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_the_page_asks_first_and_says_who_is_left_out(failed, client):
    rows = rows_of(failed)
    unsubscribe(rows[2].person, failed.series)
    SuppressedAddress.objects.create(hash=address_hash(rows[3].email), reason="manual")
    page = client.get(url(failed, "delivery")).content.decode()
    assert url(failed) in page
    question = client.get(url(failed))
    counts = question.context["failed"]
    assert (counts.again, counts.bounced, counts.unsubscribed, counts.suppressed) == (2, 1, 1, 1)
    text = question.content.decode()
    assert "Sende på nytt til 2 mottakere?" in text
    assert "1 som har meldt seg av serien" in text
    assert statuses(failed).count("pending") == 0


def test_who_has_left_all_letters_is_not_sent_it_again(failed, client):
    LeftAllLetters.objects.create(person=rows_of(failed)[2].person)
    counts = client.get(url(failed)).context["failed"]
    assert (counts.again, counts.unsubscribed) == (3, 1)


def test_the_failed_get_the_same_letter_once_and_nobody_else_does(
    failed, client, sink, woken, django_capture_on_commit_callbacks
):
    before = {row.pk: (row.message_id, row.key) for row in rows_of(failed)}
    got = set(sink.receivers())
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url(failed), follow=True)
    assert "sendes på nytt til 4 mottakere" in said(answer)
    assert woken == [failed.pk]
    failed.refresh_from_db()
    assert (failed.status, failed.finished_at) == (Delivery.Status.SENDING, None)
    assert sending.send_delivery(failed.pk) == 4
    assert {row.pk: (row.message_id, row.key) for row in rows_of(failed)} == before
    assert set(sink.copies().values()) == {1}
    assert len(set(sink.receivers()) - got) == 4
    failed.refresh_from_db()
    assert failed.status == Delivery.Status.FINISHED
    assert statuses(failed) == ["bounced", *["sent"] * 5]


def test_the_former_answer_stands_until_there_is_a_new_one(failed, client, sink, settings):
    client.post(url(failed))
    rows = failed.recipients.filter(status="pending")
    assert set(rows.values_list("smtp_code", "attempts")) == {(552, 0)}
    assert "Postkassen er full" in client.get(url(failed, "delivery")).content.decode()
    right, settings.EMAIL_PORT = settings.EMAIL_PORT, 1  # nobody listens there: nothing new is known
    sending.send_delivery(failed.pk)
    assert set(rows.values_list("status", "smtp_code", "attempts")) == {("pending", 552, 0)}
    settings.EMAIL_PORT = right
    sending.send_delivery(failed.pk)
    assert set(failed.recipients.filter(status="sent").values_list("smtp_code", flat=True)) == {250}


def test_pressed_twice_nothing_more_happens(failed, client):
    client.post(url(failed))
    Recipient.objects.filter(status="pending").update(attempts=1)
    second = client.post(url(failed), follow=True)
    assert "Ingenting ble gjort" in said(second)
    assert set(failed.recipients.filter(status="pending").values_list("attempts", flat=True)) == {1}
    assert client.get(url(failed)).status_code == 302


def test_who_left_was_suppressed_erased_or_may_have_got_it_is_left_out(failed, client):
    rows = rows_of(failed)
    unsubscribe(rows[2].person, failed.series)
    SuppressedAddress.objects.create(hash=address_hash(rows[3].email), reason="complaint")
    rows[4].person.delete()
    Recipient.objects.filter(pk=rows[5].pk).update(is_uncertain=True)
    question = client.get(url(failed))
    assert question.context["failed"].again == 0
    assert "<button" not in question.content.decode().partition("tp-admin-section")[2].partition("</form>")[0]
    answer = client.post(url(failed), follow=True)
    assert "Det er ingen å sende til på nytt" in said(answer)
    failed.refresh_from_db()
    assert failed.status == Delivery.Status.FINISHED
    assert statuses(failed) == ["bounced", *["failed"] * 4, "sent"]


def test_who_has_a_pause_or_wants_only_important_letters_is_left_out_and_counted(failed, client, sink):
    rows = rows_of(failed)
    set_wish(rows[2].person, Wish.PAUSE)
    set_wish(rows[3].person, Wish.IMPORTANT)
    question = client.get(url(failed))
    counts = question.context["failed"]
    assert (counts.again, counts.held_back) == (2, 2)
    assert "2 som har pause eller bare vil ha de viktigste brevene" in question.content.decode()
    client.post(url(failed))
    sending.send_delivery(failed.pk)
    assert [row.status for row in rows_of(failed)[2:]] == ["failed", "failed", "sent", "sent"]
    assert not {rows[2].email, rows[3].email} & set(sink.receivers())


def test_an_important_letter_is_sent_again_to_those_who_want_only_such(failed, client):
    failed.audience["is_important"] = True
    failed.save(update_fields=["audience"])
    rows = rows_of(failed)
    set_wish(rows[2].person, Wish.PAUSE)
    set_wish(rows[3].person, Wish.IMPORTANT)
    counts = client.get(url(failed)).context["failed"]
    assert (counts.again, counts.held_back) == (3, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"statistics_closed_at": timezone.now()}, "Statistikken for brevet er avsluttet"),
        ({"status": "cancelled"}, "Bare en ferdig utsending"),
    ],
)
def test_a_delivery_that_cannot_go_on_refuses_in_words(failed, client, change, sentence):
    Delivery.objects.filter(pk=failed.pk).update(**change)
    for answer in (client.get(url(failed), follow=True), client.post(url(failed), follow=True)):
        assert sentence in said(answer)
    assert statuses(failed) == ["bounced", *["failed"] * 4, "sent"]


def test_a_letter_that_is_being_sent_anew_is_not_sent_again_beside_it(failed, client):
    make_running(0, letter=failed.letter)
    assert "En annen utsending" in said(client.post(url(failed), follow=True))
    failed.refresh_from_db()
    assert failed.status == Delivery.Status.FINISHED


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.CONSULTANT, Role.READER])
def test_others_neither_see_nor_press_it(failed, client, role):
    ensure_roles()
    user = User.objects.create_user("annen@tjenesten.example")
    user.groups.add(group_of(role))
    client.force_login(user)
    for answer in (client.get(url(failed)), client.post(url(failed)), client.get(url(failed, "export"))):
        assert answer.status_code in (302, 403)
        assert b"@helse.example" not in b"".join(answer)
    assert statuses(failed).count("failed") == 4


def test_the_page_costs_the_same_for_few_and_for_many_receivers(failed, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url(failed, "delivery"))
        return len(captured)

    queries()
    few = queries()
    extra = [
        Recipient(delivery=failed, email=f"ny{n}@helse.example", status="failed", message_id=f"<{n}@x>")
        for n in range(40)
    ]
    Recipient.objects.bulk_create(extra)
    assert queries() == few


def test_the_report_can_be_downloaded_as_it_is_shown(failed, client):
    Recipient.objects.filter(status="sent").update(smtp_reply="=2+5")
    whole = b"".join(client.get(url(failed, "export"))).decode("utf-8-sig").splitlines()
    assert whole[0].startswith("Adresse;Utfall;")
    assert len(whole) == 7
    assert any(";'=2+5;" in line for line in whole)
    some = b"".join(client.get(url(failed, "export"), {"status": "failed"})).decode("utf-8-sig").splitlines()
    assert len(some) == 5
    assert all(";552;" in line for line in some[1:])


OWN_SENTENCES = [
    BY_HAND,
    NOT_ASCII,
    PAUSED_REPLY,
    SKIPPED_REPLY,
    SUPPRESSED_REPLY,
    TWICE_UNCERTAIN,
]


@pytest.mark.parametrize("sentence", OWN_SENTENCES)
def test_the_portals_own_sentences_stand_in_norwegian_where_the_servers_answer_is_shown(
    failed, client, sentence
):
    with translation.override("nb"):
        norwegian = translation.gettext(sentence)
    assert norwegian != sentence
    Recipient.objects.filter(status="sent").update(smtp_reply=sentence)
    page = client.get(url(failed, "delivery")).content.decode()
    answer = client.get(url(failed, "export"))
    with translation.override("en"):  # the table's lines are made when the request is over
        table = b"".join(answer).decode("utf-8-sig")
    for shown in (page, table):
        assert norwegian in shown
        assert sentence not in shown
