"""The page that looks an address up, lets it go and blocks it; by real requests, with the log."""

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.audience import Audience
from newsletters.models import Recipient, SoftBounce, SuppressedAddress, address_hash
from newsletters.signing_up import request_subscription
from newsletters.subscriptions import has_left_all, unsubscribe_from_all
from tests.newsletters.factories import PersonFactory, SubscriptionFactory, make_running

pytestmark = pytest.mark.django_db
EMAIL = "kari@sykehus.example"


@pytest.fixture(autouse=True)
def adviser(site, client, settings, monkeypatch) -> User:
    settings.MFA_REQUIRED = False
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    ensure_roles()
    user = User.objects.create_user("radgiver@tjenesten.example", "et langt passord")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


def stopped(reason: str = "hard_bounce", email: str = EMAIL, **fields) -> SuppressedAddress:
    return SuppressedAddress.objects.create(hash=address_hash(email), reason=reason, **fields)


def post(client, name: str, **told):
    return client.post(reverse(f"suppressed:{name}"), {"email": EMAIL, **told})


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("hard_bounce", "Adressen finnes ikke"),
        ("complaint", "merket et brev som søppelpost"),
        ("erased", "kan ikke oppheves her"),
        ("manual", "En rådgiver har sperret den"),
        ("", "Ingenting sperrer"),
    ],
)
def test_an_address_is_looked_up_however_it_is_written_and_the_page_says_why_it_is_stopped(
    client, reason, words
):
    if reason:
        stopped(reason, since=timezone.now().replace(year=2026, month=3, day=5))
    answer = client.post(reverse("suppressed:look_up"), {"email": "Kari@Sykehus.example"})
    page = answer.content.decode()
    assert words in page
    assert ("2026" in page) is bool(reason)
    assert "no-store" in answer["Cache-Control"]


def test_the_list_leads_to_the_page_and_names_no_address(client):
    stopped()
    page = client.get(reverse("suppressed:index")).content.decode()
    assert reverse("suppressed:look_up") in page
    assert address_hash(EMAIL)[:8] in page
    assert address_hash(EMAIL) not in page


def test_nothing_is_lifted_or_blocked_by_following_a_link(client):
    stopped()
    for name in ("lift", "block"):
        assert client.get(reverse(f"suppressed:{name}"), {"email": EMAIL, "reason": "x"}).status_code == 405
    assert SuppressedAddress.objects.count() == 1


def test_a_lifted_hard_bounce_gets_letters_again_and_one_soft_bounce_does_not_stop_it_anew(client):
    delivery = make_running(0)
    person = SubscriptionFactory(person__email=EMAIL, series=delivery.series).person
    stopped()
    SoftBounce.objects.create(hash=address_hash(EMAIL), delivery=delivery)
    assert post(client, "lift", reason="Sykehusets e-post var nede").status_code == 302
    assert list(Audience.of_series(delivery.series).people()) == [person]
    assert not SoftBounce.objects.exists()


@pytest.mark.parametrize("name", ["lift", "block"])
def test_what_is_done_is_logged_with_user_and_reason_and_without_the_address(client, adviser, name):
    if name == "lift":
        stopped()
    post(client, name, reason="Meldt av avdelingen 3. november")
    entry = ModelLogEntry.objects.get(content_type__model="suppressedaddress")
    assert entry.user == adviser
    assert entry.data["reason"] == "Meldt av avdelingen 3. november"
    assert entry.label.startswith(address_hash(EMAIL)[:8])
    told = f"{entry.label} {entry.data} {entry.object_id}"
    assert "kari" not in told
    assert address_hash(EMAIL) not in told
    client.get(reverse("suppressed:look_up"))  # shows, once, what was done
    report = client.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    assert {"lift": "Opphev sperringen av en adresse", "block": "Sperr en adresse"}[name] in report
    assert "kari@" not in report


@pytest.mark.parametrize("reason", ["", " ", "Gjelder KARI@sykehus.example"])
@pytest.mark.parametrize("name", ["lift", "block"])
def test_a_reason_is_needed_and_must_not_hold_the_address(client, name, reason):
    if name == "lift":
        stopped()
    answer = post(client, name, reason=reason)
    assert answer.status_code == 200
    assert answer.context[f"{name}_form"].errors["reason"]
    assert SuppressedAddress.objects.count() == (name == "lift")
    assert not ModelLogEntry.objects.filter(content_type__model="suppressedaddress").exists()


