"""Interests and fewer letters: chosen by the person, respected by audiences, merged and erased with the person."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from core.models import ServiceSettings
from directory.services import collect, erase_person, merge_people
from newsletters import wishes
from newsletters.audience import Audience
from newsletters.models import FewerLetters, Interest, PersonInterest, Recipient, Subscription
from newsletters.services.freeze import freeze
from newsletters.signing_up import confirm, request_subscription
from newsletters.tasks_statistics import erase_old_signups
from newsletters.tokens import make_token, preferences_token, unsubscribe_token
from newsletters.wishes import Wish, erase_ended_pauses, pause_end, set_interests, set_wish, wish_of
from tests.newsletters.factories import (
    PersonFactory,
    SeriesFactory,
    SubscriptionFactory,
    give_consent,
    make_delivery,
    make_letter,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def subscription():
    return SubscriptionFactory(series__name="TSB-lederbrev")


def preferences(person) -> str:
    return reverse("newsletters:preferences", args=[preferences_token(person.pk)])


def fewer(subscription) -> str:
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    return reverse("newsletters:fewer", args=[token])


def form_of(subscription, **changes) -> dict:
    return {"series": [subscription.series_id], "language": "nb", "wish": "all", **changes}


def test_a_person_in_a_pause_gets_no_letter_not_even_an_important_one(subscription):
    set_wish(subscription.person, Wish.PAUSE)
    for is_important in (False, True):
        audience = Audience(series=subscription.series_id, is_important=is_important)
        assert (audience.count(), audience.held_back()) == (0, 1)


def test_a_pause_that_is_over_holds_nobody_back(subscription):
    today = timezone.localdate()
    FewerLetters.objects.create(person=subscription.person, paused_until=today - timedelta(1))
    assert Audience(series=subscription.series_id).count() == 1
    FewerLetters.objects.update(paused_until=today)
    assert Audience(series=subscription.series_id).count() == 0


def test_who_wants_important_letters_only_gets_just_those(subscription):
    set_wish(subscription.person, Wish.IMPORTANT)
    assert Audience(series=subscription.series_id).held_back() == 1
    important = Audience(series=subscription.series_id, is_important=True)
    assert (important.count(), important.held_back()) == (1, 0)


def test_the_letters_mark_counts_as_it_is_when_the_delivery_is_frozen(site):
    letter = make_letter()
    delivery = make_delivery(letter, frozen=False)
    set_wish(SubscriptionFactory(series=delivery.series).person, Wish.IMPORTANT)
    letter.is_important = True
    letter.save_revision()
    assert freeze(delivery) == 1
    assert delivery.audience["is_important"] is True


def test_the_page_before_sending_says_how_many_are_held_back(site, client, settings):
    from tests.newsletters.factories import make_sender

    settings.MFA_REQUIRED = False
    client.force_login(make_sender())
    letter = make_letter()
    SubscriptionFactory.create_batch(2, series=letter.series)
    set_wish(SubscriptionFactory(series=letter.series).person, Wish.PAUSE)
    page = client.get(
        reverse("newsletters_admin:confirm", args=[letter.pk]) + "?subscribers=on"
    ).content.decode()
    assert "Send til 2 personer?" in page
    assert "1 person i utvalget får ikke dette brevet" in page


def test_three_months_end_on_a_day_that_exists(monkeypatch, subscription):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 11, 30))
    set_wish(subscription.person, Wish.PAUSE)
    assert pause_end(subscription.person) == date(2027, 2, 28)


def test_a_pause_asked_for_twice_is_not_made_longer_and_what_held_before_holds_again(subscription):
    person = subscription.person
    set_wish(person, Wish.IMPORTANT)
    FewerLetters.objects.update(paused_until=timezone.localdate() + timedelta(5))
    end = pause_end(person)
    set_wish(person, Wish.PAUSE)
    assert pause_end(person) == end
    FewerLetters.objects.update(paused_until=timezone.localdate() - timedelta(1))
    assert wish_of(person) == Wish.IMPORTANT


def test_letters_that_wait_are_skipped_when_a_pause_begins(site):
    delivery = make_delivery(subscribers=2)
    row = delivery.recipients.first()
    set_wish(row.person, Wish.PAUSE)
    assert sorted(delivery.recipients.values_list("status", flat=True)) == [
        Recipient.Status.PENDING,
        Recipient.Status.SKIPPED,
    ]


@pytest.mark.parametrize(("is_important", "status"), [(False, "skipped"), (True, "pending")])
def test_of_the_letters_that_wait_only_important_ones_still_leave_for_who_wants_just_those(
    site, is_important, status
):
    delivery = make_delivery(make_letter(is_important=is_important), subscribers=2)
    row, other = delivery.recipients.all()
    set_wish(row.person, Wish.IMPORTANT)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, other.status) == (status, "pending")


def test_letters_that_have_left_stay_as_they_are_when_somebody_wants_important_ones_only(site):
    delivery = make_delivery(subscribers=1)
    delivery.recipients.update(status=Recipient.Status.SENT)
    set_wish(delivery.recipients.get().person, Wish.IMPORTANT)
    assert delivery.recipients.get().status == Recipient.Status.SENT


@pytest.mark.parametrize(("wish", "said"), [("pause", "til og med"), ("important", "merker som viktige")])
def test_a_button_of_the_page_for_leaving_gives_fewer_letters_and_nobody_leaves(
    client, subscription, wish, said
):
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    page = client.get(reverse("newsletters:unsubscribe", args=[token])).content.decode()
    assert "/faerre" in page
    assert f'value="{wish}"' in page
    answer = client.post(fewer(subscription), {"wish": wish})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not answer.cookies
    assert wish_of(subscription.person) == wish
    subscription.refresh_from_db()
    assert subscription.status == Subscription.Status.ACTIVE


def test_fewer_letters_need_a_post_and_a_token_of_the_right_purpose(client, subscription):
    assert client.get(fewer(subscription)).status_code == 405
    for purpose in ("preferences", "erase", "confirm"):
        parts = (subscription.person_id, subscription.series_id, 0)
        forged = reverse("newsletters:fewer", args=[make_token(purpose, *parts)])
        assert client.post(forged, {"wish": "pause"}).status_code == 404
    assert client.post(fewer(subscription), {"wish": "alt"}).status_code == 302
    assert not FewerLetters.objects.exists()


def test_the_link_for_leaving_opens_no_page_that_can_do_more(client, subscription):
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    leave = reverse("newsletters:unsubscribe", args=[token])
    pages = [
        client.get(leave),
        client.post(fewer(subscription), {"wish": "pause"}),
        client.post(leave, {"scope": "series"}),
        client.post(leave, {"scope": "all"}),
    ]
    for answer in pages:
        links = re.findall(r'(?:href|action)="(/(?:preferanser|avmeld)[^"]*)"', answer.content.decode())
        assert {link for link in links if not re.fullmatch(r"/avmeld/[\w-]+/faerre", link)} == {
            "/preferanser/"
        }


def test_the_link_of_an_old_letter_leaves_and_does_nothing_else(client, subscription, time_machine):
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    leave, less = reverse("newsletters:unsubscribe", args=[token]), fewer(subscription)
    time_machine.move_to(timezone.now() + timedelta(days=6 * 365))
    assert "/faerre" not in client.get(leave).content.decode()
    for wish in ("pause", "important"):
        assert client.post(less, {"wish": wish}).status_code == 410
    assert not FewerLetters.objects.exists()
    client.post(leave, {"List-Unsubscribe": "One-Click"})
    subscription.refresh_from_db()
    assert subscription.status == Subscription.Status.UNSUBSCRIBED


def test_the_button_for_important_letters_does_not_end_a_pause(client, subscription):
    set_wish(subscription.person, Wish.PAUSE)
    end = pause_end(subscription.person)
    client.post(fewer(subscription), {"wish": "important"})
    wish = FewerLetters.objects.get()
    assert (wish.paused_until, wish.only_important) == (end, True)


def test_the_preference_page_shows_and_saves_wish_and_interests(client, subscription):
    family, acute = (Interest.objects.create(name=name) for name in ("Familie", "Akutt"))
    url = preferences(subscription.person)
    answer = client.post(url, form_of(subscription, wish="important", interests=[family.pk]))
    assert "Lagret" in answer.content.decode()
    assert wish_of(subscription.person) == Wish.IMPORTANT
    client.post(url, form_of(subscription, wish="pause", interests=[acute.pk]))
    assert [row.interest for row in subscription.person.interests.all()] == [acute]
    page = client.get(url).content.decode()
    assert "Ingen brev til og med" in page
    client.post(url, form_of(subscription))
    assert wish_of(subscription.person) == Wish.ALL
    assert not PersonInterest.objects.exists()


def test_an_invented_wish_or_interest_changes_nothing_and_is_told(client, subscription):
    interest = Interest.objects.create(name="Familie")
    set_interests(subscription.person, [interest])
    for wrong in ({"wish": "aldri"}, {"interests": ["99999"]}):
        answer = client.post(preferences(subscription.person), form_of(subscription, **wrong))
        assert "Lagret." not in answer.content.decode()
        assert subscription.person.interests.count() == 1
        assert not FewerLetters.objects.exists()


def test_a_service_without_interests_does_not_ask_for_them(client, subscription):
    assert "Hva vil du lese om?" not in client.get(preferences(subscription.person)).content.decode()
    Interest.objects.create(name="Familie", name_nn="Familiar")
    assert "Hva vil du lese om?" in client.get(preferences(subscription.person)).content.decode()
    type(subscription.person).objects.update(language="nn")
    assert "Familiar" in client.get(preferences(subscription.person)).content.decode()


def test_measuring_is_a_box_of_its_own_that_nobody_has_ticked(client, subscription, site):
    ServiceSettings.objects.update(measuring_mode="consent")
    field = client.get(preferences(subscription.person)).context["form"]["measuring"]
    assert field.value() is False
    give_consent(subscription.person)
    assert client.get(preferences(subscription.person)).context["form"]["measuring"].value() is True


def test_an_audience_is_narrowed_to_those_who_have_ticked_one_of_its_interests():
    series = SeriesFactory()
    family, acute, other = (Interest.objects.create(name=name) for name in ("Familie", "Akutt", "LAR"))
    both, one, none = (SubscriptionFactory(series=series).person for _n in range(3))
    set_interests(both, [family, acute])
    set_interests(one, [acute])
    set_interests(none, [other])
    audience = Audience(series=series.pk, interests=(family.pk, acute.pk))
    assert set(audience.people()) == {both, one}
    assert audience.count() == 2


def test_the_person_can_read_interests_and_wishes(subscription):
    set_interests(subscription.person, [Interest.objects.create(name="Familie")])
    set_wish(subscription.person, Wish.IMPORTANT)
    Subscription.objects.update(basis_note="Ba om det på konferansen")
    told = {part["about"]: part["rows"] for part in collect(subscription.person)["stored"]}
    assert told["Interesser"] == [{"interest": "Familie"}]
    assert told["Færre brev"] == [{"paused_until": None, "only_important": True}]
    assert told["Abonnementer"][0]["how_we_know"] == "Ba om det på konferansen"


def test_merging_keeps_all_interests_and_the_wish_for_fewest_letters():
    keep, drop = PersonFactory(), PersonFactory()
    family, acute = (Interest.objects.create(name=name) for name in ("Familie", "Akutt"))
    set_interests(keep, [family])
    set_interests(drop, [family, acute])
    set_wish(keep, Wish.IMPORTANT)
    set_wish(drop, Wish.PAUSE)
    kept = merge_people(keep, drop)
    assert {row.interest for row in kept.interests.all()} == {family, acute}
    wish = FewerLetters.objects.get()
    assert (wish.person, wish.only_important) == (kept, True)
    assert wish.pause_end


def test_erasing_the_person_takes_interests_and_wishes_along(subscription):
    set_interests(subscription.person, [Interest.objects.create(name="Familie")])
    set_wish(subscription.person, Wish.PAUSE)
    erase_person(subscription.person)
    assert not PersonInterest.objects.exists()
    assert not FewerLetters.objects.exists()
    assert Interest.objects.exists()


def test_signing_up_again_ends_a_pause(subscription):
    set_wish(subscription.person, Wish.PAUSE)
    request = request_subscription(subscription.person.email, [subscription.series])
    confirm(request.pk)
    assert wish_of(subscription.person) == Wish.ALL


def test_pauses_that_are_over_are_forgotten_each_day():
    past = timezone.localdate() - timedelta(1)
    FewerLetters.objects.create(person=PersonFactory(), paused_until=past)
    stays = FewerLetters.objects.create(person=PersonFactory(), paused_until=past, only_important=True)
    holds = FewerLetters.objects.create(person=PersonFactory(), paused_until=timezone.localdate())
    assert erase_old_signups() == 2
    assert set(FewerLetters.objects.all()) == {stays, holds}
    stays.refresh_from_db()
    assert stays.paused_until is None
    assert erase_ended_pauses() == 0
    assert wishes.wish_of(stays.person) == Wish.IMPORTANT


@pytest.mark.parametrize(("is_important", "number"), [(True, 2), (False, 1)])
def test_the_command_that_sends_counts_as_the_send_page_does(site, capsys, is_important, number):
    letter = make_letter(is_important=is_important)
    SubscriptionFactory(series=letter.series)
    set_wish(SubscriptionFactory(series=letter.series).person, Wish.IMPORTANT)
    call_command("send_letter", letter.pk, "--dry-run")
    assert f"{number} mottakere" in capsys.readouterr().out
