"""What a browser sends along with an anonymous form."""

from core.forms.anonymous import make_seal

# The header a browser sets when a page of the site itself sends the form.
OWN_ORIGIN = {"origin": "http://testserver"}


def sealed(age: float = 10, form_id: str = "") -> dict[str, str]:
    """Return the hidden fields of a form that was shown `age` seconds ago."""
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    with time_machine.travel(timezone.now() - timedelta(seconds=age), tick=False):
        return {"seal": make_seal(form_id), "website": ""}


def post(client, url: str, data: dict | None = None, *, age: float = 10, **extra):
    """Send an anonymous form as a browser would."""
    return client.post(
        url, {**sealed(age), **(data or {})}, headers={**OWN_ORIGIN, **extra.pop("headers", {})}, **extra
    )