def test_the_erased_are_never_lifted_and_no_form_offers_it(client):
    stopped("erased")
    page = post(client, "look_up")
    assert page.context["lift_form"] is None
    assert page.context["block_form"] is None
    answer = post(client, "lift", reason="Hun ringte", has_asked="on")
    assert "slettet etter eget ønske" in answer.content.decode()
    assert SuppressedAddress.objects.get().reason == "erased"


def test_a_complaint_is_lifted_only_with_the_word_that_the_owner_asked_and_all_letters_stay_left(client):
    person = PersonFactory(email=EMAIL)
    stopped("complaint")
    unsubscribe_from_all(person)
    assert post(client, "lift", reason="Ringte oss 3. november").context["lift_form"].errors["has_asked"]
    assert SuppressedAddress.objects.exists()
    assert "Personen har meldt seg av alle brev" in post(client, "look_up").content.decode()
    assert post(client, "lift", reason="Ringte oss 3. november", has_asked="on").status_code == 302
    assert not SuppressedAddress.objects.exists()
    assert has_left_all(person)


def test_a_blocked_address_gets_no_letters_no_waiting_letter_and_no_mail_about_signing_up(client):
    delivery = make_running(2)
    waiting = delivery.recipients.order_by("pk").first()
    told = {"email": waiting.email.upper(), "reason": "Ba om det på telefon"}
    assert client.post(reverse("suppressed:block"), told).status_code == 302
    assert SuppressedAddress.objects.get().reason == "manual"
    assert Audience.of_series(delivery.series).count() == 1
    waiting.refresh_from_db()
    assert waiting.status == Recipient.Status.SKIPPED
    assert delivery.recipients.filter(status=Recipient.Status.PENDING).count() == 1
    assert request_subscription(waiting.email, [delivery.series]) is None


@pytest.mark.parametrize(
    ("before", "after"), [("hard_bounce", "manual"), ("complaint", "complaint"), ("erased", "erased")]
)
def test_a_block_by_hand_hides_a_bounce_but_never_that_somebody_complained_or_was_erased(
    client, before, after
):
    stopped(before)
    answer = post(client, "block", reason="Ba om det")
    assert ("allerede sperret" in answer.content.decode()) is (before == after)
    assert SuppressedAddress.objects.get().reason == after


def test_a_complaint_that_was_blocked_too_is_still_lifted_only_at_its_owners_word(client):
    stopped("complaint")
    assert post(client, "look_up").context["block_form"] is None
    post(client, "block", reason="Ba om det")
    assert post(client, "lift", reason="Tok det tilbake").context["lift_form"].errors["has_asked"]
    assert SuppressedAddress.objects.get().reason == "complaint"


def test_a_block_by_hand_is_lifted_again(client):
    post(client, "block", reason="Ba om det")
    post(client, "lift", reason="Tok det tilbake")
    assert not SuppressedAddress.objects.exists()
    actions = ModelLogEntry.objects.filter(content_type__model="suppressedaddress")
    assert set(actions.values_list("action", flat=True)) == {
        "newsletters.block_address",
        "newsletters.lift_suppression",
    }


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER, Role.CONSULTANT])
def test_only_who_has_the_register_looks_up_lifts_or_blocks(client, adviser, role):
    stopped()
    adviser.groups.set([group_of(role)])
    for name in ("look_up", "lift", "block"):
        answer = post(client, name, reason="Fordi")
        assert answer.status_code in (302, 403), name
        assert "Adressen finnes ikke" not in answer.content.decode()
    assert SuppressedAddress.objects.get().reason == "hard_bounce"


def test_whoever_may_only_see_the_register_is_offered_no_button_and_none_works(client, adviser):
    from django.contrib.auth.models import Permission

    adviser.groups.clear()
    adviser.user_permissions.add(
        Permission.objects.get(codename="access_admin"),
        Permission.objects.get(codename="view_suppressedaddress"),
    )
    stopped()
    page = post(client, "look_up")
    assert page.status_code == 200
    assert page.context["lift_form"] is None
    assert page.context["block_form"] is None
    for name in ("lift", "block"):
        post(client, name, reason="Fordi")
    assert SuppressedAddress.objects.get().reason == "hard_bounce"
