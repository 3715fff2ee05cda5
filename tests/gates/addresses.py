"""What the gates look at: every page type an editor can create, and every form or notice a visitor may meet."""

from wagtail.models import Page, get_page_models

from core.models import ContentPage


def page_types() -> list[type[Page]]:
    """Every page type that can be created on the site. A type that only others inherit from is none."""
    return [model for model in get_page_models() if model is not ContentPage and model is not Page]


PAGE_TYPES = [model._meta.label for model in page_types()]
# Filled in by `inspect_site`, which knows the addresses.
FORMS = (
    "search",
    "search_without_hits",
    "not_found",
    "log_in",
    "log_in_by_code",
    "password_reset",
    "letter_signup",
    "letter_signup_sent",
    "letter_confirm",
    "feedback",
    "event_registration",
    "order",
    "preferences_link",
    "preferences",
    "unsubscribe",
    "bad_token",
)
# Their log-in state needs a cookie against forged requests; nothing else may set one.
FORMS_WITH_COOKIES = {"log_in", "log_in_by_code", "password_reset"}
NOT_OK = {"not_found": 404, "bad_token": None}
