"""Ordering printed copies: once per form, a receipt by mail, the address erased when sent."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail

from accounts.models import User
from publications import services
from publications.models import PrintOrder
from tests.core.anonymous import post, sealed
from tests.publications.factories import PrintOrderFactory, make_publication

pytestmark = pytest.mark.django_db
TOLD = {
    "copies": "10",
    "organisation": "Ruspoliklinikken",
    "name": "Kari Eksempel",
    "email": "kari@example.org",
    "address": "Eksempelveien 1\n0001 Oslo",
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    """No broker in these tests: what would be queued is done by hand."""
    monkeypatch.setattr("publications.tasks.send_order_receipt.delay", lambda key: None)


@pytest.fixture
def handbook(site):
    return make_publication(title="Håndbok", slug="handbok", can_be_ordered=True)


URL = "/publikasjoner/handbok/bestilling/"


def test_an_order_is_kept_and_a_receipt_mailed(client, handbook):
    response = post(client, URL, TOLD)
    assert response.status_code == 200
    order = PrintOrder.objects.get()
    assert (order.copies, order.publication_id, order.status) == (10, handbook.pk, "received")
    assert services.send_receipt(order.pk)
    assert mail.outbox[0].to == ["kari@example.org"]
    assert "Håndbok" in mail.outbox[0].subject
    assert "Eksempelveien 1" in mail.outbox[0].body


def test_a_receipt_is_mailed_once(handbook):
    order = PrintOrderFactory(publication=handbook)
    assert services.send_waiting_receipts() == 1
    assert not services.send_receipt(order.pk)
    assert len(mail.outbox) == 1


def test_a_receipt_that_could_not_be_sent_waits(handbook, monkeypatch):
    order = PrintOrderFactory(publication=handbook)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", _fail)
    with pytest.raises(OSError, match="away"):
        services.send_receipt(order.pk)
    order.refresh_from_db()
    assert order.receipt_due


def _fail(self, **kwargs):
    raise OSError("the mail server is away")


def test_a_lost_broker_loses_no_order(client, handbook, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("publications.tasks.send_order_receipt.delay", lambda key: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, URL, TOLD).status_code == 200
    assert PrintOrder.objects.get().receipt_due


def test_the_same_form_sent_twice_is_one_order(client, handbook):
    form = {**TOLD, **sealed()}
    for _time in range(2):
        assert client.post(URL, form, headers={"origin": "http://testserver"}).status_code == 200
    assert PrintOrder.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"copies": "0"},
        {"copies": "501"},
        {"copies": "mange"},
        {"email": "ikke"},
        {"address": ""},
        {"name": ""},
    ],
)
def test_an_order_that_cannot_be_right_is_refused_and_what_was_written_kept(client, handbook, wrong):
    response = post(client, URL, {**TOLD, **wrong})
    assert "ds-error-summary" in response.content.decode()
    assert not PrintOrder.objects.exists()


def test_an_order_from_another_site_is_refused(client, handbook):
    response = client.post(URL, {**TOLD, **sealed()}, headers={"origin": "https://elsewhere.example"})
    assert response.status_code == 403
    assert not PrintOrder.objects.exists()


def test_what_cannot_be_ordered_has_no_form(client, site):
    make_publication(slug="bare-paa-nett")
    assert client.get("/publikasjoner/bare-paa-nett/bestilling/").status_code == 404
    assert client.get("/publikasjoner/finnes-ikke/bestilling/").status_code == 404


def test_the_form_sets_no_cookie(client, handbook):
    assert not client.get(URL).cookies


def test_the_address_is_erased_when_the_order_is_sent(handbook):
    order = services.set_status(PrintOrderFactory(publication=handbook).pk, "sent")
    assert order.address == ""
    assert order.sent_at


def test_an_editor_with_the_right_sends_an_order(client, handbook):
    order = PrintOrderFactory(publication=handbook)
    user = User.objects.create_superuser("admin@example.org", "x" * 14)
    client.force_login(user)
    response = client.post(f"/admin/orders/{order.pk}/move-on/sent/")
    assert response.status_code == 302
    order.refresh_from_db()
    assert order.status == "sent"


def test_an_editor_without_the_right_is_stopped(client, handbook):
    order = PrintOrderFactory(publication=handbook)
    user = User.objects.create_user("leder@example.org", "x" * 14)
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    client.post(f"/admin/orders/{order.pk}/move-on/sent/")
    order.refresh_from_db()
    assert order.status == "received"
