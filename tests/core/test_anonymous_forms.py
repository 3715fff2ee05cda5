"""Forms that need no log-in and no cookie."""

import pytest
from django import forms
from django.core.cache import cache
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory, override_settings

from core.forms.anonymous import SEAL_AGE, AnonymousFormMixin, anonymous_post, within_limit
from core.models import GlossaryTerm
from core.sources import client_address, source_key
from tests.core.anonymous import OWN_ORIGIN, sealed


class WishForm(AnonymousFormMixin, forms.Form):
    """A form to try the mixin on."""

    wish = forms.CharField()


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()
    yield
    cache.clear()


def send(data: dict | None = None, *, limit: int = 5, headers: dict | None = None, **extra) -> WishForm:
    """Send the form through the decorator as a browser would and return it, checked."""
    seen = []

    @anonymous_post("wish", limit=limit)
    def view(request):
        form = WishForm(request.POST or None, request=request)
        form.is_valid()
        seen.append(form)
        return HttpResponse(status=form.status)

    headers = OWN_ORIGIN if headers is None else headers
    request = RequestFactory().post(
        "/", {**sealed(), "wish": "Mer tid", **(data or {})}, headers=headers, **extra
    )
    response = view(request)
    assert "no-store" in response["Cache-Control"]
    seen[0].answer = response
    return seen[0]


def test_a_form_sent_from_the_site_is_taken():
    form = send()
    assert form.is_valid()
    assert form.cleaned_data["wish"] == "Mer tid"
    assert len(form.cleaned_data["form_id"]) == 32


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"referer": "https://elsewhere.example/testserver"},
        {"origin": "http://testserver.elsewhere.example"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {},
    ],
)
def test_a_form_another_site_sends_is_refused_and_what_was_written_is_kept(headers):
    form = send(headers=headers)
    assert not form.is_valid()
    assert form.answer.status_code == 403
    assert form["wish"].value() == "Mer tid"


def test_the_referer_stands_in_for_a_missing_origin():
    assert send(headers={"referer": "http://testserver/brev/abonner/"}).is_valid()


@override_settings(SITE_URL="https://portal.example.no")
def test_the_sites_public_address_counts_as_the_site_itself():
    assert send(headers={"origin": "https://portal.example.no"}).is_valid()


@pytest.mark.parametrize("seal", ["", "oppdiktet", "a:b:c"])
def test_a_forged_seal_is_refused(seal):
    form = send({"seal": seal})
    assert not form.is_valid()
    assert form.problem == "seal"


def test_a_form_left_open_too_long_can_be_sent_once_more():
    form = send(sealed(age=SEAL_AGE + 60))
    assert form.problem == "seal"
    assert 'name="seal"' in form.anonymous_fields
    assert form["wish"].value() == "Mer tid"


def test_a_form_filled_faster_than_a_person_can_is_refused():
    assert send(sealed(age=0)).problem == "fast"


def test_a_filled_trap_field_is_refused_and_shown_empty_again():
    form = send({"website": "https://spam.example"})
    assert form.problem == "trap"
    assert "spam" not in form.anonymous_fields


def test_the_form_keeps_its_random_number_when_shown_again_with_errors():
    first = send({**sealed(form_id="f" * 32), "wish": ""})
    assert not first.is_valid()
    assert f'value="{"f" * 32}:' in first.anonymous_fields


def test_one_source_may_send_only_so_many_forms():
    assert [send(limit=2).is_valid() for _ in range(3)] == [True, True, False]
    assert send(limit=2).answer.status_code == 429
    assert send(limit=2, REMOTE_ADDR="192.0.2.7").is_valid()


def test_nothing_is_limited_when_the_cache_is_away(monkeypatch):
    def broken(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr("core.forms.anonymous.cache.add", broken)
    assert all(within_limit("key", 1) for _ in range(3))
    with send().taken_once() as is_first:
        assert is_first


def test_the_same_form_sent_twice_is_taken_once():
    seal = sealed()
    taken = []
    for _attempt in range(2):
        with send(seal).taken_once() as is_first:
            taken.append(is_first)
    assert taken == [True, False]


def test_a_form_whose_handling_failed_can_be_sent_again():
    seal = sealed()
    with pytest.raises(RuntimeError), send(seal).taken_once():
        raise RuntimeError
    with send(seal).taken_once() as is_first:
        assert is_first


def test_the_hidden_fields_are_hidden_from_people_and_unreachable_by_keyboard():
    form = WishForm(request=RequestFactory().get("/"))
    html = form.anonymous_fields
    assert "<div hidden>" in html
    assert 'tabindex="-1"' in html
    assert [field.name for field in form.visible] == ["wish"]


def test_the_decorated_view_needs_no_csrf_cookie():
    @anonymous_post("wish")
    def view(request):
        return HttpResponse()

    request = RequestFactory().post("/")
    assert CsrfViewMiddleware(view).process_view(request, view, (), {}) is None


def test_the_mixin_works_on_a_model_form():
    class TermForm(AnonymousFormMixin, forms.ModelForm):
        class Meta:
            model = GlossaryTerm
            fields = ["term"]

    assert list(TermForm(request=RequestFactory().get("/")).fields) == ["term", "website", "seal"]


def test_the_key_of_a_source_does_not_hold_its_address_and_differs_by_purpose():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    assert "192.0.2.7" not in source_key(request, "a")
    assert source_key(request, "a") != source_key(request, "b")


@override_settings(TRUSTED_PROXIES=1)
def test_only_the_address_our_own_proxy_added_is_believed():
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6, 192.0.2.9"})
    assert client_address(request) == "192.0.2.9"


@override_settings(TRUSTED_PROXIES=0)
def test_without_a_proxy_the_forwarded_header_is_not_believed():
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6"}, REMOTE_ADDR="192.0.2.7")
    assert client_address(request) == "192.0.2.7"
