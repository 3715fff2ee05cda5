"""The demo prepares itself again when something it is made of has changed, and only then."""

import pytest

from demo.services import places, run

ENVIRONMENT = {"DATABASE_URL": "postgres://nobody@/none", "SITE_URL": "http://localhost:8000"}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a little of everything."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.delenv("VAR_DIR", raising=False)
    for name in (
        "core/migrations/0001.py",
        "core/static/core/admin.css",
        "static/build/portal.css",
        "demo/accounts.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "core/migrations/0002.py",
        "core/static/core/admin.css",
        "static/build/portal.css",
        "demo/content/home.toml",
    ],
)
def test_a_change_of_what_the_demo_is_made_of_is_noticed(checkout, name):
    before = run._state(ENVIRONMENT)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("another one")
    assert run._state(ENVIRONMENT) != before


def test_what_the_preparation_writes_is_no_reason_to_prepare_again(checkout):
    before = run._state(ENVIRONMENT)
    for name in ("var/static/core/admin.1234.css", "var/media/picture.jpg", "var/prepared", "core/views.py"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("collected")
    assert run._state(ENVIRONMENT) == before


def test_another_address_is_a_reason(checkout):
    assert run._state(ENVIRONMENT) != run._state({**ENVIRONMENT, "SITE_URL": "http://localhost:8010"})
