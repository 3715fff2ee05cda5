"""The send page by real requests: who may, what it shows, that only the confirmed form sends."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters import sending
from newsletters.models import Delivery, LetterPage
from newsletters.services import control
from tests.newsletters.factories import (
    SeriesFactory,
    SubscriptionFactory,
    make_letter,
    make_running,
    make_sender,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests; here the right to send is what counts."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def letter(site):
    letter = make_letter()
    SubscriptionFactory.create_batch(3, series=letter.series)
    return letter


@pytest.fixture
def adviser(site, client):
    ensure_roles()
    user = User.objects.create_user("adviser@tjenesten.example")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


def send_url(letter):
    return reverse("newsletters_admin:send", args=[letter.pk])


def confirm_url(letter, query="subscribers=on"):
    return reverse("newsletters_admin:confirm", args=[letter.pk]) + "?" + query


def test_an_adviser_looks_confirms_and_sends_once_however_often_the_button_is_pressed(
    letter, adviser, client
):
    page = client.get(send_url(letter))
    assert page.status_code == 200
    assert letter.subject_line in page.content.decode()
    question = client.get(confirm_url(letter))
    assert question.context["count"] == 3
    assert len(question.context["sample"]) == 3
    assert not Delivery.objects.exists()
    form = {"form_id": str(question.context["form_id"])}
    answers = [client.post(confirm_url(letter), form) for _ in range(2)]
    delivery = Delivery.objects.get()
    assert [answer.url for answer in answers] == [
        reverse("newsletters_admin:delivery", args=[delivery.pk])
    ] * 2
    assert delivery.recipients.count() == 3
    assert delivery.created_by == adviser


def test_the_report_shows_each_outcome_with_the_servers_answer(letter, adviser, client, sink):
    sink.refuse_receivers = {"kari": "550 5.1.1 Finnes ikke"}
    delivery = make_running(1, letter=letter)
    sending.send_delivery(delivery.pk)
    page = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk])).content.decode()
    assert "550" in page
    assert "Finnes ikke" in page
    some = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk]), {"status": "sent"})
    assert not list(some.context["rows"])


def test_the_progress_is_polled_only_while_something_moves(letter, adviser, client):
    delivery = make_running(1, letter=letter)
    url = reverse("newsletters_admin:delivery_progress", args=[delivery.pk])
    assert "hx-get" in client.get(url).content.decode()
    control.pause(delivery, user=adviser)
    assert "hx-get" not in client.get(url).content.decode()


def test_pause_and_resume_are_posts(letter, adviser, client):
    delivery = make_running(1, letter=letter)

    def press(action):
        url = reverse("newsletters_admin:act", args=[delivery.pk, action])
        assert client.get(url).status_code == 405
        client.post(url)
        delivery.refresh_from_db()
        return delivery.status

    assert press("pause") == Delivery.Status.PAUSED
    assert press("resume") == Delivery.Status.SENDING


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.CONSULTANT, Role.READER])
def test_others_reach_none_of_the_send_pages(letter, client, role):
    ensure_roles()
    user = User.objects.create_user("annen@tjenesten.example")
    user.groups.add(group_of(role))
    client.force_login(user)
    delivery = make_running(1, letter=letter)
    for url in (
        send_url(letter),
        confirm_url(letter),
        reverse("newsletters_admin:delivery", args=[delivery.pk]),
        reverse("newsletters_admin:delivery_progress", args=[delivery.pk]),
    ):
        # Wagtail turns a refusal into a way back to its first page.
        assert client.get(url).status_code in (302, 403), url
    client.post(confirm_url(letter), {"form_id": str(uuid.uuid4())})
    client.post(reverse("newsletters_admin:act", args=[delivery.pk, "pause"]))
    client.post(reverse("newsletters_admin:cancel", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert Delivery.objects.get() == delivery
    assert delivery.status == Delivery.Status.SENDING


def test_a_form_without_its_number_or_with_a_wrong_audience_sends_nothing(letter, adviser, client):
    assert client.post(confirm_url(letter), {}).status_code == 302
    assert client.post(confirm_url(letter, ""), {"form_id": str(uuid.uuid4())}).status_code == 302
    assert client.get(confirm_url(letter, "subscribers=on&regions=999")).status_code == 302
    assert client.get(confirm_url(letter, "subscribers=on&at=2020-01-01T10:00")).status_code == 302
    assert not Delivery.objects.exists()


def test_a_letter_that_must_be_mended_cannot_be_confirmed(letter, adviser, client):
    letter.body = []
    letter.save_revision()
    assert client.get(confirm_url(letter)).url.startswith(send_url(letter))


def test_a_test_letter_is_ordered_from_the_send_page(letter, adviser, client, monkeypatch):
    calls = []
    monkeypatch.setattr("newsletters.tasks.send_test_letter.delay", lambda *args: calls.append(args))
    client.post(send_url(letter), {"addresses": "a@x.no, b@x.no"})
    assert [call[:2] for call in calls] == [(letter.pk, ["a@x.no", "b@x.no"])]
    page = client.post(send_url(letter), {"addresses": "ikke en adresse"})
    assert page.status_code == 200
    assert page.context["test_form"].errors
    assert len(calls) == 1


def test_approval_is_offered_to_the_second_person_only(site, client):
    letter = make_letter(SeriesFactory(approval_required=True))
    SubscriptionFactory(series=letter.series)
    first, second = make_sender(), make_sender("annen@tjenesten.example")
    client.force_login(first)
    form_id = client.get(confirm_url(letter)).context["form_id"]
    client.post(confirm_url(letter), {"form_id": str(form_id)})
    delivery = Delivery.objects.get()
    url = reverse("newsletters_admin:delivery", args=[delivery.pk])
    assert not client.get(url).context["may_approve"]
    client.post(reverse("newsletters_admin:act", args=[delivery.pk, "approve"]))
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.AWAITING
    client.force_login(second)
    assert client.get(url).context["may_approve"]
    client.post(reverse("newsletters_admin:act", args=[delivery.pk, "approve"]))
    delivery.refresh_from_db()
    assert (delivery.status, delivery.approved_by) == (Delivery.Status.SENDING, second)


def test_publishing_in_the_editor_offers_the_way_to_sending_and_sends_nothing(letter, adviser, client):
    page = client.get(reverse("wagtailadmin_pages:edit", args=[letter.pk])).content.decode()
    assert send_url(letter) in page
    letter.save_revision().publish()
    assert not Delivery.objects.exists()


def test_registers_of_letters_can_be_opened(letter, adviser, client):
    make_running(1, letter=letter)
    for name in ("deliveries", "letter_series", "subscriptions", "suppressed"):
        assert client.get(reverse(f"{name}:index")).status_code == 200, name
    assert client.get(reverse("letter_series:add")).status_code == 200
    assert client.get(reverse("letter_series:index")).context["page_title"] == "Brevserier"
    deliveries = client.get(reverse("deliveries:index")).content.decode()
    assert "Brevserie" in deliveries
    assert "Brevserier" not in deliveries.split("<thead")[1].split("</thead>")[0]


@pytest.mark.parametrize("mode", ["", "email", "phone", "no_pictures", "text"])
def test_every_preview_shows_the_letter(letter, mode):
    response = letter.make_preview_request(preview_mode=mode)
    response.render() if hasattr(response, "render") else None
    assert response.status_code == 200
    assert "Nytt om behandlingsavbrudd" in response.content.decode()
    if mode:
        # Without it the browser shows the mail stripped of its looks.
        assert "style-src 'unsafe-inline'" in response["Content-Security-Policy"]
        assert "script-src" not in response["Content-Security-Policy"]


def test_a_sent_letter_stands_in_the_archive_and_a_draft_does_not(letter, client):
    archive = letter.get_parent()
    make_letter(letter.series, title="Hemmelig utkast", slug="utkast", number=4)
    letter.save_revision().publish()
    page = client.get(archive.url)
    assert letter.title in page.content.decode()
    assert "Hemmelig utkast" not in page.content.decode()
    assert client.get(LetterPage.objects.get(slug="utkast").url or "/brev/utkast/").status_code == 404
    shown = client.get(letter.url)
    assert letter.title in shown.content.decode()
    assert not shown.cookies


def test_send_letter_counts_first_and_sends_only_when_told(letter, sink, capsys):
    call_command("send_letter", letter.pk, "--dry-run")
    assert "3" in capsys.readouterr().out
    assert not Delivery.objects.exists()
    call_command("send_letter", letter.pk, "--wait")
    assert len(sink.received) == 3
    with pytest.raises(CommandError):
        call_command("send_letter", 99999)
